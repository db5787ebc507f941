"""Average true range (Wilder 1978): the true range under Wilder's smoothing."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.indicators.true_range import TrueRange, true_range, true_range_init
from lockstep.kernels.indicators.wilder import Wilder, wilder, wilder_init


class Atr(NamedTuple):
    """The close before, and the smoothed range."""

    reach: TrueRange
    average: Wilder


def atr_warm_up(period: int = 14) -> int:
    """Return how many bars come before the first average: the first bar has no true range."""
    return whole("period", period)


def atr_init(period: int = 14) -> Atr:
    """Return the state for ``period`` >= 1 true ranges; the first value comes with bar ``period + 1``."""
    return Atr(true_range_init(), wilder_init(period))


@kernel
def atr(state: Atr, high: float, low: float, close: float) -> tuple[Atr, float]:
    """Take one bar; return (state, average true range in price units), nan in warm-up."""
    reach, distance = true_range(state.reach, high, low, close)
    average, value = wilder(state.average, distance)
    return Atr(reach, average), value
