"""Take the side that the book leans to: more lots bid than offered tend to lift the price."""

from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK, Force, OrderType
from lockstep.kernels.ticks.desk import (
    Desk,
    best,
    imbalance,
    now,
    open_orders,
    position,
    submit,
    submit_market,
    wake_at,
)
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.strategies.quotes import MILLISECOND


class State(NamedTuple):
    """When the latest position was asked for."""

    entered_ns: int


class BookImbalanceTaker(OrderKernel):
    """Buy at the best offer when bids outweigh offers, sell when offers do; leave in time or when it turns."""

    title = "Book Imbalance Taker Strategy"

    lots: int = param(1, low=1, doc="lots to take")
    levels: int = param(3, low=1, high=1000, doc="best prices of each side that are weighed")
    bound: float = param(0.6, low=0.0, high=1.0, doc="imbalance beyond which it takes: (bid - ask) / (bid + ask)")
    turn: float = param(0.0, low=-1.0, high=1.0, doc="it leaves once the imbalance is beyond this on the other side")
    hold_ms: int = param(1000, low=1, doc="milliseconds after which it leaves at the latest")
    short: bool = param(True, doc="sell short when offers outweigh bids; else only leave")

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first look."""
        return State(0)

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Enter, leave or wait; nothing while an order is under way."""
        if open_orders(desk) > 0:
            return state
        held, lean = position(desk), imbalance(desk, params.levels)
        if held == 0:
            entered = _enter(desk, lean, params.bound, params.short, params.lots)
            if entered:
                wake_at(desk, now(desk) + params.hold_ms * MILLISECOND)
            return State(now(desk)) if entered else state
        against = -lean if held > 0 else lean
        if against > params.turn or now(desk) >= state.entered_ns + params.hold_ms * MILLISECOND:
            submit_market(desk, ASK if held > 0 else BID, abs(held))
        return state


@kernel(inline=False)
def _enter(desk: Desk, lean: float, bound: float, short: bool, lots: int) -> bool:
    """Take at the best price of the weak side, no deeper; return whether anything was sent."""
    side = BID if lean > bound else ASK
    if (abs(lean) <= bound) or (side == ASK and not short):
        return False
    tick = best(desk, 1 - side)
    if tick == NO_TICK:
        return False
    submit(desk, side, OrderType.LIMIT, tick, lots, Force.IOC, 0, 0, 0)
    return True
