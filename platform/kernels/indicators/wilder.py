"""Wilder's smoothing: an exponential average whose newest value weighs 1 / period.

Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Seeded with the simple average of
the first ``period`` values, as Wilder's worksheets and TA-Lib do. It is taken of ranges and gains, which are
never negative, and keeps its relative precision however far they fall on quiet prices; ``ema``, which is
taken of prices, keeps flat ones exact instead.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.ops import NAN, where


class Wilder(NamedTuple):
    """The average so far; while it is being seeded, the part of it that is known."""

    period: int
    seen: int
    """Numbers seen."""
    share: float
    """1 / period: the weight of the newest value, and of each value in the seed."""
    value: float


def wilder_warm_up(period: int) -> int:
    """Return how many values come before the first average."""
    return whole("period", period) - 1


def wilder_init(period: int) -> Wilder:
    """Return the state of Wilder's smoothing over ``period`` >= 1 values."""
    size = whole("period", period)
    return Wilder(size, 0, 1.0 / size, 0.0)


@kernel
def wilder(state: Wilder, value: float) -> tuple[Wilder, float]:
    """Take one value; return (state, average), nan during warm-up. A nan is passed over, as by ``ema``."""
    known = value == value
    count = state.seen + where(known, 1, 0)
    keep = where(known & (count > state.period), 1.0 - state.share, 1.0)
    average = state.value * keep + where(known, value, 0.0) * state.share
    ready = known & (count >= state.period)
    return Wilder(state.period, count, state.share, average), where(ready, average, NAN)
