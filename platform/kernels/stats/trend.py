"""Least squares line through cumulated log returns: how steadily equity grows."""

import math
from typing import NamedTuple

from lockstep.kernels._jit import kernel


class Trend(NamedTuple):
    """Sums of a regression of y = sum of log(1 + r) on x = 0, 1, 2, ..."""

    n: int
    """Number of points."""
    level: float
    """The last y."""
    mean: float
    """Mean of y."""
    m2: float
    """Sum of (y - mean)^2."""
    cross: float
    """Sum of (x - mean of x)(y - mean of y)."""


def trend_init() -> Trend:
    """Return the line through no points."""
    return Trend(0, 0.0, 0.0, 0.0, 0.0)


@kernel
def observe_trend(state: Trend, r: float) -> Trend:
    """Take the return of one period; a loss of everything makes all that follows -inf or nan."""
    level = state.level + math.log1p(r)
    before = state.n * 1.0
    delta = level - state.mean
    mean = state.mean + delta / (before + 1.0)
    # x - mean of the x before = (n + 1) / 2, since these are 0 .. n - 1; zero for the first point.
    distance = 0.5 * (before + 1.0)
    return Trend(
        state.n + 1,
        level,
        mean,
        state.m2 + delta * (level - mean),
        state.cross + distance * (level - mean),
    )
