"""Corporate actions read from CSV, Parquet and Arrow files and from frames: all of them, or the bad rows by line."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from lockstep.data.actions import Action, check_action
from lockstep.data.complaints import Complaints
from lockstep.data.files import read_file
from lockstep.data.frames import as_polars
from lockstep.data.reading import Table
from lockstep.errors import ActionsError, BadFileError

_KNOWN = {
    "symbol": ("symbol", "ticker", "sym"),
    "ex_date": ("exdate", "date", "effectivedate"),
    "kind": ("kind", "type", "action"),
    "value": ("value", "amount", "ratio"),
    "pay_date": ("paydate", "paymentdate"),
    "new_symbol": ("newsymbol", "newticker"),
}


def read_actions_file(path: Path) -> dict[str, list[Action]]:
    """Read a file into actions by symbol; without a symbol column they belong to the symbol that the file names.

    Columns: symbol, ex_date (2020-08-31), kind (split, dividend, rename, delist), value, and where there are such
    actions pay_date and new_symbol. Raises BadFileError for other columns, BadRowsError naming the bad lines.
    """
    return actions_of_table(read_file(path))


def actions_of_frame(frame: Any) -> dict[str, list[Action]]:
    """Read a polars or pandas frame or a dict of columns; see `read_actions_file`."""
    return actions_of_table(Table(as_polars(frame), "the frame", lambda row: f"row {row}", ""))


def actions_of_table(table: Table) -> dict[str, list[Action]]:
    """Read a raw table into actions by symbol."""
    names = _columns(table)
    complaints = Complaints(table.frame.height)
    found: dict[str, list[Action]] = {}
    places: dict[tuple[str, Action], int] = {}
    for row, cells in enumerate(table.frame.iter_rows(named=True)):
        try:
            symbol, action = _read({ours: cells[theirs] for ours, theirs in names.items()}, table.symbol)
            if (symbol, action) in places:
                raise ActionsError(f"the same as {table.locate(places[symbol, action])}: leave one out")
        except ActionsError as error:
            _complain(complaints, row, str(error))
            continue
        places[symbol, action] = row
        found.setdefault(symbol, []).append(action)
    if complaints.bad.any():
        complaints.refuse(table.where, table.locate)
    return found


def _complain(complaints: Complaints, row: int, reason: str) -> None:
    mask = complaints.bad.copy()
    mask[:] = False
    mask[row] = True
    complaints.add(mask, lambda _row: reason)


def _columns(table: Table) -> dict[str, str]:
    """Map our names to the table's, without regard to case, blanks and underscores."""
    plain = {re.sub(r"[\s_-]", "", name.lower()): name for name in reversed(table.frame.columns)}
    names = {
        ours: plain[next(spelling for spelling in spellings if spelling in plain)]
        for ours, spellings in _KNOWN.items()
        if any(spelling in plain for spelling in spellings)
    }
    needed = ["ex_date", "kind"] if table.symbol else ["symbol", "ex_date", "kind"]
    missing = [name for name in needed if name not in names]
    if missing:
        shown = ", ".join(repr(name) for name in table.frame.columns) or "none"
        raise BadFileError(
            f"{table.where}: no column for {', '.join(missing)}. Found: {shown}; expected symbol, ex_date, kind, value,"
            " and where there are such actions pay_date and new_symbol"
        )
    return names


def _read(cells: Mapping[str, Any], symbol: str) -> tuple[str, Action]:
    name = _text(cells.get("symbol")) or symbol
    if not name:
        raise ActionsError("no symbol")
    ex_date = _date("ex_date", cells["ex_date"])
    if ex_date is None:
        raise ActionsError("no ex_date")
    kind: Any = (_text(cells["kind"]) or "").lower()
    action = Action(
        ex_date, kind, _number(cells.get("value")), _date("pay_date", cells.get("pay_date")),
        _text(cells.get("new_symbol")),
    )  # fmt: skip
    return name, check_action(action)


def _text(cell: Any) -> str | None:
    return None if cell is None else str(cell).strip() or None


def _number(cell: Any) -> float | None:
    text = _text(cell)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise ActionsError(f"value is {cell!r}, expected a number") from error


def _date(name: str, cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ActionsError(f"{name} is {cell!r}, expected a date such as 2020-08-31") from error
