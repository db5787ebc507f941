"""What a session may still do, in the terminal: states, limits with bars of how much is used, latencies."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from lockstep.live.session.view_types import LatencyView, QuantilesView, RiskView, UseView

CELLS = 20
"""Of a bar."""
NEAR, CLOSE = 0.7, 0.9
"""Shares of a limit from which on a bar is yellow, and red."""
SHARES = ("maxDrawdown", "maxConcentration", "priceCollar")
_STATES = {"active": "green", "reducing": "yellow", "halted": "red"}


def state_of(risk: "tuple[RiskView, ...]") -> "Text":
    """Return kill switch and trading states in a few words; states that are all alike are told once."""
    from rich.text import Text

    if any(each.killed for each in risk):
        return Text(" KILLED ", "bold white on red")
    told = {each.state: each.reason for each in risk if not each.lane} or {each.state: each.reason for each in risk}
    line = Text()
    for state, reason in told.items():
        line.append(f"{'  ' if line else ''}{state}", f"bold {_STATES[state]}")
        if reason and reason != f"trading_{state}":
            line.append(f" ({_words(reason)})", _STATES[state])
    return line


def limits_table(risk: "tuple[RiskView, ...]", width: int) -> "Table | None":
    """Return the limits that are set, the fullest first, None where there are none."""
    from rich.table import Table

    rows = [(each, use) for each in risk for use in each.limits]
    if not rows:
        return None
    several = len({each.lane for each, _ in rows}) > 1
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "left", "left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    cells = CELLS if width >= 90 else CELLS // 2
    for each, use in sorted(rows, key=lambda row: -_share(row[1])):
        whose = " ".join(filter(None, (each.lane or ("account" if several else ""), use.where)))
        if use.of_each_order:
            table.add_row(use.key, whose, "each order", "", _number(use.limit, use.key))
            continue
        told = " of ".join(_number(value, use.key) for value in (use.used, use.limit))
        table.add_row(use.key, whose, bar(use, cells), f"{_share(use):.0%}", told)
    return table


def bar(use: "UseView", cells: int) -> "Text":
    """Return how much of a limit is used as a bar."""
    from rich.text import Text

    share = min(max(_share(use), 0.0), 1.0)
    full = min(math.ceil(share * cells) if share > 0.0 else 0, cells)
    colour = "red" if share >= CLOSE else "yellow" if share >= NEAR else "green"
    return Text.assemble(("━" * full, colour), ("┄" * (cells - full), "grey50"))


def notes(risk: "tuple[RiskView, ...]") -> "Iterator[Text]":
    """Give a line for each restricted symbol."""
    from rich.text import Text

    for each in risk:
        for symbol, restriction in each.restricted.items():
            yield Text(f"{symbol} is {_words(restriction)}", "yellow")


def latency_line(latency: "LatencyView", width: int) -> "Text":
    """Return latencies of the last minute in a line, or two where there is not the width for one."""
    from rich.text import Text

    between = "   " if width >= 100 else "\n"
    return Text.assemble(
        ("tick to decision ", "dim"), _quantiles(latency.decision), between, ("journal durable  ", "dim"),
        _quantiles(latency.durable),
    )  # fmt: skip


def _quantiles(of: "QuantilesView") -> "Text":
    from rich.text import Text

    if not of.measured:
        return Text("none in the last minute", "dim")
    return Text.assemble(f"p50 {_time(of.p50 or 0.0)}  p99 {_time(of.p99 or 0.0)}", (f"  ({of.measured:,})", "dim"))


def _time(microseconds: float) -> str:
    return f"{microseconds:,.0f} µs" if microseconds < 1000 else f"{microseconds / 1000:,.1f} ms"


def _share(use: "UseView") -> float:
    """Of the limit; one that allows nothing is used up by anything."""
    if use.of_each_order:
        return -1.0  # behind all that is used up
    if use.limit > 0.0 and use.used is not None:
        return use.used / use.limit
    return 1.0 if use.used is None or use.used > 0.0 else 0.0


def _number(value: float | None, key: str) -> str:
    if value is None:
        return "unknown"
    if key in SHARES:
        return f"{value:.3g}%" if (value := 100 * value) >= 0.01 or not value else "<0.01%"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _words(name: str) -> str:
    return name.replace("_", " ")
