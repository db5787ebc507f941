"""The plainest market maker: a quote on each side, leaning against what it holds."""

from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import Desk, best_ask, best_bid, cancel_all, now, position, wake_at
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.strategies.quotes import MILLISECOND, keep_quote


class State(NamedTuple):
    """How the latest quotes leaned."""

    lean: int
    """Ticks by which both were lower for what is held, negative for higher."""


@kernel
def lean_of(held: int, lots: int, lean: float) -> int:
    """Return the ticks by which quotes lean: ``lean`` for each order held, to the nearest tick, halves to even ones."""
    return round(lean * held / lots)


class SimpleMarketMaker(OrderKernel):
    """Bid and offer some ticks away from the best prices, lower the more is held, higher the more was sold."""

    title = "Simple Market Maker Strategy"
    on_feed = False

    lots: int = param(1, low=1, doc="lots of each quote")
    away: int = param(0, low=0, high=100_000, doc="ticks behind the best price of the side")
    lean: float = param(0.5, low=0.0, doc="ticks that both quotes lean for each order of lots held")
    limit: int = param(10, low=1, doc="lots held or sold short at most")
    interval_ms: int = param(100, low=1, doc="milliseconds from one look at the book to the next")

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first look."""
        return State(0)

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Put both quotes where they belong; on a book with an empty side have none."""
        wake_at(desk, now(desk) + params.interval_ms * MILLISECOND)
        bid, ask, held = best_bid(desk), best_ask(desk), position(desk)
        if bid == NO_TICK or ask == NO_TICK:
            cancel_all(desk, -1)
            return state
        lean = lean_of(held, params.lots, params.lean)
        # Never where it would trade at once: the order would be rejected.
        buy = min(bid - params.away - lean, ask - 1)
        sell = max(ask + params.away - lean, bid + 1)
        more, less = params.limit - held, params.limit + held
        keep_quote(desk, BID, buy if more > 0 else NO_TICK, min(params.lots, more))
        keep_quote(desk, ASK, sell if less > 0 else NO_TICK, min(params.lots, less))
        return State(lean)
