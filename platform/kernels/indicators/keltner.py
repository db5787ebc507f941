"""Keltner channel in Raschke's form: an exponential average, and average true ranges above and below it."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.atr import Atr, atr, atr_init, atr_warm_up
from lockstep.kernels.indicators.checks import number, whole
from lockstep.kernels.indicators.ema import Ema, ema, ema_init, ema_warm_up
from lockstep.kernels.ops import NAN, where


class Keltner(NamedTuple):
    """The average, the range, and the bands' distance in ranges."""

    average: Ema
    reach: Atr
    width: float


def keltner_warm_up(period: int = 20, width: float = 2.0, atr_period: int = 10) -> int:
    """Return how many bars come before the first channel: until both the average and the range are there."""
    keltner_init(period, width, atr_period)
    return max(ema_warm_up(period), atr_warm_up(atr_period))


def keltner_init(period: int = 20, width: float = 2.0, atr_period: int = 10) -> Keltner:
    """Return the state for an average of ``period`` closes and bands ``width`` ranges (ATR) away."""
    reach = atr_init(whole("atr_period", atr_period))
    return Keltner(ema_init(period), reach, number("width", width))


@kernel
def keltner(state: Keltner, high: float, low: float, close: float) -> tuple[Keltner, float, float, float]:
    """Take one bar; return (state, upper, middle, lower), all nan in warm-up."""
    average, centre = ema(state.average, close)
    reach, distance = atr(state.reach, high, low, close)
    middle = where(distance == distance, centre, NAN)
    offset = state.width * distance
    return Keltner(average, reach, state.width), middle + offset, middle, middle - offset
