"""Exponential moving average, seeded with the simple average of its first values as TA-Lib does."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.ops import NAN, where


class Ema(NamedTuple):
    """The average so far; while it is being seeded, the first value and the sum of differences to it."""

    period: int
    count: int
    """Numbers seen."""
    weight: float
    """Of the newest value, once seeded."""
    share: float
    """1 / period: the weight of each value in the seed."""
    value: float
    """The average; the first value while seeding, so that equal prices give exactly that price."""
    total: float
    """Sum of (value - first value) while seeding."""


def ema_warm_up(period: int) -> int:
    """Return how many bars come before the first average."""
    return whole("period", period) - 1


def ema_init(period: int) -> Ema:
    """Return the state for an average of ``period`` >= 1 bars; the newest value weighs 2 / (period + 1)."""
    size = whole("period", period)
    return Ema(size, 0, 2.0 / (size + 1.0), 1.0 / size, 0.0, 0.0)


@kernel
def ema(state: Ema, value: float) -> tuple[Ema, float]:
    """Take one value; return (state, average), nan during warm-up.

    A nan is passed over: the answer to it is nan, and the state stays as it was.
    """
    known = value == value
    count = state.count + where(known, 1, 0)
    previous = where(count == 1, value, state.value)
    change = value - previous
    seeded = count > state.period
    total = state.total + where(seeded, 0.0, change)
    average = previous + where(seeded, change * state.weight, total * state.share)
    held = where(count < state.period, previous, average)
    moved = Ema(
        state.period,
        count,
        state.weight,
        state.share,
        where(known, held, state.value),
        where(known, total, state.total),
    )
    return moved, where(count < state.period, NAN, average)
