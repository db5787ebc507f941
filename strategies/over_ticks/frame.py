"""The frame of a strategy beside ticks, of a history or of a live feed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numba.core.errors import NumbaError

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.day_ends import DAY_NS, day_ends
from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import StrategyError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.frame import Book
from lockstep.kernels.layout import Packed
from lockstep.kernels.order_terms import NEVER
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.bind import Bound, bind
from lockstep.kernels.ticks.frame import Frame
from lockstep.strategies.order_kernel import OrderKernel

WINDOW = 1 << 16
"""Prices around the first one that a book finds at once, in ticks."""


class Market(NamedTuple):
    """What a frame must know of the instrument and its feed."""

    tick_size: float
    lot_size: float
    multiplier: float
    slots: int
    """Room for orders of an L3 feed, 0 for L1 and L2."""
    middle: int
    """A price about which trading goes on, in ticks."""
    start_ns: int


class Acting(NamedTuple):
    """What a frame must know of a strategy: its code, its values, and when it acts."""

    act: int
    """Address of its machine code, 0 where it is not compiled."""
    state: Packed
    params: Packed
    wake_on_feed: bool
    wake_on_report: bool
    timed: bool
    """Does it act first when the history begins?"""
    bound: Bound | None
    """Keeps the machine code alive."""


def acting(strategy: OrderKernel, bound: Bound | None = None, state: Any = None) -> Acting:
    """Return what a frame must know of an order kernel; ``state`` replaces the one that ``init`` makes."""
    kind: Any = type(strategy)
    state = kind.init(strategy.params) if state is None else state
    bound = bound or compiled(strategy, state)
    packed, params = bound.pack(state, strategy.params)
    return Acting(bound.address, packed, params, kind.on_feed, kind.on_report, True, bound)


def compiled(strategy: OrderKernel, state: Any) -> Bound:
    """Return the machine code of an order kernel for states of this shape.

    Raises ``StrategyError`` where ``act`` returns a state of other kinds of numbers, or can't be compiled.
    """
    kind: Any = type(strategy)
    try:
        return bind(kind.compiled_act, state, strategy.params)
    except TypeError as error:
        raise StrategyError(f"{kind.__name__}: {error}") from error
    except NumbaError as error:
        said = [line for line in str(error).splitlines() if line.strip() and not line.startswith("Failed in")]
        place = next((line.strip() for line in said if line.startswith("File ")), "")
        raise StrategyError(f"{kind.__name__}.act can't be compiled: {said[0]}; {place}".rstrip("; :")) from error


def outside(*, on_feed: bool) -> Acting:
    """Return the same of a strategy that is not compiled: ``advance`` comes back wherever it may act."""
    nothing = Packed(np.zeros(0), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 3), np.int64))
    return Acting(0, nothing, nothing, on_feed, True, False, None)


def make_frame(
    how: Acting,
    market: Market,
    execution: TickExecution,
    cash: float,
    *,
    late: bool,
    rooms: Mapping[str, int] | None = None,
) -> Frame:
    """Return a frame at its start; with ``late`` events are received after they happen.

    ``rooms`` are the first sizes of what grows; without ``intent_room`` no intents are written.
    """
    lead = 0 if late else execution.latency.lead
    apart = late or lead < execution.latency.feed or execution.latency.feed_jitter > 0
    base = market.middle - WINDOW // 2
    books = [Book(base, window=WINDOW, slots=market.slots) for _ in range(1 + apart)]
    frame = Frame(
        books[0], books[1] if apart else None, how.act, how.state, how.params, cash, tick_size=market.tick_size,
        lot_size=market.lot_size, multiplier=market.multiplier, next_sample_ns=market.start_ns, lead_ns=lead,
        wake_on_feed=int(how.wake_on_feed), wake_on_report=int(how.wake_on_report),
        wake_ns=market.start_ns - lead if how.timed else NEVER, **(rooms or {}), **execution.fields(),
    )  # fmt: skip
    frame.follow(execution.latency.tables)
    return frame


def close_days(frame: Frame, instrument: Instrument, start_ns: int) -> None:
    """Tell a frame without a known end when its days end, for ten years."""
    frame.close_days(day_ends(instrument, start_ns, start_ns + 3650 * DAY_NS))


WHY_NOT_ON = {
    Stop.OVERRUN: "it sent more requests in one act than there is room for: spread them over several",
    Stop.BUSY: "it acts without end: wake it after now(desk), at an interval that fits",
}
"""Why a strategy can't go on where ``advance`` came back so."""


def impossible(frame: Frame, symbol: str) -> str:
    """Say which event a frame has stopped at (Stop.EVENT), and why it can't be."""
    run = frame.run[0]
    return f"{symbol}: event {int(run['events']) + 1} can't be ({Code(int(run['refused'])).name.lower()})"
