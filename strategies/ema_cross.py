"""Exponential moving average cross: as the simple one, with averages that answer sooner."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.ema import Ema, ema, ema_init
from lockstep.strategies.base import Strategy
from lockstep.strategies.crossing import Crossing, crossing, crossing_init
from lockstep.strategies.parameters import below, param


class State(NamedTuple):
    """Both averages and their latest cross."""

    fast: Ema
    slow: Ema
    cross: Crossing


class EmaCross(Strategy):
    """Long when the fast average crosses above the slow one, short (or flat) when it crosses below."""

    title = "EMA Cross Strategy"

    fast: int = param(12, low=1, high=100_000, doc="bars in the fast average")
    slow: int = param(26, low=2, high=100_000, doc="bars in the slow average")
    short: bool = param(True, doc="sell short on a cross downwards; else go flat")

    @staticmethod
    def check(params: Any) -> None:
        """Refuse a fast average that is not the faster one."""
        below("ema_cross", "fast", params.fast, "slow", params.slow)

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the slow average is known; a cross can be seen one bar later."""
        return params.slow - 1

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(ema_init(params.fast), ema_init(params.slow), crossing_init())

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and the side of the latest cross; 0 before the first."""
        fast, quick = ema(state.fast, bar.close)
        slow, steady = ema(state.slow, bar.close)
        cross, side = crossing(state.cross, quick, steady, params.short)
        return State(fast, slow, cross), side
