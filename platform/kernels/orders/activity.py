"""How busy and how restless a symbol is: average volume, deviation of returns and average true range of its bars.

What a row holds is known at the close of the last bar observed. An engine reads it for the orders of a bar and lets it
observe that bar afterwards, so nothing here ever knows the bar that trades.

Volume and returns are weighted exponentially, alpha = 2 / (span + 1), from the first value on: the weights are
(1 - alpha)^age over their sum, and the deviation is corrected for the weights' bias, as in pandas'
``ewm(span, adjust=True)``. The recursions add squares of distances from the mean and nothing that cancels: at a level
of 50,000 a path of steps of 0.01 keeps eight digits and more.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.atr import Atr, atr
from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.indicators.true_range import TrueRange
from lockstep.kernels.indicators.wilder import Wilder
from lockstep.kernels.ops import NAN, square_root, where

ACTIVITY = np.dtype(
    [
        ("volume", np.float64),  # average units a bar; nan before the first
        ("sigma", np.float64),  # standard deviation of returns, close to close; nan before the second return
        ("average_range", np.float64),  # Wilder's average true range in price units; nan in its warm-up
        # what they are made of
        ("keep", np.float64),  # 1 - alpha
        ("close", np.float64),  # the close before; nan before the first
        ("volume_mass", np.float64),  # sum of the weights, newest 1
        ("return_mass", np.float64),
        ("mean", np.float64),  # of returns
        ("variance", np.float64),  # of returns, before the correction
        ("squares", np.float64),  # sum of the squared weights of returns over the square of their sum
        ("range_period", np.int64),
        ("range_seen", np.int64),
        ("range_close", np.float64),
        ("range_value", np.float64),
    ],
    align=True,
)
"""One row per symbol."""


def new_activity(symbols: int, span: int = 20, range_period: int = 14) -> np.ndarray[Any, np.dtype[np.void]]:
    """Return fresh rows: ``span`` >= 2 bars for volume and returns, ``range_period`` >= 1 for the true range.

    Raises ``StrategyError`` where a period is not a whole number or too small.
    """
    rows = np.zeros(symbols, ACTIVITY)
    for field in ("volume", "sigma", "average_range", "close", "range_close"):
        rows[field] = NAN
    rows["keep"] = 1.0 - 2.0 / (whole("span", span, 2) + 1.0)
    rows["range_period"] = whole("range_period", range_period)
    return rows


@kernel
def observe_activity(row: Any, close: float, volume: float) -> None:
    """Let an ACTIVITY row take a bar's close and volume (units); a nan of either is passed over.

    There is no return from a close of zero or below.
    """
    if volume == volume:
        row.volume_mass = row.volume_mass * row.keep + 1.0
        known = where(row.volume == row.volume, row.volume, volume)
        row.volume = known + (volume - known) / row.volume_mass
    if close == close:
        if row.close > 0.0:
            _observe_return(row, (close - row.close) / row.close)
        row.close = close


@kernel
def _observe_return(row: Any, value: float) -> None:
    row.return_mass = row.return_mass * row.keep + 1.0
    weight = 1.0 / row.return_mass
    distance = value - row.mean
    row.mean += weight * distance
    row.variance = (1.0 - weight) * (row.variance + weight * distance * distance)
    row.squares = (1.0 - weight) * (1.0 - weight) * row.squares + weight * weight
    # One return has weight 1 and no deviation.
    row.sigma = square_root(row.variance / (1.0 - row.squares)) if row.squares < 1.0 else NAN


@kernel
def observe_range(row: Any, high: float, low: float, close: float) -> None:
    """Let an ACTIVITY row take a bar's range for ``average_range`` (Wilder 1978, as ``indicators.atr``)."""
    period = row.range_period
    average = Wilder(period, row.range_seen, 1.0 / period, row.range_value)
    state, value = atr(Atr(TrueRange(row.range_close), average), high, low, close)
    row.range_close = state.reach.close
    row.range_seen = state.average.seen
    row.range_value = state.average.value
    if value == value:  # a bar with gaps in it leaves the average as it was
        row.average_range = value


@kernel
def split_activity(row: Any, ratio: float) -> None:
    """Restate an ACTIVITY row after a split of ``ratio`` new units for one; returns are not affected."""
    row.close /= ratio
    row.volume *= ratio
    row.average_range /= ratio
    row.range_close /= ratio
    row.range_value /= ratio


@kernel
def session_volume(volume: float, bars: float) -> float:
    """Return a session's volume from a bar's average, ``bars`` being the bars of a session."""
    return volume * bars


@kernel
def session_sigma(sigma: float, bars: float) -> float:
    """Return the deviation of a session's returns from that of a bar's: returns add up independently."""
    return sigma * square_root(bars)


@kernel
def session_duration(bars: float) -> float:
    """Return the share of a session that one bar is: the time over which an order in it is executed."""
    return 1.0 / bars
