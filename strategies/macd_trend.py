"""MACD trend: take the side of the signal on which the convergence and divergence line is (Appel 1979)."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.macd import Macd, macd, macd_init, macd_warm_up
from lockstep.kernels.ops import where
from lockstep.strategies.base import Strategy
from lockstep.strategies.parameters import below, param


class State(NamedTuple):
    """The three averages and the side held."""

    lines: Macd
    side: float


class MacdTrend(Strategy):
    """Long while the line is above its signal, short (or flat) while it is below; a tie changes nothing."""

    title = "MACD Trend Strategy"

    fast: int = param(12, low=1, high=100_000, doc="bars in the fast average")
    slow: int = param(26, low=2, high=100_000, doc="bars in the slow average")
    signal: int = param(9, low=1, high=100_000, doc="bars in the average of their difference")
    short: bool = param(True, doc="sell short below the signal; else go flat")

    @staticmethod
    def check(params: Any) -> None:
        """Refuse a fast average that is not the faster one."""
        below("macd_trend", "fast", params.fast, "slow", params.slow)

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the first signal."""
        return macd_warm_up(params.fast, params.slow, params.signal)

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(macd_init(params.fast, params.slow, params.signal), 0.0)

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and the side to hold."""
        lines, line, signal, _ = macd(state.lines, bar.close)
        side = where(line > signal, 1.0, state.side)
        side = where(line < signal, where(params.short, -1.0, 0.0), side)
        return State(lines, side), side
