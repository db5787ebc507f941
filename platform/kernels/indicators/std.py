"""Rolling standard deviation."""

import math
from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import below, whole
from lockstep.kernels.indicators.moments import Moments, moments, moments_init, moments_warm_up


class Std(NamedTuple):
    """The window's moments, and what the population deviation is multiplied by."""

    moments: Moments
    scale: float


def std_warm_up(period: int, ddof: int = 0) -> int:
    """Return how many bars come before the first deviation."""
    std_init(period, ddof)
    return moments_warm_up(period)


def std_init(period: int, ddof: int = 0) -> Std:
    """Return the state for ``period`` values; the sum of squares is divided by ``period - ddof``.

    ``ddof=0`` is the population's deviation (TA-Lib), ``ddof=1`` the sample's (pandas).
    """
    size, free = whole("period", period), whole("ddof", ddof, 0)
    below("ddof", free, "period", size)
    return Std(moments_init(size), math.sqrt(size / (size - free)))


@kernel
def std(state: Std, value: float) -> tuple[Std, float]:
    """Take one value; return (state, standard deviation), nan in warm-up and exactly 0 on a flat window."""
    inner, _, deviation = moments(state.moments, value)
    return Std(inner, state.scale), deviation * state.scale
