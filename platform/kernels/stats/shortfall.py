"""Returns below and above a required return: partial moments, and the two sums of Omega."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import maximum, where


class Shortfall(NamedTuple):
    """Partial sums around ``required``; ``gains`` and ``losses`` around ``threshold``."""

    required: float
    """Required return of one period (the minimum acceptable return)."""
    threshold: float
    """Omega's threshold of one period."""
    below: int
    """Number of returns below ``required``."""
    below_sum: float
    """Sum of (required - r) over them; then of its squares and cubes."""
    below_squares: float
    below_cubes: float
    above: int
    above_sum: float
    """Sum of (r - required) over the returns above; then of its squares."""
    above_squares: float
    gains: float
    """Sum of (r - threshold) over the returns above ``threshold``."""
    losses: float
    """Sum of (threshold - r) over the returns below it."""


def shortfall_init(required: float = 0.0, threshold: float = 0.0) -> Shortfall:
    """Return empty sums around a required return and an Omega threshold, both per period."""
    return Shortfall(float(required), float(threshold), 0, 0.0, 0.0, 0.0, 0, 0.0, 0.0, 0.0, 0.0)


@kernel
def observe_shortfall(state: Shortfall, r: float) -> Shortfall:
    """Take the return of one period."""
    excess = r - state.required
    below = maximum(-excess, 0.0)
    above = maximum(excess, 0.0)
    gain = r - state.threshold
    return Shortfall(
        state.required,
        state.threshold,
        state.below + where(excess < 0.0, 1, 0),
        state.below_sum + below,
        state.below_squares + below * below,
        state.below_cubes + below * below * below,
        state.above + where(excess > 0.0, 1, 0),
        state.above_sum + above,
        state.above_squares + above * above,
        state.gains + maximum(gain, 0.0),
        state.losses + maximum(-gain, 0.0),
    )
