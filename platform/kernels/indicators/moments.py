"""Rolling mean and standard deviation in constant time, without drift (see ``anchored``).

Equal values are counted, not computed: their deviation is exactly zero.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.anchored import (
    Anchored,
    anchored_init,
    anchored_warm_up,
    arrive,
    fresh_sum,
    present_sum,
)
from lockstep.kernels.ops import NAN, maximum, square_root, where


class Moments(NamedTuple):
    """Sums over a window, and the fresh sums that will replace them."""

    window: Anchored
    share: float
    """1 / period. Dividing by the period three times a bar made the z-score a third slower."""
    total: float
    """Sum of (value - anchor) over the window."""
    squares: float
    """Sum of (value - anchor)^2 over the window."""
    fresh_total: float
    fresh_squares: float


def moments_warm_up(period: int) -> int:
    """Return how many bars come before the first result."""
    return anchored_warm_up(period)


def moments_init(period: int) -> Moments:
    """Return the state for ``period`` >= 1 values; the first result comes with the last of them."""
    window = anchored_init(period)
    return Moments(window, 1.0 / window.values.size, 0.0, 0.0, 0.0, 0.0)


@kernel
def moments(state: Moments, value: float) -> tuple[Moments, float, float]:
    """Take one value; return (state, mean, population standard deviation).

    Both are nan until the window holds ``period`` numbers and no nan.
    """
    window, new = arrive(state.window, value)
    fresh_total = fresh_sum(new, state.fresh_total, new.fresh)
    fresh_squares = fresh_sum(new, state.fresh_squares, new.fresh * new.fresh)
    total = present_sum(new, state.total, new.inward - new.outward, fresh_total)
    change = new.inward * new.inward - new.outward * new.outward
    squares = present_sum(new, state.squares, change, fresh_squares)
    drift = total * state.share
    variance = maximum((squares - total * drift) * state.share, 0.0)
    average = where(new.ready, where(new.flat, value, window.anchor + drift), NAN)
    deviation = where(new.ready, where(new.flat, 0.0, square_root(variance)), NAN)
    return Moments(window, state.share, total, squares, fresh_total, fresh_squares), average, deviation
