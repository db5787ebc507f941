"""Rolling mean in constant time, without the drift of running sums.

The sum is taken of differences to an anchor close to the data, and each time the ring has gone round once it
is replaced by a fresh sum that holds exactly the values now in the window. So rounding errors live for at
most two windows. A window of equal values is counted, not computed: its mean is that value, to the bit.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.ops import NAN, where
from lockstep.kernels.window import Window, push, window


class Mean(NamedTuple):
    """The sum over a window, and the fresh sum that will replace it."""

    values: Window
    share: float
    """1 / period"""
    seen: int
    """Numbers since the start or the last nan, up to the window's size."""
    anchor: float
    total: float
    """Sum of (value - anchor) over the window."""
    fresh_anchor: float
    fresh_total: float
    last: float
    run: int
    """How many of the latest values are equal."""


def mean_warm_up(period: int) -> int:
    """Return how many bars come before the first mean."""
    return whole("period", period) - 1


def mean_init(period: int) -> Mean:
    """Return the state for ``period`` >= 1 values; the first result comes with the last of them."""
    size = whole("period", period)
    return Mean(window(size), 1.0 / size, 0, 0.0, 0.0, 0.0, 0.0, NAN, 0)


@kernel
def mean(state: Mean, value: float) -> tuple[Mean, float]:
    """Take one value; return (state, mean), nan until the window holds ``period`` numbers and no nan."""
    values, evicted = push(state.values, value)
    size = values.size
    full = state.seen >= size
    count = where(value == value, where(full, size, state.seen + 1), 0)
    first = count == 1
    anchor = where(first, value, state.anchor)
    outward = where(full, evicted - anchor, 0.0)
    total = where(first, 0.0, state.total + ((value - anchor) - outward))
    starts = first | (state.values.head == 0)
    fresh_anchor = where(starts, value, state.fresh_anchor)
    fresh_total = where(starts, 0.0, state.fresh_total + (value - fresh_anchor))
    # The ring has gone round: the fresh sum holds exactly what the window holds.
    turned = values.head == 0
    anchor = where(turned, fresh_anchor, anchor)
    total = where(turned, fresh_total, total)
    run = where(value == state.last, state.run + 1, 1)
    average = where(run >= size, value, anchor + total * state.share)
    moved = Mean(values, state.share, count, anchor, total, fresh_anchor, fresh_total, value, run)
    return moved, where(count >= size, average, NAN)
