"""Kalman trend: the level and the slope behind noisy prices.

The local linear trend model (Harvey 1989; Durbin and Koopman 2012, 3.2), with independent normal noises::

    close[t]     = level[t] + e[t]                variance of e: measurement_noise
    level[t + 1] = level[t] + slope[t] + u[t]     variance of u: level_noise
    slope[t + 1] = slope[t] + v[t]                variance of v: slope_noise

Nothing is assumed about the first level and slope: with a flat prior the first two closes give both, and
their exact covariances, and the filter goes on from there. Only the ratios of the three variances matter to
the estimates.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import number
from lockstep.kernels.ops import NAN, where


class Kalman(NamedTuple):
    """The estimates given all closes so far, and their covariances."""

    level_noise: float
    slope_noise: float
    measurement_noise: float
    seen: int
    level: float
    slope: float
    level_variance: float
    covariance: float
    slope_variance: float


def kalman_warm_up(level_noise: float = 0.01, slope_noise: float = 0.0001, measurement_noise: float = 1.0) -> int:
    """Return how many bars come before the first trend: one, since a slope needs two."""
    kalman_init(level_noise, slope_noise, measurement_noise)
    return 1


def kalman_init(level_noise: float = 0.01, slope_noise: float = 0.0001, measurement_noise: float = 1.0) -> Kalman:
    """Return the state for three variances, in squared price units or relative to each other."""
    noises = number("level_noise", level_noise), number("slope_noise", slope_noise)
    observed = number("measurement_noise", measurement_noise, above=True)
    return Kalman(*noises, observed, 0, 0.0, 0.0, 0.0, 0.0, 0.0)


@kernel
def kalman(state: Kalman, close: float) -> tuple[Kalman, float, float]:
    """Take one close; return (state, level, slope per bar), nan for the first bar. A nan is passed over."""
    known = close == close
    seen = state.seen + where(known, 1, 0)
    noise = state.measurement_noise
    # Predict one bar ahead ...
    level = state.level + state.slope
    spread = state.level_variance + 2.0 * state.covariance + state.slope_variance + state.level_noise
    joint = state.covariance + state.slope_variance
    tilt = state.slope_variance + state.slope_noise
    # ... and correct by what was seen.
    surprise = close - level
    level_gain = spread / (spread + noise)
    slope_gain = joint / (spread + noise)
    second = seen == 2
    first_slope = 2.0 * noise + state.level_noise + state.slope_noise
    level = where(seen <= 2, close, level + level_gain * surprise)
    slope = where(second, close - state.level, where(seen < 2, 0.0, state.slope + slope_gain * surprise))
    moved = Kalman(
        state.level_noise,
        state.slope_noise,
        noise,
        seen,
        where(known, level, state.level),
        where(known, slope, state.slope),
        where(known, where(second, noise, level_gain * noise), state.level_variance),
        where(known, where(second, noise, slope_gain * noise), state.covariance),
        where(known, where(second, first_slope, tilt - slope_gain * joint), state.slope_variance),
    )
    ready = known & (seen >= 2)
    return moved, where(ready, level, NAN), where(ready, slope, NAN)
