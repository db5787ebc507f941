"""Execution that follows the market: a share of whatever others trade."""

from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ticks.desk import Desk, now, traded, wake_at
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.strategies.quotes import MILLISECOND
from lockstep.strategies.working import Work, done_lots, side_of, work_init, work_order


class State(NamedTuple):
    """The schedule of this interval and the order's work."""

    next_ns: int
    """When the schedule is looked at again, 0 before the first look."""
    before: int
    """Lots the market had traded when it began."""
    must: int
    due: int
    work: Work


@kernel
def followed(lots: int, share: float, volume: int) -> int:
    """Return the lots due once the market has traded ``volume``: never more than the share of it."""
    return min(int(share * volume), lots)


class Participation(OrderKernel):
    """Buy or sell a quantity as a share of what the market trades; as fast as the market, and no faster."""

    title = "Participation Strategy"
    goal = "lots"
    on_feed = False
    on_report = True

    buy: bool = param(True, doc="buy; else sell")
    lots: int = param(100, low=1, doc="lots in all")
    share: float = param(0.1, low=1e-6, high=1.0, doc="lots for each lot that others trade")
    interval_ms: int = param(1000, low=1, doc="milliseconds from one look at the volume to the next")
    passive: bool = param(False, doc="wait at the best price of the side, and take what is left an interval later")

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first look."""
        return State(0, 0, 0, 0, work_init())

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Look at the volume in its time, and send what is due and not on its way."""
        following, before, must, due = state.next_ns, state.before, state.must, state.due
        side = side_of(params.buy)
        if done_lots(desk, state.work, side) >= params.lots:
            return state
        if now(desk) >= following:
            before = traded(desk, -1) if following == 0 else before
            must = due
            due = followed(params.lots, params.share, traded(desk, -1) - before)
            must = must if params.passive else due
            following = now(desk) + params.interval_ms * MILLISECOND
        wake_at(desk, following)
        return State(following, before, must, due, work_order(desk, state.work, side, must, due))
