"""The strategy of the soak: both quotes are new at each look, whatever the market does."""

from typing import Any

from benchmarks.quoting import Nothing

from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import Desk, best_ask, best_bid, cancel_all, now, position, submit_post_only, wake_at
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param


class Replacer(OrderKernel):
    """Cancel what is left and send two orders, so many milliseconds apart: 10 make 200 orders a second."""

    title = "Replacer"
    on_feed = False

    limit: int = param(20, low=1)
    interval_ms: int = param(10, low=1)

    @staticmethod
    def init(_params: Any) -> Nothing:
        """Return the state."""
        return Nothing(0)

    @staticmethod
    def act(state: Nothing, desk: Desk, params: Any) -> Nothing:
        """Send both quotes anew; at the limit the one that adds to it lies a hundred ticks away."""
        wake_at(desk, now(desk) + params.interval_ms * 1_000_000)
        bid, ask = best_bid(desk), best_ask(desk)
        cancel_all(desk, -1)
        if bid == NO_TICK or ask == NO_TICK:
            return state
        held = position(desk)
        submit_post_only(desk, BID, bid - 100 * (held >= params.limit), 1)
        submit_post_only(desk, ASK, ask + 100 * (held <= -params.limit), 1)
        return state
