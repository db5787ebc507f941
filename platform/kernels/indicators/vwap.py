"""Volume-weighted average price, of typical prices, since the session began or since the first bar."""

from typing import NamedTuple

from lockstep.errors import StrategyError
from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.ratio import ratio
from lockstep.kernels.indicators.typical import typical
from lockstep.kernels.ops import NAN, where

ANCHORS = ("session", "none")


class Vwap(NamedTuple):
    """Sums since the anchor; prices count as their distance from the first, and lose nothing to size."""

    resets: bool
    session: int
    first: float
    """Typical price of the first bar; nan before it."""
    value: float
    """Sum of (typical price - first) * volume."""
    volume: float


def vwap_warm_up(anchor: str = "session") -> int:
    """Return how many bars come before the first price: none, but it is nan until some volume has traded."""
    vwap_init(anchor)
    return 0


def vwap_init(anchor: str = "session") -> Vwap:
    """Return the state; ``anchor="session"`` starts anew with each session, ``"none"`` never."""
    if anchor not in ANCHORS:
        raise StrategyError(f"anchor must be 'session' or 'none', found {anchor!r}: choose one of them")
    return Vwap(anchor == "session", 0, NAN, 0.0, 0.0)


@kernel
def vwap(state: Vwap, high: float, low: float, close: float, volume: float, session: int) -> tuple[Vwap, float]:
    """Take one bar and its session's number; return (state, price), nan until some volume has traded."""
    price = typical(high, low, close)
    known = (price == price) & (volume == volume)
    starts = (state.first != state.first) | (state.resets & (session != state.session))
    first = where(starts, price, state.first)
    value = where(starts, 0.0, state.value) + where(known, (price - first) * volume, 0.0)
    traded = where(starts, 0.0, state.volume) + where(known, volume, 0.0)
    average = first + ratio(value, traded, NAN)
    return Vwap(state.resets, session, first, value, traded), where(known, average, NAN)
