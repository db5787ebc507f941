"""Linearly weighted moving average: the newest value weighs ``period``, the oldest 1.

Constant time and without drift (see ``anchored``).
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
from lockstep.kernels.ops import NAN, where


class Wma(NamedTuple):
    """Plain and weighted sums over a window, and the fresh ones that will replace them."""

    window: Anchored
    share: float
    """1 / (1 + 2 + ... + period)"""
    total: float
    """Sum of (value - anchor) over the window."""
    weighted: float
    """Sum of weight * (value - anchor) over the window."""
    fresh_total: float
    fresh_weighted: float


def wma_warm_up(period: int) -> int:
    """Return how many bars come before the first average."""
    return anchored_warm_up(period)


def wma_init(period: int) -> Wma:
    """Return the state for ``period`` >= 1 values; the first result comes with the last of them."""
    window = anchored_init(period)
    size = window.values.size
    return Wma(window, 2.0 / (size * (size + 1)), 0.0, 0.0, 0.0, 0.0)


@kernel
def wma(state: Wma, value: float) -> tuple[Wma, float]:
    """Take one value; return (state, average), nan until the window holds ``period`` numbers and no nan."""
    window, new = arrive(state.window, value)
    fresh_total = fresh_sum(new, state.fresh_total, new.fresh)
    fresh_weighted = fresh_sum(new, state.fresh_weighted, new.place * new.fresh)
    # Every weight falls by one, which takes the plain sum of what was there off the weighted one.
    weighted = present_sum(new, state.weighted, window.values.size * new.inward - state.total, fresh_weighted)
    total = present_sum(new, state.total, new.inward - new.outward, fresh_total)
    average = where(new.flat, value, window.anchor + weighted * state.share)
    return Wma(window, state.share, total, weighted, fresh_total, fresh_weighted), where(new.ready, average, NAN)
