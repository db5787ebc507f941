"""A market to trade against: the generated order flow of data/ticks/flow, let into the matching as nobody's orders.

The flow knows its own book only. Where a client's order has traded with what the flow traded with, or has been traded
with by what the flow has resting, its orders here are smaller than it thinks, never larger: after each of its events
the orders that it touched are brought down to what it says.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lockstep.data.ticks.flow import flow_blocks
from lockstep.errors import ExchangeError
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.order_terms import NEVER, Force
from lockstep.live.exchange.matching import Told
from lockstep.live.exchange.trading import To, Trading

_FIRST_ID = 1 << 40
"""Clients' orders have smaller ids."""
_STEP_NS = 2_000_000
"""What comes within this time comes together, so that a busy market wakes nobody for each event."""
_AT_ONCE = 100
"""Arrivals of an instrument that come in one call at most: a flow that is too fast for the machine comes later than it
should, and clients are heard between."""
_ROWS = 4096


class _Event(NamedTuple):
    time_ns: int
    kind: int
    side: int
    flags: int
    tick: int
    lots: int
    id: int


class SeededFlow:
    """The flows of all instruments, from ``start_ns`` on, ``speed`` times as fast as they were made.

    The first of them has ``seed``, the next ``seed + 1``. Raises ExchangeError for a speed that is not above 0.
    """

    def __init__(self, trading: Trading, *, seed: int, start_ns: int, speed: float = 1.0) -> None:
        if not 0.0 < speed <= 1e6:
            raise ExchangeError(f"the flow's speed is above 0 and at most a million, found {speed:g}")
        self._trading = trading
        middles = [listing.middle for listing in trading.listings]
        self._flows = [
            _InstrumentFlow(trading, k, seed + k, middle, start_ns, speed) for k, middle in enumerate(middles)
        ]
        trading.told_nobody = lambda one: self._flows[one.instrument].follow(one)

    def advance(self, time_ns: int) -> list[To]:
        """Let come in what is due, or a part of it."""
        return [to for flow in self._flows for to in flow.advance(time_ns)]

    def next_ns(self) -> int:
        """When the next order is due, or a little later; the past where the flow is behind."""
        return min((flow.due_ns + _STEP_NS for flow in self._flows), default=NEVER)


class _InstrumentFlow:
    """One instrument's flow. ``_wanted`` are the lots of its orders as it has them, ``_here`` as they rest here."""

    def __init__(self, trading: Trading, instrument: int, seed: int, middle: int, start_ns: int, speed: float) -> None:
        self._trading, self._instrument = trading, instrument
        self._events = _events(seed, middle, start_ns, speed)
        self._wanted: dict[int, int] = {}
        self._here: dict[int, int] = {}
        self._takers = 0
        self._next = next(self._events)
        self.due_ns = start_ns

    def advance(self, time_ns: int) -> list[To]:
        out: list[To] = []
        for _ in range(_AT_ONCE):
            if self._next.time_ns > time_ns:
                break
            first, arrival = self._next, [self._next]
            while not arrival[-1].flags & EventFlag.LAST:
                arrival.append(next(self._events))
            self._next = next(self._events)
            out += self._happen(first.kind, arrival, max(time_ns, self._trading.matching.now_ns))
        self.due_ns = self._next.time_ns
        return out

    def _happen(self, kind: int, arrival: list[_Event], time_ns: int) -> list[To]:
        out: list[To] = []
        for event in arrival:
            if event.kind == EventKind.ADD:
                self._wanted[event.id] = event.lots
                out += self._command(
                    CommandKind.NEW, time_ns, id=event.id, side=event.side, tick=event.tick, lots=event.lots
                )
            elif event.kind == EventKind.DELETE:
                self._wanted[event.id] = 0
            elif event.kind in (EventKind.REDUCE, EventKind.EXECUTE):
                self._wanted[event.id] -= event.lots
        if kind == EventKind.EXECUTE:
            out += self._take(arrival, time_ns)
        for event in arrival:
            out += self._bring_down(event.id, time_ns)
        return out

    def _take(self, arrival: list[_Event], time_ns: int) -> list[To]:
        """Send the order that the arrival's executions were of: no worse than the last of their prices."""
        self._takers += 1
        last = arrival[-1]
        return self._command(
            CommandKind.NEW, time_ns, id=2 * _FIRST_ID + self._takers, side=1 - last.side, tick=last.tick,
            lots=sum(event.lots for event in arrival), force=int(Force.IOC),
        )  # fmt: skip

    def _bring_down(self, order: int, time_ns: int) -> list[To]:
        wanted, here = self._wanted.get(order, 0), self._here.get(order, 0)
        if not wanted:
            self._wanted.pop(order, None)
        if here <= wanted:
            return []
        if not wanted:
            return self._command(CommandKind.CANCEL, time_ns, id=order)
        return self._command(CommandKind.REDUCE, time_ns, id=order, lots=here - wanted)

    def _command(self, kind: CommandKind, time_ns: int, **fields: int) -> list[To]:
        return self._trading.flow(self._instrument, kind, time_ns=time_ns, **fields)

    def follow(self, one: Told) -> None:
        """Note what is left of an order."""
        if one.kind == ReportKind.REJECTED or one.id >= 2 * _FIRST_ID:
            return
        self._here[one.id] = one.remaining
        if one.remaining == 0:
            del self._here[one.id]


def _events(seed: int, middle: int, start_ns: int, speed: float) -> Iterator[_Event]:
    """Yield a flow's events but for the first, which empties the book; times as they are here."""
    first_ns = -1
    for block in flow_blocks("L3", seed=seed, middle=middle, size=_ROWS):
        if first_ns < 0:
            first_ns = int(block.time_ns[0])
        times = start_ns + np.round((block.time_ns - first_ns) / speed).astype(np.int64)
        columns = (times, block.kind, block.side, block.flags, block.tick, block.lots, block.id + _FIRST_ID)
        for row in zip(*(column.tolist() for column in columns), strict=True):
            if row[1] != EventKind.CLEAR:
                yield _Event._make(row)
