"""Buy and hold: what every other strategy has to beat."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.strategies.base import Strategy


class State(NamedTuple):
    """Nothing needs to be remembered; a state has at least one field."""

    side: float


class BuyAndHold(Strategy):
    """Long from the first bar on."""

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(1.0)

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the same state and side at every bar."""
        return state, state.side
