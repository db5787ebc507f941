"""Rolling mean and standard deviation in constant time, without the drift of running sums.

Sums are taken of differences to an anchor close to the data, and each time the ring has gone round once they are
replaced by fresh sums that hold exactly the values now in the window. So rounding errors live for at most two
windows: after 300,000 bars at level 50,000 with steps of 0.01 nothing has piled up. A window of equal values is
counted, not computed: its deviation is exactly zero.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import NAN, is_nan, maximum, square_root, where
from lockstep.kernels.window import Window, push, window


class Moments(NamedTuple):
    """Sums over a window, and the fresh sums that will replace them."""

    values: Window
    count: int
    """Values seen, up to the window's size."""
    anchor: float
    total: float
    """Sum of (value - anchor) over the window."""
    squares: float
    """Sum of (value - anchor)^2 over the window."""
    fresh_anchor: float
    fresh_total: float
    fresh_squares: float
    last: float
    run: int
    """How many of the latest values are equal."""


def moments_init(period: int) -> Moments:
    """Return the state for a window of ``period`` values; the first result comes with value ``period``."""
    return Moments(window(period), 0, NAN, 0.0, 0.0, NAN, 0.0, 0.0, NAN, 0)


@kernel
def moments(state: Moments, value: float) -> tuple[Moments, float, float]:
    """Take one value; return (state, mean, population standard deviation), nan until the window is full."""
    values, evicted = push(state.values, value)
    size = state.values.size
    full = state.count >= size
    count = where(full, size, state.count + 1)
    anchor = where(is_nan(state.anchor), value, state.anchor)
    inward = value - anchor
    outward = where(full, evicted - anchor, 0.0)
    total = state.total + (inward - outward)
    squares = state.squares + (inward * inward - outward * outward)
    fresh_anchor = where(is_nan(state.fresh_anchor), value, state.fresh_anchor)
    fresh = value - fresh_anchor
    fresh_total = state.fresh_total + fresh
    fresh_squares = state.fresh_squares + fresh * fresh
    # The ring has gone round: the fresh sums hold exactly what the window holds.
    turned = values.head == 0
    anchor = where(turned, fresh_anchor, anchor)
    total = where(turned, fresh_total, total)
    squares = where(turned, fresh_squares, squares)
    run = where(value == state.last, state.run + 1, 1)
    ready = count >= size
    mean = where(run >= size, value, anchor + total / size)
    variance = maximum(squares - total * total / size, 0.0) / size
    deviation = where(run >= size, 0.0, square_root(variance))
    moved = Moments(
        values,
        count,
        anchor,
        total,
        squares,
        where(turned, NAN, fresh_anchor),
        where(turned, 0.0, fresh_total),
        where(turned, 0.0, fresh_squares),
        value,
        run,
    )
    return moved, where(ready, mean, NAN), where(ready, deviation, NAN)
