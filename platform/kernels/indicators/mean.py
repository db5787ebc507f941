"""Rolling mean in constant time, without drift (see ``anchored``); of equal values it is that value, to the bit."""

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
from lockstep.kernels.ops import NAN, where


class Mean(NamedTuple):
    """The sum over a window, and the fresh sum that will replace it."""

    window: Anchored
    share: float
    """1 / period"""
    total: float
    """Sum of (value - anchor) over the window."""
    fresh_total: float


def mean_warm_up(period: int) -> int:
    """Return how many bars come before the first mean."""
    return anchored_warm_up(period)


def mean_init(period: int) -> Mean:
    """Return the state for ``period`` >= 1 values; the first result comes with the last of them."""
    window = anchored_init(period)
    return Mean(window, 1.0 / window.values.size, 0.0, 0.0)


@kernel
def mean(state: Mean, value: float) -> tuple[Mean, float]:
    """Take one value; return (state, mean), nan until the window holds ``period`` numbers and no nan."""
    window, new = arrive(state.window, value)
    fresh_total = fresh_sum(new, state.fresh_total, new.fresh)
    total = present_sum(new, state.total, new.inward - new.outward, fresh_total)
    average = where(new.flat, value, window.anchor + total * state.share)
    return Mean(window, state.share, total, fresh_total), where(new.ready, average, NAN)
