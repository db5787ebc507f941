"""A strategy that sells at a distance behind the best trade."""

from typing import Any, NamedTuple

from lockstep.kernels.book.tables import ASK
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import Desk, best_ask, best_bid, open_orders, submit_trailing_stop
from lockstep.kernels.ticks.stops import share
from lockstep.strategies.order_kernel import OrderKernel


class State(NamedTuple):
    """How many were sent."""

    sent: int


class Following(OrderKernel):
    """Two trailing stops, one after the other."""

    title = "Following"
    on_feed = True

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first event."""
        return State(0)

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Send one where none is open, once there is a market."""
        if state.sent == 2 or open_orders(desk) > 0 or best_bid(desk) == NO_TICK or best_ask(desk) == NO_TICK:
            return state
        submit_trailing_stop(desk, ASK, share(0.01) if state.sent else 5, 1)
        return State(state.sent + 1)
