"""Exponential moving average, seeded with the simple average of its first values as TA-Lib does."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.ops import NAN, where


class Ema(NamedTuple):
    """The average, as its distance from the first value: so equal prices give exactly that price."""

    period: int
    seen: int
    """Numbers seen."""
    weight: float
    """Of the newest value, once seeded."""
    share: float
    """1 / period: the weight of each value in the seed."""
    first: float
    distance: float


def ema_warm_up(period: int) -> int:
    """Return how many bars come before the first average."""
    return whole("period", period) - 1


def ema_init(period: int) -> Ema:
    """Return the state for an average of ``period`` >= 1 bars; the newest value weighs 2 / (period + 1)."""
    size = whole("period", period)
    return Ema(size, 0, 2.0 / (size + 1.0), 1.0 / size, NAN, 0.0)


@kernel
def ema(state: Ema, value: float) -> tuple[Ema, float]:
    """Take one value; return (state, average), nan during warm-up.

    A nan is passed over: the answer to it is nan, and the average goes on with the next number.
    """
    known = value == value
    count = state.seen + where(known, 1, 0)
    seeded = known & (count > state.period)
    first = where(state.seen == 0, value, state.first)
    inward = where(known, value - first, 0.0)
    # The new distance waits for one product and one sum only. As previous + (value - previous) * weight with
    # its guards the average took three times as long.
    keep = where(seeded, 1.0 - state.weight, 1.0)
    distance = state.distance * keep + inward * where(seeded, state.weight, state.share)
    moved = Ema(state.period, count, state.weight, state.share, first, distance)
    return moved, where(known & (count >= state.period), first + distance, NAN)
