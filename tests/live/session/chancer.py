"""A strategy that asks for whatever chance says: orders of all sizes, replacements, cancels."""

from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, OrderType
from lockstep.kernels.ticks.desk import (
    Desk,
    best_ask,
    best_bid,
    cancel,
    order_at,
    order_rows,
    replace_stop,
    submit,
    submit_limit,
    submit_market,
    submit_trailing_stop,
)
from lockstep.kernels.ticks.own_order import is_open
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param

MASK = (1 << 62) - 1


class State(NamedTuple):
    """Of the chance."""

    chance: int


@kernel
def turned(chance: int) -> int:
    """Return the next state (Knuth's MMIX)."""
    return (chance * 6364136223846793005 + 1442695040888963407) & MASK


@kernel
def below(chance: int, most: int) -> int:
    """Return a number below ``most``."""
    return (chance >> 33) % most


class Chancer(OrderKernel):
    """Four requests at each event."""

    title = "Chancer"
    on_feed = True

    seed: int = param(1, low=1)

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first event."""
        return State(params.seed * 7919)

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Ask."""
        chance = state.chance
        if best_bid(desk) == NO_TICK or best_ask(desk) == NO_TICK:
            return state
        for _ in range(4):
            chance = turned(chance)
            draw = below(chance, 100)
            chance = turned(chance)
            rows = order_rows(desk)
            if rows > 0 and draw < 40:
                row = below(chance, rows)
                order = order_at(desk, row)
                chance = turned(chance)
                if draw < 25:
                    cancel(desk, row)
                elif is_open(order):
                    # Never smaller, and reduce-only ones, of one lot, never larger: what the venue made of that the
                    # journal does not say.
                    lots = order.remaining + order.filled
                    more = max(below(chance, 6) - 2, 0) if lots > 1 else 0
                    trigger = 1 + below(chance, 7) if order.type == OrderType.TRAILING_STOP else NO_TICK
                    replace_stop(desk, row, trigger, best_bid(desk) - 4 + below(chance, 9), lots + more)
                continue
            side, lots = below(chance, 2), 1 + below(chance >> 1, 13)
            chance = turned(chance)
            tick = best_bid(desk) - 6 + below(chance, 14)
            if draw > 97:
                submit_trailing_stop(desk, side, 1 + below(chance, 7), lots)
            elif draw > 95:
                submit_market(desk, side, lots)
            elif draw > 88:
                submit(desk, side, OrderType.LIMIT, tick, 1, Force.GTC, OrderFlag.REDUCE_ONLY, 0, 0)
            else:
                submit_limit(desk, side, tick, lots + 1)
        return State(chance)
