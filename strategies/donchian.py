"""Donchian breakout, the turtles' rule: enter with a new extreme, leave with a smaller one against it."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.donchian import Donchian as Channel
from lockstep.kernels.indicators.donchian import donchian, donchian_init
from lockstep.kernels.ops import where
from lockstep.strategies.base import Strategy
from lockstep.strategies.parameters import param


class State(NamedTuple):
    """Both channels and the side held."""

    entry: Channel
    exit: Channel
    side: float


class Donchian(Strategy):
    """Long above the highest high of the last ``entry`` bars, short below their lowest low.

    A long is left below the lowest low of the last ``exit`` bars, a short above their highest high. The
    channels hold the bars before this one.
    """

    title = "Donchian Breakout Strategy"

    entry: int = param(20, low=1, high=100_000, doc="bars in the channel that is broken to enter")
    exit: int = param(10, low=1, high=100_000, doc="bars in the channel that is broken to leave")
    short: bool = param(True, doc="sell short below the entry channel; else only leave")

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the first possible entry: a full channel."""
        return params.entry

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(donchian_init(params.entry), donchian_init(params.exit), 0.0)

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and the side to hold."""
        top, bottom = state.entry.highs.value, state.entry.lows.value
        stop_long, stop_short = state.exit.lows.value, state.exit.highs.value
        side = where((state.side > 0.0) & (bar.close < stop_long), 0.0, state.side)
        side = where((state.side < 0.0) & (bar.close > stop_short), 0.0, side)
        side = where(bar.close > top, 1.0, side)
        side = where(bar.close < bottom, where(params.short, -1.0, 0.0), side)
        entry, _, _, _ = donchian(state.entry, bar.high, bar.low)
        leave, _, _, _ = donchian(state.exit, bar.high, bar.low)
        return State(entry, leave, side), side
