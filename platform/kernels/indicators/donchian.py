"""Donchian channel: the highest high and the lowest low of the last bars."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.indicators.highest import Highest, highest, highest_init
from lockstep.kernels.indicators.lowest import Lowest, lowest, lowest_init


class Donchian(NamedTuple):
    """Both windows. ``highs.value`` and ``lows.value`` are the channel as of the last bar."""

    highs: Highest
    lows: Lowest


def donchian_warm_up(period: int = 20) -> int:
    """Return how many bars come before the first channel."""
    return whole("period", period) - 1


def donchian_init(period: int = 20) -> Donchian:
    """Return the state for a channel of ``period`` >= 1 bars, the newest included."""
    return Donchian(highest_init(period), lowest_init(period))


@kernel
def donchian(state: Donchian, high: float, low: float) -> tuple[Donchian, float, float, float]:
    """Take one bar; return (state, upper, middle, lower), nan in warm-up.

    The channel holds this bar too, so no close ever leaves it: for a breakout compare the close with the
    channel before the step, ``state.highs.value`` and ``state.lows.value`` (nan until there is one).
    """
    highs, upper = highest(state.highs, high)
    lows, lower = lowest(state.lows, low)
    return Donchian(highs, lows), upper, (upper + lower) / 2.0, lower
