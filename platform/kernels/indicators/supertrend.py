"""Supertrend (Seban): a stop that trails the trend by average true ranges and changes side when crossed.

The bands lie ``width`` ranges around the bar's middle. The upper one may only fall while closes stay below
it, the lower one only rise while closes stay above it. The line is the lower band in a rising trend, else the
upper one. A rising trend ends with a close on the line or below it, a falling one with a close above it.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.atr import Atr, atr, atr_init, atr_warm_up
from lockstep.kernels.indicators.checks import number
from lockstep.kernels.ops import NAN, where


class Supertrend(NamedTuple):
    """Both bands and the side the trend is on."""

    reach: Atr
    width: float
    upper: float
    """nan until there is a range."""
    lower: float
    close: float
    rising: bool


def supertrend_warm_up(period: int = 10, width: float = 3.0) -> int:
    """Return how many bars come before the first line: those of the range."""
    supertrend_init(period, width)
    return atr_warm_up(period)


def supertrend_init(period: int = 10, width: float = 3.0) -> Supertrend:
    """Return the state for bands ``width`` average true ranges of ``period`` bars away."""
    return Supertrend(atr_init(period), number("width", width, above=True), NAN, NAN, NAN, False)


@kernel
def supertrend(state: Supertrend, high: float, low: float, close: float) -> tuple[Supertrend, float, float]:
    """Take one bar; return (state, line, direction: 1.0 rising, -1.0 falling), nan in warm-up."""
    reach, distance = atr(state.reach, high, low, close)
    known = distance == distance
    centre, offset = (high + low) / 2.0, state.width * distance
    above, below = centre + offset, centre - offset
    starts = state.upper != state.upper
    upper = where(starts | (above < state.upper) | (state.close > state.upper), above, state.upper)
    lower = where(starts | (below > state.lower) | (state.close < state.lower), below, state.lower)
    was_rising = where(starts, close >= centre, state.rising)
    rising = close > where(was_rising, lower, upper)
    moved = Supertrend(
        reach,
        state.width,
        where(known, upper, state.upper),
        where(known, lower, state.lower),
        where(known, close, state.close),
        where(known, rising, state.rising),
    )
    return moved, where(known, where(rising, lower, upper), NAN), where(known, where(rising, 1.0, -1.0), NAN)
