"""Rolling minimum."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.ops import NAN
from lockstep.kernels.window import Window, push, rolling_min, window


class Lowest(NamedTuple):
    """The window and its minimum, nan until it is full."""

    values: Window
    value: float


def lowest_warm_up(period: int) -> int:
    """Return how many bars come before the first minimum."""
    return whole("period", period) - 1


def lowest_init(period: int) -> Lowest:
    """Return the state for the minimum of ``period`` >= 1 values, the newest included."""
    return Lowest(window(whole("period", period)), NAN)


@kernel
def lowest(state: Lowest, value: float) -> tuple[Lowest, float]:
    """Take one value; return (state, minimum), nan until the window holds ``period`` numbers and no nan."""
    values, evicted = push(state.values, value)
    best = rolling_min(values, evicted, value, state.value)
    return Lowest(values, best), best
