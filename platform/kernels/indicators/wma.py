"""Linearly weighted moving average: the newest value weighs ``period``, the oldest 1.

Constant time and without drift, as ``mean``: both sums hold differences to an anchor and are replaced by
fresh ones each time the ring has gone round.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.ops import NAN, where
from lockstep.kernels.window import Window, push, window


class Wma(NamedTuple):
    """Plain and weighted sums over a window, and the fresh ones that will replace them."""

    values: Window
    share: float
    """1 / (1 + 2 + ... + period)"""
    seen: int
    """Numbers since the start or the last nan, up to the window's size."""
    anchor: float
    total: float
    """Sum of (value - anchor) over the window."""
    weighted: float
    """Sum of weight * (value - anchor) over the window."""
    fresh_anchor: float
    fresh_total: float
    fresh_weighted: float
    last: float
    run: int
    """How many of the latest values are equal."""


def wma_warm_up(period: int) -> int:
    """Return how many bars come before the first average."""
    return whole("period", period) - 1


def wma_init(period: int) -> Wma:
    """Return the state for ``period`` >= 1 values; the first result comes with the last of them."""
    size = whole("period", period)
    return Wma(window(size), 2.0 / (size * (size + 1)), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, NAN, 0)


@kernel
def wma(state: Wma, value: float) -> tuple[Wma, float]:
    """Take one value; return (state, average), nan until the window holds ``period`` numbers and no nan."""
    values, evicted = push(state.values, value)
    size = values.size
    full = state.seen >= size
    count = where(value == value, where(full, size, state.seen + 1), 0)
    first = count == 1
    anchor = where(first, value, state.anchor)
    inward = value - anchor
    # Every weight falls by one, which takes the plain sum of what was there off the weighted one.
    weighted = where(first, 0.0, state.weighted + (size * inward - state.total))
    total = where(first, 0.0, state.total + (inward - where(full, evicted - anchor, 0.0)))
    starts = first | (state.values.head == 0)
    fresh_anchor = where(starts, value, state.fresh_anchor)
    fresh = value - fresh_anchor
    fresh_total = where(starts, 0.0, state.fresh_total + fresh)
    fresh_weighted = where(starts, 0.0, state.fresh_weighted + (state.values.head + 1) * fresh)
    # The ring has gone round: the fresh sums hold exactly what the window holds.
    turned = values.head == 0
    anchor = where(turned, fresh_anchor, anchor)
    total = where(turned, fresh_total, total)
    weighted = where(turned, fresh_weighted, weighted)
    run = where(value == state.last, state.run + 1, 1)
    average = where(run >= size, value, anchor + weighted * state.share)
    fresh_sums = (fresh_anchor, fresh_total, fresh_weighted)
    moved = Wma(values, state.share, count, anchor, total, weighted, *fresh_sums, value, run)
    return moved, where(count >= size, average, NAN)
