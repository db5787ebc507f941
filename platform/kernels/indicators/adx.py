"""Average directional movement (Wilder 1978): how strongly prices trend, and which way they move.

Seeding as in TA-Lib: ranges and directional moves are summed over the first ``period - 1`` changes and
smoothed from then on; the first ADX is the plain average of ``period`` values of DX, one without movement
counting as zero. Later a bar without movement leaves the ADX as it was.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.indicators.ratio import ratio
from lockstep.kernels.indicators.true_range import TrueRange, true_range, true_range_init
from lockstep.kernels.ops import NAN, absolute, where


class Adx(NamedTuple):
    """The bar before, and smoothed sums over about ``period`` changes."""

    period: int
    seen: int
    """Changes seen."""
    share: float
    """1 / period"""
    high: float
    low: float
    reach: TrueRange
    distance: float
    """Smoothed sum of true ranges."""
    rise: float
    """Smoothed sum of upward moves."""
    fall: float
    value: float


def adx_warm_up(period: int = 14) -> int:
    """Return how many bars come before the first ADX; +DI and -DI start after ``period`` bars."""
    return 2 * whole("period", period, 2) - 1


def adx_init(period: int = 14) -> Adx:
    """Return the state for ``period`` >= 2 changes; the first ADX comes with bar ``2 * period``."""
    size = whole("period", period, 2)
    return Adx(size, 0, 1.0 / size, NAN, NAN, true_range_init(), 0.0, 0.0, 0.0, 0.0)


@kernel
def adx(state: Adx, high: float, low: float, close: float) -> tuple[Adx, float, float, float]:
    """Take one bar; return (state, ADX, +DI, -DI), each from 0 to 100 and nan in its warm-up."""
    reach, span = true_range(state.reach, high, low, close)
    known = span == span
    seen = state.seen + where(known, 1, 0)
    up, down = high - state.high, state.low - low
    keep = where(known & (seen >= state.period), 1.0 - state.share, 1.0)
    distance = state.distance * keep + where(known, span, 0.0)
    rise = state.rise * keep + where(known & (up > down) & (up > 0.0), up, 0.0)
    fall = state.fall * keep + where(known & (down > up) & (down > 0.0), down, 0.0)
    plus = 100.0 * ratio(rise, distance, 0.0)
    minus = 100.0 * ratio(fall, distance, 0.0)
    begun = known & (seen >= state.period)
    moves = plus + minus > 0.0
    spread = 100.0 * ratio(absolute(plus - minus), plus + minus, 0.0)
    fade = where(begun & moves & (seen >= 2 * state.period), 1.0 - state.share, 1.0)
    value = state.value * fade + where(begun, spread * state.share, 0.0)
    moved = Adx(
        state.period,
        seen,
        state.share,
        where(high == high, high, state.high),
        where(low == low, low, state.low),
        reach,
        distance,
        rise,
        fall,
        value,
    )
    ready = known & (seen >= 2 * state.period - 1)
    return moved, where(ready, value, NAN), where(begun, plus, NAN), where(begun, minus, NAN)
