"""True range (Wilder 1978): how far a bar reaches, the gap from the close before it included."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import NAN, absolute, maximum, where


class TrueRange(NamedTuple):
    """The close before."""

    close: float


def true_range_warm_up() -> int:
    """Return how many bars come before the first range: one, which has no close before it."""
    return 1


def true_range_init() -> TrueRange:
    """Return the state before the first bar."""
    return TrueRange(NAN)


@kernel
def true_range(state: TrueRange, high: float, low: float, close: float) -> tuple[TrueRange, float]:
    """Take one bar; return (state, range in price units), nan for the first bar."""
    previous = state.close
    reach = high - low
    gap = maximum(absolute(high - previous), absolute(low - previous))
    # The larger of a number and a nan is the second, so the first bar's is nan.
    widest = where(reach == reach, maximum(reach, gap), NAN)
    return TrueRange(where(close == close, close, previous)), widest
