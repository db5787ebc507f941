"""Orders by hand: a strategy that decides nothing, whose orders an operator gives a running session."""

from typing import Any, NamedTuple

from lockstep.kernels.ticks.desk import Desk
from lockstep.strategies.order_kernel import OrderKernel


class State(NamedTuple):
    """Nothing is remembered."""

    nothing: int


class Manual(OrderKernel):
    """Hold the orders and positions of an operator: nothing is sent but what he asks for."""

    title = "Manual Strategy"

    @staticmethod
    def init(params: Any) -> State:
        """Return the state, which never changes."""
        return State(0)

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Look at the market, so that what is held has its value, and do nothing."""
        return state
