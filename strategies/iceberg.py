"""Iceberg execution: a large order of which the market sees one slice at a time."""

from typing import Any, NamedTuple

from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import Desk, best, open_lots
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.strategies.working import Work, done_lots, side_of, wait_lots, work_init


class State(NamedTuple):
    """The limit price and the order's work."""

    tick: int
    """NO_TICK until it is known."""
    work: Work


class Iceberg(OrderKernel):
    """Wait at one price for a quantity, showing a slice at a time; each new slice joins the end of the queue."""

    title = "Iceberg Strategy"
    goal = "lots"
    on_feed = False
    on_report = True

    buy: bool = param(True, doc="buy; else sell")
    lots: int = param(100, low=1, doc="lots in all")
    show: int = param(10, low=1, doc="lots shown at most")
    at: int = param(0, doc="limit price in ticks; 0 for the best price of its side when it begins")

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first look."""
        return State(params.at if params.at != 0 else NO_TICK, work_init())

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Show the next slice once the one before has traded."""
        side = side_of(params.buy)
        left = params.lots - done_lots(desk, state.work, side)
        if left <= 0 or open_lots(desk, side) > 0:
            return state
        tick = state.tick if state.tick != NO_TICK else best(desk, side)
        return State(tick, wait_lots(desk, state.work, side, tick, min(params.show, left)))
