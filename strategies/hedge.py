"""How much of one instrument offsets another: a rolling regression, and a line that may wander."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.ratio import ratio
from lockstep.kernels.ops import NAN, absolute, maximum, minimum, square_root, where
from lockstep.kernels.window import Window, push, window

TINY = 1e-18
"""Variance relative to the squared price below which prices are taken for flat: steps of 1e-9."""


class Sums(NamedTuple):
    """Sums over a window of differences to an anchor close to the data."""

    anchor_x: float
    anchor_y: float
    x: float
    y: float
    xx: float
    yy: float
    xy: float


class Rolling(NamedTuple):
    """Windows of both prices, their sums, and the fresh sums that will replace them."""

    xs: Window
    ys: Window
    seen: int
    sums: Sums
    fresh: Sums


class Kalman(NamedTuple):
    """Line through prices in units of the first ones, and the covariance of its two coefficients."""

    seen: int
    scale_x: float
    scale_y: float
    level: float
    slope: float
    level_variance: float
    covariance: float
    slope_variance: float


def rolling_init(period: int) -> Rolling:
    """Return the state of a regression over ``period`` >= 2 rows."""
    nothing = Sums(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Rolling(window(period), window(period), 0, nothing, nothing)


def kalman_init() -> Kalman:
    """Return the state before the first row: any line is possible."""
    return Kalman(0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0)


@kernel
def _moved(sums: Sums, x: float, y: float, weight: float) -> Sums:
    """Add a point (weight 1), take it out (-1) or leave it be (0)."""
    dx, dy = x - sums.anchor_x, y - sums.anchor_y
    wx, wy = weight * dx, weight * dy
    return Sums(
        sums.anchor_x,
        sums.anchor_y,
        sums.x + wx,
        sums.y + wy,
        sums.xx + wx * dx,
        sums.yy + wy * dy,
        sums.xy + wx * dy,
    )


@kernel
def _either(condition: bool, a: Sums, b: Sums) -> Sums:
    return Sums(
        where(condition, a.anchor_x, b.anchor_x),
        where(condition, a.anchor_y, b.anchor_y),
        where(condition, a.x, b.x),
        where(condition, a.y, b.y),
        where(condition, a.xx, b.xx),
        where(condition, a.yy, b.yy),
        where(condition, a.xy, b.xy),
    )


@kernel
def _push_if(condition: bool, ring: Window, value: float) -> tuple[Window, float]:
    """Push a value, or leave the window as it is; return it and the oldest value it held."""
    head = ring.head
    pushed, oldest = push(ring, where(condition, value, ring.values[head]))
    return Window(pushed.values, where(condition, pushed.head, head), pushed.size), oldest


@kernel
def rolling_hedge(state: Rolling, x: float, y: float) -> tuple[Rolling, float, float]:
    """Regress ``y`` on ``x`` over the window; return (state, slope, z-score of the last residual).

    Both are nan until the window is full; a row where either price is nan changes nothing. The z-score
    divides by their population deviation; it is 0 where the prices are flat or lie exactly on a line.
    """
    known = (x == x) & (y == y)
    first = state.seen == 0
    xs, old_x = _push_if(known, state.xs, x)
    ys, old_y = _push_if(known, state.ys, y)
    size = xs.size
    full = state.seen >= size
    at_start = Sums(x, y, 0.0, 0.0, 0.0, 0.0, 0.0)
    sums = _either(first, at_start, state.sums)
    sums = _moved(sums, where(full, old_x, x), where(full, old_y, y), where(full, -1.0, 0.0))
    sums = _moved(sums, x, y, 1.0)
    fresh = _moved(_either(first | (state.xs.head == 0), at_start, state.fresh), x, y, 1.0)
    # The rings have gone round: the fresh sums hold exactly what the windows hold.
    sums = _either(xs.head == 0, fresh, sums)
    seen = where(known, minimum(state.seen + 1, size), state.seen)
    moved = Rolling(xs, ys, seen, _either(known, sums, state.sums), _either(known, fresh, state.fresh))
    mean_x, mean_y = sums.x / size, sums.y / size
    variance_x = sums.xx / size - mean_x * mean_x
    variance_y = sums.yy / size - mean_y * mean_y
    covariance = sums.xy / size - mean_x * mean_y
    slope = ratio(covariance, variance_x, 0.0, TINY * sums.anchor_x * sums.anchor_x)
    residual = (y - sums.anchor_y - mean_y) - slope * (x - sums.anchor_x - mean_x)
    noise = maximum(variance_y - slope * covariance, 0.0)
    z = where(noise > TINY * sums.anchor_y * sums.anchor_y, residual / square_root(maximum(noise, 1e-300)), 0.0)
    ready = known & (seen >= size)
    return moved, where(ready, slope, NAN), where(ready, z, NAN)


@kernel
def kalman_hedge(state: Kalman, x: float, y: float, drift: float, noise: float) -> tuple[Kalman, float, float]:
    """Follow the line ``y = level + slope * x``; return (state, slope, surprise in expected deviations).

    ``drift`` is the variance by which level and slope may wander a row, ``noise`` that of prices around the
    line, both for prices in units of the first ones. The surprise is taken before the line is moved. A row
    where either price is nan changes nothing, and its surprise is nan.
    """
    known = (x == x) & (y == y)
    first = state.seen == 0
    scale_x, scale_y = where(first, x, state.scale_x), where(first, y, state.scale_y)
    u, v = x / scale_x, y / scale_y
    level_variance, slope_variance = state.level_variance + drift, state.slope_variance + drift
    # The coefficients' covariance with what is observed, and the variance of the observation.
    with_level = level_variance + state.covariance * u
    with_slope = state.covariance + slope_variance * u
    expected = with_level + with_slope * u + noise
    surprise = v - (state.level + state.slope * u)
    gain_level, gain_slope = with_level / expected, with_slope / expected
    moved = Kalman(
        where(known, state.seen + 1, state.seen),
        where(known, scale_x, state.scale_x),
        where(known, scale_y, state.scale_y),
        where(known, state.level + gain_level * surprise, state.level),
        where(known, state.slope + gain_slope * surprise, state.slope),
        where(known, level_variance - gain_level * with_level, state.level_variance),
        where(known, state.covariance - gain_level * with_slope, state.covariance),
        where(known, slope_variance - gain_slope * with_slope, state.slope_variance),
    )
    return moved, moved.slope * scale_y / scale_x, where(known, surprise / square_root(expected), NAN)


@kernel
def legs(side: float, slope: float, x: float, y: float) -> tuple[float, float]:
    """Return the weights of (y, x) that hold one unit of y against ``slope`` units of x, 1 in all."""
    value = slope * x
    total = y + absolute(value)
    return side * (y / total), -side * (value / total)
