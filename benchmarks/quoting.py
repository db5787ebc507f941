"""The quoting rule of the tick benchmarks, as an order kernel.

One order a side: at the best price, away by some ticks. Where the best price has moved, the resting order is canceled;
the next look finds it gone and sends another. benchmarks/peers/measure_hftbacktest.py has the same rule.
"""

from typing import Any, NamedTuple

from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import (
    Desk,
    best_ask,
    best_bid,
    cancel,
    now,
    order_at,
    order_rows,
    position,
    submit_post_only,
    wake_at,
)
from lockstep.kernels.ticks.own_order import is_open, is_resting
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param


class Nothing(NamedTuple):
    """No state."""

    none: int


class Quoter(OrderKernel):
    """Look after both quotes by the timer alone."""

    title = "Quoter"
    on_feed = False

    lots: int = param(1, low=1)
    away: int = param(0, low=0)
    limit: int = param(20, low=1)
    interval_ms: int = param(10, low=1)

    @staticmethod
    def init(_params: Any) -> Nothing:
        """Return the state."""
        return Nothing(0)

    @staticmethod
    def act(state: Nothing, desk: Desk, params: Any) -> Nothing:
        """Cancel what has been left behind, and send what is missing."""
        wake_at(desk, now(desk) + params.interval_ms * 1_000_000)
        bid, ask = best_bid(desk), best_ask(desk)
        if bid == NO_TICK or ask == NO_TICK:
            return state
        bid -= params.away
        ask += params.away
        has_bid, has_ask = False, False
        for row in range(order_rows(desk)):
            order = order_at(desk, row)
            if is_open(order):
                wanted = bid if order.side == BID else ask
                has_bid = has_bid or order.side == BID
                has_ask = has_ask or order.side == ASK
                if is_resting(order) and order.tick != wanted:
                    cancel(desk, row)
        held = position(desk)
        if not has_bid and held < params.limit:
            submit_post_only(desk, BID, bid, params.lots)
        if not has_ask and held > -params.limit:
            submit_post_only(desk, ASK, ask, params.lots)
        return state


class FeedQuoter(Quoter):
    """Look after them at every event of the feed."""

    title = "Feed quoter"
    on_feed = True
