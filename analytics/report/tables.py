"""The tables of months, drawdowns and trades."""

import math
from typing import Any

import polars as pl

from lockstep.analytics.plots.monthly_chart import MONTHS, month_table
from lockstep.analytics.plots.underwater import drawdowns
from lockstep.analytics.report.words import DASH, amount, moment, percent, shown, sign
from lockstep.analytics.view import RunView

TRADE_ROWS = 1000
"""So many trades are listed at most: more would make the page slow to open and to search."""

_TRADE_COLUMNS = (
    ("#", "number"),
    ("Symbol", "text"),
    ("Strategy", "text"),
    ("Side", "text"),
    ("Entry", "text"),
    ("Exit", "text"),
    ("Quantity", "number"),
    ("Entry price", "number"),
    ("Exit price", "number"),
    ("P&amp;L", "number"),
    ("Return", "number"),
    ("Bars", "number"),
)


def months(view: RunView) -> str:
    """Return the heat map of monthly returns as a table: a row a year, and the year's total."""
    years, table = month_table(view)
    limit = max((abs(value) for value in table[:, :12].flat if math.isfinite(value)), default=0.0) or 1.0
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", *MONTHS, "Year"))
    rows = [
        f'<tr><th scope="row">{year}</th>{"".join(_month(value, limit) for value in line[:12].tolist())}'
        f'<td class="total {sign(line[12])}">{percent(line[12], 1)}</td></tr>'
        for year, line in zip(years, table, strict=True)
    ]
    return f'<table class="months"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _month(value: float, limit: float) -> str:
    if not math.isfinite(value):
        return "<td></td>"
    heat = f'style="--heat:{min(abs(value) / limit, 1.0):.2f}"'
    return f'<td class="{sign(value)}" {heat}>{percent(value, 1).removesuffix(" %")}</td>'


def worst_drawdowns(view: RunView, count: int = 10) -> str:
    """Return the deepest drawdowns with their dates and how long they lasted."""
    equity = view.equity["equity"].to_numpy()
    worst = drawdowns(view.equity["time"], equity, view.initial_equity, count)
    if worst.is_empty():
        return '<p class="none">Equity never fell below its high.</p>'
    names = ("#", "Depth", "High", "Low", "Back at the high", "Days to low", "Days in all", "Bars")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(_drawdown(view, number, row) for number, row in enumerate(worst.iter_rows(named=True), 1))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _drawdown(view: RunView, number: int, row: dict[str, Any]) -> str:
    peak, trough, recovery = (row[f"{name}_time"] for name in ("peak", "trough", "recovery"))
    end = recovery or view.equity["time"][-1]
    cells = (
        str(number),
        percent(row["depth"]),
        moment(peak, view),
        moment(trough, view),
        moment(recovery, view) if recovery else "not yet",
        f"{(trough - peak).days:,}",
        f"{(end - peak).days:,}",
        shown(row["bars"]),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def trades(view: RunView) -> str:
    """Return the table of trades; of more than a thousand those with the largest profit or loss."""
    if view.trades.is_empty():
        return ""
    numbered = view.trades.with_row_index("number", 1)
    if len(numbered) > TRADE_ROWS:
        ranked = numbered.sort(pl.col("pnl").abs(), descending=True, nulls_last=True)
        numbered = ranked.head(TRADE_ROWS).sort("number")
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button" data-kind="{kind}">{name}</button></th>'
        for name, kind in _TRADE_COLUMNS
    )
    rows = "\n".join(_trade(view, row) for row in numbered.iter_rows(named=True))
    return f'<table class="sortable" id="trades"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def trades_note(view: RunView) -> str:
    """Return what the table of trades holds, where the rest is, and whose clock it shows."""
    count = len(view.trades)
    if not count:
        return "The run closed and opened no trade."
    zone = f" Times in {shown(view.zone)}." if view.intraday else ""
    if count <= TRADE_ROWS:
        return (f"All {count:,} trades." if count > 1 else "The only trade.") + zone
    return (
        f"{TRADE_ROWS:,} of {count:,} trades: those with the largest profit or loss, in order of entry, so "
        f"that this page stays quick. The result itself (its trades frame) holds every one.{zone}"
    )


def _trade(view: RunView, row: dict[str, Any]) -> str:
    number, symbol, strategy, side = row["number"], row["symbol"], row["strategy"], row["direction"]
    ends = "open" if row["open"] else moment(row["exit_time"], view)
    cells = [_sortable(shown(number), number)]
    cells += [f"<td>{shown(text)}</td>" for text in (symbol, strategy, side)]
    cells += [f"<td>{moment(row['entry_time'], view)}</td><td>{ends}</td>"]
    cells += [_sortable(shown(row["quantity"]), row["quantity"])]
    cells += [_sortable(_price(row[name]), row[name]) for name in ("entry_price", "exit_price")]
    cells += [_sortable(amount(row["pnl"]), row["pnl"], sign(row["pnl"]))]
    cells += [_sortable(percent(row["return"]), row["return"], sign(row["return"]))]
    cells += [_sortable(shown(row["bars"]), row["bars"])]
    return f"<tr>{''.join(cells)}</tr>"


def _sortable(text: str, value: object, tone: str = "") -> str:
    """Return a cell that sorts by its exact value, not by its text."""
    known = isinstance(value, int | float) and math.isfinite(value)
    key = repr(value) if known else ""
    return f'<td class="{tone}" data-v="{key}">{text}</td>' if tone else f'<td data-v="{key}">{text}</td>'


def _price(value: object) -> str:
    if not isinstance(value, float) or not math.isfinite(value):
        return DASH if value is None else shown(value)
    return amount(value, 2 if abs(value) >= 10 else 4 if abs(value) >= 0.1 else 8)
