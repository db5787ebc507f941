"""A running session in the terminal: drawn again a few times a second for people, a line at the end for others."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lockstep.terminal_risk import latency_line, limits_table, notes, state_of

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from lockstep.live.session.view_types import LaneView, PositionView, SessionView
    from lockstep.vector.parity.fills import FillDiff
    from lockstep.vector.parity.prove import Parity

PER_SECOND = 8
WIDE, NARROW = 100, 72
MOST_ORDERS = 8
_LEFT_OUT = ("symbol", "middle", "working", "refused", "canceled")
_LEFT_OUT_OF_NARROW = (*_LEFT_OUT, "sent")
_HEADINGS = ("strategy", "symbol", "position", "middle", "equity", "P&L", "working", "sent", "refused",
             "canceled", "fills")  # fmt: skip


@contextmanager
def session_shown(title: str, *, quiet: bool) -> "Iterator[Callable[[Callable[[], SessionView]], None]]":
    """Show a session on stderr while it runs; `yield`s a function to be called often: it asks how it stands if due."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _view: None
        return
    began, shown_at = time.monotonic(), 0.0
    begins = Text("The engine is loaded; the first time it is compiled, which takes a minute or so.")
    with Live(begins, console=console, refresh_per_second=PER_SECOND, transient=True) as live:

        def show(view: "Callable[[], SessionView]") -> None:
            nonlocal shown_at
            now = time.monotonic()
            if now - shown_at >= 1.0 / PER_SECOND:
                shown_at = now
                live.update(drawn(title, view(), now - began, console.width))

        yield show


def drawn(title: str, view: "SessionView", seconds: float, width: int) -> "RenderableType":
    """Return a session as a panel; a narrow one leaves out what can be missed. ``seconds`` 0: it is over."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    when = datetime.fromtimestamp(view.time_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    rate = f"   {view.taken / seconds:,.0f} a second" if seconds > 0 and width >= NARROW else ""
    head = Text(f"{view.mode}   {when} UTC   {view.taken:,} events{rate}   ") + state_of(view.risk)
    table = Table(box=None, pad_edge=False, expand=True)
    left_out = () if width >= WIDE else _LEFT_OUT if width >= NARROW else _LEFT_OUT_OF_NARROW
    shown = [name for name in _HEADINGS if name not in left_out]
    for heading in shown:
        table.add_column(heading, justify="left" if heading in ("strategy", "symbol") else "right", overflow="fold")
    for lane in view.lanes:
        cells = _cells(lane, [each for each in view.positions if each.lane == lane.name])
        table.add_row(*(cells[name] for name in shown))
    halted = [Text(f"{lane.name} is halted: {lane.halted}", "red") for lane in view.lanes if lane.halted]
    halted += [Text(f"{lane.name} is disabled", "yellow") for lane in view.lanes if lane.disabled]
    feed = [Text(line, "yellow") for line in view.notices]
    heard = any(lane.state != "waiting" for lane in view.lanes)
    lanes = table if heard else Text("nothing was heard of any symbol yet")
    parts: list[RenderableType] = [head, Text(), lanes, *halted, *feed, *_orders(view), *_risk(view, width)]
    if view.latency is not None:
        parts += [Text(), latency_line(view.latency, width)]
    return Panel(Group(*parts), title=title, title_align="left")


def _orders(view: "SessionView") -> "Iterator[RenderableType]":
    """Give the open orders, no more than fit."""
    from rich.table import Table
    from rich.text import Text

    if not view.orders:
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for order in view.orders[:MOST_ORDERS]:
        price = order.limit_price if order.limit_price is not None else order.stop_price
        table.add_row(
            Text(order.lane, "dim"), f"#{order.order}",
            Text(f"{order.side} {order.remaining_quantity:g}", "green" if order.side == "buy" else "red"),
            "at the market" if price is None else f"at {price:,.10g}", order.type.replace("_", " "),
            order.state.replace("_", " "),
        )  # fmt: skip
    yield from (Text(), Text("open orders", "bold"), table)
    more = sum(lane.open_orders for lane in view.lanes) - min(len(view.orders), MOST_ORDERS)
    if more > 0:
        yield Text(f"and {more} more", "dim")


def _risk(view: "SessionView", width: int) -> "Iterator[RenderableType]":
    """Give the limits and what else is not allowed."""
    from rich.text import Text

    table = limits_table(view.risk, width)
    if table is not None:
        yield from (Text(), Text("limits", "bold"), table)
    yield from notes(view.risk)


def _held(positions: "Sequence[PositionView]") -> str:
    """Of one symbol its units, of several each one's."""
    if len(positions) < 2:
        return f"{positions[0].units:g}" if positions else "0"
    return ", ".join(f"{each.symbol} {each.units:g}" for each in positions if each.units) or "0"


def _cells(lane: "LaneView", positions: "Sequence[PositionView]") -> dict[str, "Text"]:
    from rich.text import Text

    lost, won = (lane.profit or 0.0) < 0.0, (lane.profit or 0.0) > 0.0
    style = "red" if lane.halted or lost else "green" if won else ""
    middle = positions[0].market_price if len(positions) == 1 else None
    cells = {
        "strategy": lane.name, "symbol": lane.symbol, "position": _held(positions), "middle": _known(middle, ",.10g"),
        "equity": _known(lane.equity, ",.2f"), "working": f"{lane.open_orders}", "sent": f"{lane.sent:,}",
        "refused": f"{lane.refused:,}", "canceled": f"{lane.canceled:,}", "fills": f"{lane.fills:,}",
    }  # fmt: skip
    return {name: Text(text) for name, text in cells.items()} | {"P&L": Text(_known(lane.profit, "+,.2f"), style)}


def _known(value: float | None, form: str) -> str:
    """A dash stands for what nobody knows, such as the middle of a book without a side."""
    return "-" if value is None else format(value, form)


def show_status(view: "SessionView", folder: str) -> None:
    """Print how a running session stands."""
    from rich.console import Console

    console = Console(markup=False)
    console.print(drawn(folder, view, 0.0, console.width))


def show_session(view: "SessionView", parity: "Parity", folder: str) -> None:
    """Print how a session ended, and whether the batch agrees."""
    from rich.console import Console

    console = Console(markup=False)
    console.print(drawn(folder, view, 0.0, console.width))
    show_parity(parity)


def show_parity(parity: "Parity") -> None:
    """Print what came of a comparison with the batch."""
    from rich.console import Console

    console = Console(markup=False, soft_wrap=True, highlight=False)
    if parity.begin:
        console.print(
            f"parity: from record {parity.begin + 1:,} on, behind a snapshot that is taken as it is: what comes before"
            " lies elsewhere"
        )
    if parity.equal:
        console.print(
            f"parity: equal. The batch over the same {parity.records:,} records gives the same {parity.rows:,} intents,"
            f" fills and ends of orders, and the same state at {parity.states:,} moment{'s' * (parity.states != 1)}"
        )
        return
    for difference in parity.differences:
        console.print(
            f"parity: {difference.lane} differs, cause {difference.cause}: row {difference.row} ({difference.kind}):"
            f" {difference.why}\n  session: {difference.session}\n  batch:   {difference.batch}"
        )


_MOST_FILLS = 20
"""Differences that are shown one by one."""


def show_fills(title: str, names: tuple[str, str], diff: "FillDiff") -> None:
    """Print the fills of two runs, their differences first."""
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    same = len(diff.pairs) - len(diff.differences)
    causes = ", ".join(f"{cause} {count:,}" for cause, count in diff.causes.items())
    console.print(f"{title}: {len(diff.pairs):,} fills, {same:,} the same" + (f"; {causes}" if causes else ""))
    for name, quantity, cost in zip(names, diff.quantities, diff.costs, strict=True):
        console.print(f"  {name}: {quantity:,g} units traded, {cost:,.2f} paid less received, with fees")
    if not diff.differences:
        return
    table = Table(box=None, header_style="dim")
    for column in ("order", "cause", *names, "later by"):
        table.add_column(column)
    for pair in diff.differences[:_MOST_FILLS]:
        table.add_row(
            f"{pair.order}/{pair.number}", str(pair.cause), _fill_text(pair.first), _fill_text(pair.second),
            _later(pair.first, pair.second),
        )  # fmt: skip
    console.print(table)
    if len(diff.differences) > _MOST_FILLS:
        console.print(f"and {len(diff.differences) - _MOST_FILLS:,} more: --json has all")


def _later(first: "dict[str, Any] | None", second: "dict[str, Any] | None") -> str:
    if first is None or second is None:
        return ""
    return f"{(second['time_ns'] - first['time_ns']) / 1e6:,.3f} ms"


def _fill_text(fill: "dict[str, Any] | None") -> str:
    if fill is None:
        return "-"
    return f"{fill['side']} {fill['quantity']:g} at {fill['price']:g} {'maker' if fill['maker'] else 'taker'}"
