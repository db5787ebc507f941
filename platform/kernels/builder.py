"""Bars built from trades, one trade at a time: by time, trades, lots, value, or imbalance of buying and selling.

Bars by trades, lots, value and imbalance: M. López de Prado, Advances in Financial Machine Learning (2018), ch. 2.3;
thresholds are fixed here, not estimated, so that a bar never depends on what came after it. A bar holds whole moments:
it closes once the moment is over in which it is full, so that no two bars share a time, whatever order the trades of
one moment came in (feeds in milliseconds have many).
"""

from enum import IntEnum
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import is_trade
from lockstep.kernels.book.tables import BID, int64
from lockstep.kernels.borrow import borrow


class Measure(IntEnum):
    """What fills a bar."""

    TIME = 0
    """``size`` nanoseconds, counted from 1970: closes on the grid whether or not somebody trades then."""
    TRADES = 1
    LOTS = 2
    VALUE = 3
    """Sum of ticks times lots."""
    IMBALANCE = 4
    """Lots bought less lots sold, to either side."""


BUILDER = np.dtype(
    [
        ("measure", np.int64),
        ("size", np.float64),  # how much of the measure fills a bar
        ("filled", np.float64),  # so far
        ("open_ns", np.int64),
        ("close_ns", np.int64),
        ("open", np.int64),  # ticks
        ("high", np.int64),
        ("low", np.int64),
        ("close", np.int64),
        ("lots", np.int64),
        ("trades", np.int64),  # 0: no bar is under way
        ("last_tick", np.int64),
        ("last_sign", np.int64),
        ("any", np.int64),  # 1 once there was a trade
    ],
    align=True,
)
"""A bar under way: one row."""

_BUILT = ("open_ns", "close_ns", "open", "high", "low", "close", "lots", "trades")
BUILT = np.dtype([(name, np.int64) for name in _BUILT])
"""A bar that is closed; prices in ticks."""


@kernel
def sign_of(s: Any, side: int, tick: int) -> int:
    """Return 1 for a buyer's trade, -1 for a seller's: by the side that was hit, else by the tick rule."""
    if side >= 0:
        return -1 if side == BID else 1
    if s.any == 0 or tick == s.last_tick:
        return int64(s.last_sign)
    return 1 if tick > s.last_tick else -1


@kernel
def due(s: Any, time_ns: int) -> bool:
    """Return whether the bar under way is over at a moment: its time is up, or it was full before."""
    return bool(s.trades > 0 and time_ns >= s.close_ns and full(s))


@kernel
def full(s: Any) -> bool:
    """Return whether a bar holds what it is measured by; one by time, which the clock closes, always does."""
    return bool(s.measure == Measure.TIME or abs(s.filled) >= s.size)


@kernel
def close_bar(s: Any, out: Any) -> None:
    """Write the bar under way into a BUILT record and begin none."""
    out.open_ns, out.close_ns, out.open, out.high = s.open_ns, s.close_ns, s.open, s.high
    out.low, out.close, out.lots, out.trades = s.low, s.close, s.lots, s.trades
    s.trades = 0
    s.filled = 0.0


@kernel
def add_trade(s: Any, time_ns: int, tick: int, lots: int, side: int) -> None:
    """Add a trade to the bar under way. Close what is ``due`` first."""
    if s.trades == 0:
        size = int64(s.size) if s.measure == Measure.TIME else 1
        s.open_ns = (time_ns // size) * size
        s.close_ns = s.open_ns + size
        s.open = s.high = s.low = tick
        s.lots = 0
    s.high, s.low, s.close = max(s.high, tick), min(s.low, tick), tick
    s.lots += lots
    s.trades += 1
    sign = sign_of(s, side, tick)
    s.last_tick, s.last_sign, s.any = tick, sign, 1
    if s.measure == Measure.TIME:
        return
    s.close_ns = time_ns + 1  # known once the moment is over
    if s.measure == Measure.TRADES:
        s.filled += 1.0
    elif s.measure == Measure.LOTS:
        s.filled += lots
    elif s.measure == Measure.VALUE:
        s.filled += float(tick) * lots
    else:
        s.filled += sign * lots


@kernel(cache=True)
def build(state: Any, block: Any, out: Any) -> int:
    """Build bars of a TickBlock's trades into BUILT[rows]; return how many.

    ``state`` is BUILDER[1], carried from block to block. Room for a bar an event is needed, and for one more. A bar
    that is full at the end of a history is left: ``last_bar`` closes it.
    """
    s, bars = borrow(state)[0], borrow(out)
    times, kinds, sides = borrow(block.time_ns), borrow(block.kind), borrow(block.side)
    ticks, lots, flags = borrow(block.tick), borrow(block.lots), borrow(block.flags)
    count = 0
    for e in range(times.size):
        if is_trade(int64(kinds[e]), int64(flags[e])):
            if due(s, times[e]):
                close_bar(s, bars[count])
                count += 1
            add_trade(s, times[e], ticks[e], lots[e], int64(sides[e]))
    if times.size > 0 and due(s, times[times.size - 1]):
        close_bar(s, bars[count])
        count += 1
    return count


@kernel(cache=True)
def pass_by(states: Any, event: Any, s: int, out: Any) -> int:
    """Let time pass to the moment of INBOUND[1], then add its trade, if it is one, to the bar of symbol ``s``.

    ``states`` is BUILDER[symbols]; bars that are ``due`` are closed into ``out``, BUILT[symbols], of which the others
    get 0 trades. Returns how many were closed. With ``s`` below zero nothing is added.
    """
    builders, bars, e = borrow(states), borrow(out), borrow(event)[0]
    count = 0
    for k in range(builders.size):
        bars[k].trades = 0
        if due(builders[k], e.received_ns):
            close_bar(builders[k], bars[k])
            count += 1
    if s >= 0 and is_trade(int64(e.kind), int64(e.flags)):
        add_trade(builders[s], e.received_ns, e.tick, e.lots, int64(e.side))
    return count


@kernel(cache=True)
def last_bar(state: Any, out: Any) -> int:
    """Close the bar that was full when a history ended, into BUILT[1]; return 1, or 0 where it is still under way."""
    s = borrow(state)[0]
    if s.trades == 0 or s.measure == Measure.TIME or not full(s):
        return 0
    close_bar(s, borrow(out)[0])
    return 1
