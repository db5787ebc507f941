"""What people see of a session's journal in the terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockstep.data.recordings.journal_rows import Row
    from lockstep.data.recordings.state import State
    from lockstep.data.recordings.story import Step

WIDE = 120
"""Columns of a terminal from which on what a row says has room beside the rest."""


def show_rows(rows: "Iterable[Row]") -> None:
    """Print rows, a line each where the terminal is wide enough; else what they say is a paragraph under each."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(markup=False, highlight=False)
    wide, shown = console.width >= WIDE, False
    table = Table(box=None, pad_edge=False)
    for heading in ("row", "time (UTC)", "kind", "strategy", "symbol", "body"):
        table.add_column(heading, no_wrap=heading in ("row", "time (UTC)", "kind"), overflow="fold")
    for row in rows:
        texts = (str(row.seq), moment(row.time_ns), row.kind, row.strategy, row.symbol, row.body.decode())
        shown = True
        if wide:
            table.add_row(*(Text(text) for text in texts))
        else:
            console.print(Text("  ".join(text for text in texts[:-1] if text), "bold"))
            console.print(Padding(Text(texts[-1], overflow="fold"), (0, 0, 0, 2)))
    if wide or not shown:
        console.print(table if shown else "no such rows")


def show_state(state: "State") -> None:
    """Print open orders, positions and cash."""
    from rich.console import Console

    lines = [f"as of row {state.seq}"]
    for (strategy, symbol, id_), order in state.orders.items():
        said = ", ".join(f"{key} {value}" for key, value in order.items() if key != "order")
        lines.append(f"  {strategy or '-'} has order {id_} in {symbol} open: {said}")
    for (strategy, symbol), units in sorted(state.positions.items()):
        lines.append(f"  {strategy or '-'} holds {units:,.10g} {symbol}")
    for strategy, amount in sorted(state.cash.items()):
        lines.append(f"  {strategy or '-'} has {amount:,.2f} in cash")
    Console(markup=False, highlight=False).print("\n".join(lines), soft_wrap=True)


def show_standing(seq: int, told: "Mapping[str, Any]") -> None:
    """Print how a session stood at a row: lanes with their orders, and accounts."""
    from rich.console import Console

    lines = [f"at row {seq}, behind record {told['taken']} of the tape, {moment(told['timeNs'])}"]
    for lane in told["lanes"]:
        halted = f", halted: {lane['halted']}" if lane["halted"] else ""
        equity = "-" if lane["equity"] is None else f"{lane['equity']:,.2f}"
        held = [f"{one['units']:,.10g} {one['symbol']}" for one in told["positions"] if one["lane"] == lane["name"]]
        lines.append(f"  {lane['name']} holds {', '.join(held) or 'nothing'}, worth {equity} in all{halted}")
        lines += [
            f"    order {one['order']} {one['state']}: {one['side']} {one['left']:g} of {one['quantity']:g} at"
            f" {one['price']:.10g}{_ahead(one['ahead'])}" for one in told["atVenue"].get(lane["name"], ())
        ]  # fmt: skip
    for account in told["risk"]:
        killed = ", kill switch on" if account["killed"] else ""
        lines.append(f"  {account['lane'] or 'account'}: {account['state']}{killed}")
        lines += [f"    {use['key']} {use['used']:,.10g} of {use['limit']:,.10g} {use['where']}".rstrip()
                  for use in account["limits"] if use["used"] is not None]  # fmt: skip
    Console(markup=False, highlight=False).print("\n".join(lines), soft_wrap=True)


def _ahead(lots: float | None) -> str:
    return "" if lots is None else f", {lots:g} ahead of it"


def show_story(story: "Iterable[Step]") -> None:
    """Print what happened to an order, a line each."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, soft_wrap=True)
    for step in story:
        console.print(f"{moment(step.time_ns)}  row {step.seq}: {step.what}")


def moment(time_ns: int) -> str:
    """Return a time with its nanoseconds, 2026-11-23 09:30:00.000000001."""
    from datetime import UTC, datetime

    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:09d}"
