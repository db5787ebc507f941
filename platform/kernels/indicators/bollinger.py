"""Bollinger bands: the rolling mean, and a number of standard deviations above and below it."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import number
from lockstep.kernels.indicators.moments import Moments, moments, moments_init, moments_warm_up


class Bollinger(NamedTuple):
    """The window's moments, and the bands' distance in standard deviations."""

    moments: Moments
    width: float


def bollinger_warm_up(period: int = 20, width: float = 2.0) -> int:
    """Return how many bars come before the first bands."""
    bollinger_init(period, width)
    return moments_warm_up(period)


def bollinger_init(period: int = 20, width: float = 2.0) -> Bollinger:
    """Return the state for ``period`` closes and bands ``width`` population deviations away."""
    return Bollinger(moments_init(period), number("width", width))


@kernel
def bollinger(state: Bollinger, close: float) -> tuple[Bollinger, float, float, float]:
    """Take one close; return (state, upper, middle, lower), nan in warm-up, all equal on flat prices."""
    inner, middle, deviation = moments(state.moments, close)
    reach = state.width * deviation
    return Bollinger(inner, state.width), middle + reach, middle, middle - reach
