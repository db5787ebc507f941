"""Time series momentum: what has risen over the past year is held, what has fallen is sold short.

Source: Moskowitz, Ooi and Pedersen, Time series momentum, Journal of Financial Economics 104 (2012); the most
recent month is left out, as is usual since Jegadeesh and Titman (1993).
"""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.ops import where
from lockstep.kernels.window import Window, push, window
from lockstep.strategies.base import Strategy
from lockstep.strategies.parameters import below, param


class State(NamedTuple):
    """The closes that the return is taken between."""

    past: Window
    recent: Window


class Momentum(Strategy):
    """Long while the return from ``lookback`` to ``skip`` bars ago is high enough, short while low enough."""

    lookback: int = param(252, low=1, high=100_000, doc="bars ago at which the return starts")
    skip: int = param(21, low=0, high=100_000, doc="bars ago at which the return ends")
    threshold: float = param(0.0, low=0.0, doc="return that must be passed, 0.05 for 5 %")
    short: bool = param(True, doc="sell short what has fallen; else go flat")

    @staticmethod
    def check(params: Any) -> None:
        """Refuse a return that ends before it starts."""
        below("momentum", "skip", params.skip, "lookback", params.lookback)

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the first return."""
        return params.lookback

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(window(params.lookback), window(params.skip + 1))

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and the side to hold; 0 until there is a return."""
        past, start = push(state.past, bar.close)
        recent, _ = push(state.recent, bar.close)
        change = recent.values[recent.head] / start - 1.0
        side = where(change > params.threshold, 1.0, 0.0)
        side = where(change < -params.threshold, where(params.short, -1.0, 0.0), side)
        return State(past, recent), side
