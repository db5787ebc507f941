"""Rolling maximum."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.ops import NAN
from lockstep.kernels.window import Window, push, rolling_max, window


class Highest(NamedTuple):
    """The window and its maximum, nan until it is full."""

    values: Window
    value: float


def highest_warm_up(period: int) -> int:
    """Return how many bars come before the first maximum."""
    return whole("period", period) - 1


def highest_init(period: int) -> Highest:
    """Return the state for the maximum of ``period`` >= 1 values, the newest included."""
    return Highest(window(whole("period", period)), NAN)


@kernel
def highest(state: Highest, value: float) -> tuple[Highest, float]:
    """Take one value; return (state, maximum), nan until the window holds ``period`` numbers and no nan."""
    values, evicted = push(state.values, value)
    best = rolling_max(values, evicted, value, state.value)
    return Highest(values, best), best
