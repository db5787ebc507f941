"""Relative strength index (Wilder 1978): the share of gains in all movement, smoothed."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.indicators.ratio import ratio
from lockstep.kernels.indicators.wilder import Wilder, wilder, wilder_init
from lockstep.kernels.ops import NAN, maximum, where


class Rsi(NamedTuple):
    """Smoothed gains and losses."""

    previous: float
    gains: Wilder
    losses: Wilder


def rsi_warm_up(period: int = 14) -> int:
    """Return how many bars come before the first index: one for the first change, the rest to seed."""
    return whole("period", period)


def rsi_init(period: int = 14) -> Rsi:
    """Return the state for ``period`` >= 1 changes; the first value comes with bar ``period + 1``."""
    return Rsi(NAN, wilder_init(period), wilder_init(period))


@kernel
def rsi(state: Rsi, close: float) -> tuple[Rsi, float]:
    """Take one close; return (state, index from 0 to 100), nan in warm-up.

    Without any movement it is 0, as in TA-Lib: guard a strategy that buys on low values against flat prices.
    """
    # In this order the larger of 0 and nan is nan, which the smoothing passes over.
    gains, gain = wilder(state.gains, maximum(0.0, close - state.previous))
    losses, loss = wilder(state.losses, maximum(0.0, state.previous - close))
    previous = where(close == close, close, state.previous)
    return Rsi(previous, gains, losses), 100.0 * ratio(gain, gain + loss, 0.0)
