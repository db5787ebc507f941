"""Stochastic oscillator: where the close lies between the lowest low and the highest high, smoothed twice."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.indicators.highest import Highest, highest, highest_init
from lockstep.kernels.indicators.lowest import Lowest, lowest, lowest_init
from lockstep.kernels.indicators.mean import Mean, mean, mean_init
from lockstep.kernels.indicators.ratio import NOISE, ratio
from lockstep.kernels.ops import NAN, absolute, where


class Stochastic(NamedTuple):
    """Both windows of extremes, and both smoothing windows."""

    highs: Highest
    lows: Lowest
    slow: Mean
    signal: Mean


def stochastic_warm_up(period: int = 14, smooth: int = 3, signal: int = 3) -> int:
    """Return how many bars come before the slow lines; the fast line starts after ``period - 1`` bars."""
    return whole("period", period) + whole("smooth", smooth) + whole("signal", signal) - 3


def stochastic_init(period: int = 14, smooth: int = 3, signal: int = 3) -> Stochastic:
    """Return the state for extremes of ``period`` bars, %K smoothed over ``smooth``, %D over ``signal``."""
    slow, line = mean_init(whole("smooth", smooth)), mean_init(whole("signal", signal))
    return Stochastic(highest_init(period), lowest_init(period), slow, line)


@kernel
def stochastic(state: Stochastic, high: float, low: float, close: float) -> tuple[Stochastic, float, float, float]:
    """Take one bar; return (state, fast %K, slow %K, slow %D), each from 0 to 100 and nan in its warm-up.

    The slow lines are TA-Lib's STOCH with simple averages, and start together. A range of zero gives 0.
    """
    highs, top = highest(state.highs, high)
    lows, bottom = lowest(state.lows, low)
    noise = NOISE * (absolute(top) + absolute(bottom))
    fast = 100.0 * ratio(close - bottom, top - bottom, 0.0, noise)
    slow, smooth = mean(state.slow, fast)
    signal, line = mean(state.signal, smooth)
    return Stochastic(highs, lows, slow, signal), fast, where(line == line, smooth, NAN), line
