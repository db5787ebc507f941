"""Moments of returns up to the fourth in one pass, without the cancellation of plain power sums.

Pébay, Formulas for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical
Moments (Sandia report SAND2008-6212, 2008), equations for one added value.
"""

import math
from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import maximum, minimum, where


class ReturnMoments(NamedTuple):
    """Central sums of a series of returns, its extremes, and its gains and losses."""

    n: int
    """Number of returns."""
    mean: float
    m2: float
    """Sum of (r - mean)^2; ``m3`` and ``m4`` with the third and fourth power."""
    m3: float
    m4: float
    best: float
    """-inf before the first return."""
    worst: float
    """inf before the first return."""
    gains: int
    """Number of returns above zero."""
    losses: int
    """Number of returns below zero."""
    gain_sum: float
    loss_sum: float
    """Sum of the returns below zero: negative."""
    losing_run: float
    """Sum of the current unbroken run of returns below zero."""
    losing_run_squares: float
    """Sum of squares of the finished runs (Burke ratio)."""


def return_moments_init() -> ReturnMoments:
    """Return the moments of no returns."""
    return ReturnMoments(0, 0.0, 0.0, 0.0, 0.0, -math.inf, math.inf, 0, 0, 0.0, 0.0, 0.0, 0.0)


@kernel
def observe_return_moments(state: ReturnMoments, r: float) -> ReturnMoments:
    """Take the return of one period."""
    before = state.n * 1.0
    n = before + 1.0
    delta = r - state.mean
    # The reciprocal waits for no mean: a row costs a third less, and a sweep takes it once for all its sets.
    step = delta * (1.0 / n)
    step2 = step * step
    term = delta * step * before
    m4 = state.m4 + term * step2 * (n * n - 3.0 * n + 3.0) + 6.0 * step2 * state.m2 - 4.0 * step * state.m3
    m3 = state.m3 + term * step * (n - 2.0) - 3.0 * step * state.m2
    losing = r < 0.0
    return ReturnMoments(
        state.n + 1,
        state.mean + step,
        state.m2 + term,
        m3,
        m4,
        maximum(r, state.best),
        minimum(r, state.worst),
        state.gains + where(r > 0.0, 1, 0),
        state.losses + where(losing, 1, 0),
        state.gain_sum + where(r > 0.0, r, 0.0),
        state.loss_sum + where(losing, r, 0.0),
        where(losing, state.losing_run + r, 0.0),
        state.losing_run_squares + where(losing, 0.0, state.losing_run * state.losing_run),
    )
