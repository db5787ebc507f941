"""Bollinger bands: trade back to the middle from outside the bands."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.bollinger import Bollinger as BollingerState
from lockstep.kernels.indicators.bollinger import bollinger, bollinger_init, bollinger_warm_up
from lockstep.kernels.ops import where
from lockstep.strategies.base import Strategy
from lockstep.strategies.parameters import param


class State(NamedTuple):
    """The bands and the side held."""

    bands: BollingerState
    side: float


class Bollinger(Strategy):
    """Long after a close below the lower band, short after one above the upper, flat back at the middle."""

    title = "Bollinger Bands Strategy"

    lookback: int = param(20, low=2, high=100_000, doc="bars in the rolling mean and deviation")
    width: float = param(2.0, low=0.0, doc="standard deviations from the middle to each band")
    short: bool = param(True, doc="sell short above the upper band; else only leave")

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the first bands."""
        return bollinger_warm_up(params.lookback)

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(bollinger_init(params.lookback, params.width), 0.0)

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and the side to hold."""
        bands, upper, middle, lower = bollinger(state.bands, bar.close)
        side = where((state.side > 0.0) & (bar.close >= middle), 0.0, state.side)
        side = where((state.side < 0.0) & (bar.close <= middle), 0.0, side)
        # Strictly outside: on flat prices the bands lie on the price, which says nothing.
        side = where(bar.close < lower, 1.0, side)
        side = where(bar.close > upper, where(params.short, -1.0, 0.0), side)
        return State(bands, side), side
