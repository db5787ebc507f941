"""Small histories written by hand, and strategies that act on them."""

from typing import Any, NamedTuple

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import best_ask, best_bid, submit_limit, submit_market
from lockstep.strategies import param
from lockstep.strategies.order_kernel import OrderKernel

SECOND = 1_000_000_000
SET, TRADE = EventKind.SET, EventKind.TRADE


def ticks_of(*events: tuple[float, EventKind, int, int, int], tick: float = 1.0, lot: float = 1.0) -> Ticks:
    """Return an L2 history of (second, kind, side, tick, lots); every event leaves the book whole."""
    rows = np.array([(round(e[0] * SECOND), *map(int, e[1:])) for e in events], np.int64)
    n = len(rows)
    times = rows[:, 0]
    block = TickBlock(
        times, times, rows[:, 1].astype(np.uint8), rows[:, 2].astype(np.int8), np.full(n, EventFlag.LAST, np.uint8),
        rows[:, 3].copy(), rows[:, 4].copy(), np.zeros(n, np.int64), np.full(n, -1, np.int32),
    )  # fmt: skip
    return Ticks.from_blocks(block, Instrument("TEST", "crypto", tick=tick, lot=lot), level="L2")


class Acts(NamedTuple):
    done: int


class Once(OrderKernel):
    """Sends one order once the book has two sides."""

    side: int = param(0, low=0, high=1)
    tick: int = param(100)
    lots: int = param(2, low=1)
    market: bool = param(False)

    @staticmethod
    def init(params: Any) -> Acts:
        return Acts(0)

    @staticmethod
    def act(state: Acts, desk: Any, params: Any) -> Acts:
        if state.done == 0 and best_bid(desk) != NO_TICK and best_ask(desk) != NO_TICK:
            if params.market:
                submit_market(desk, params.side, params.lots)
            else:
                submit_limit(desk, params.side, params.tick, params.lots)
            return Acts(1)
        return state


BOOK = ((1.0, SET, BID, 100, 5), (1.0, SET, ASK, 102, 5))
"""Five lots bid at 100 and five offered at 102. A strategy acts after each moment."""
