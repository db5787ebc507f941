"""Relative strength: buy what was sold too much, sell short what was bought too much (Wilder 1978)."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.ratio import NOISE
from lockstep.kernels.indicators.rsi import Rsi as RsiState
from lockstep.kernels.indicators.rsi import rsi, rsi_init, rsi_warm_up
from lockstep.kernels.ops import NAN, where
from lockstep.strategies.base import Strategy
from lockstep.strategies.parameters import below, param


class State(NamedTuple):
    """The index and the side held."""

    strength: RsiState
    side: float


class Rsi(Strategy):
    """Long at or below ``oversold``, short at or above ``overbought``, flat once back at ``exit``."""

    title = "RSI Strategy"

    period: int = param(14, low=1, high=100_000, doc="bars in Wilder's smoothing of gains and losses")
    oversold: float = param(30.0, low=0.0, high=100.0, doc="index at which to buy")
    overbought: float = param(70.0, low=0.0, high=100.0, doc="index at which to sell short")
    exit: float = param(50.0, low=0.0, high=100.0, doc="index at which to leave")
    short: bool = param(True, doc="sell short when overbought; else only leave")

    @staticmethod
    def check(params: Any) -> None:
        """Refuse levels out of order."""
        below("rsi", "oversold", params.oversold, "exit", params.exit)
        below("rsi", "exit", params.exit, "overbought", params.overbought)

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the first index."""
        return rsi_warm_up(params.period)

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(rsi_init(params.period), 0.0)

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and the side to hold."""
        inner, index = rsi(state.strength, bar.close)
        # Without movement the index is 0 by convention, which is no sign of having been sold. In a long halt the
        # averages fall for ever: numba follows them below 1e-308, where JAX takes them for zero.
        moved = inner.gains.value + inner.losses.value > NOISE * bar.close
        index = where(moved, index, NAN)
        side = where((state.side > 0.0) & (index >= params.exit), 0.0, state.side)
        side = where((state.side < 0.0) & (index <= params.exit), 0.0, side)
        side = where(index <= params.oversold, 1.0, side)
        side = where(index >= params.overbought, where(params.short, -1.0, 0.0), side)
        return State(inner, side), side
