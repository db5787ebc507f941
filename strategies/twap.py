"""Time-weighted execution: equal parts at equal times."""

from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ticks.desk import Desk, now, wake_at
from lockstep.kernels.ticks.variance import SECOND_NS
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.strategies.working import Work, done_lots, side_of, work_init, work_order


class State(NamedTuple):
    """When the first slice is due, and the order's work."""

    start_ns: int
    """0 before the first look."""
    work: Work


@kernel
def slice_at(time_ns: int, start_ns: int, slice_ns: int) -> int:
    """Return the number of slices whose time is over; negative before the first begins."""
    return (time_ns - start_ns) // slice_ns


@kernel
def even_share(lots: int, number: int, slices: int) -> int:
    """Return the lots of the first ``number`` of equal slices, in whole lots, never ahead of time."""
    return lots * min(max(number, 0), slices) // slices


class Twap(OrderKernel):
    """Buy or sell a quantity in equal slices, each at its time, so that all is done at the end."""

    title = "TWAP Strategy"
    goal = "lots"
    on_feed = False
    on_report = True

    buy: bool = param(True, doc="buy; else sell")
    lots: int = param(100, low=1, high=1_000_000_000, doc="lots in all")
    delay_s: float = param(0.0, low=0.0, doc="seconds from the start of the history to the first slice")
    duration_s: float = param(600.0, low=1e-3, doc="seconds in which all is done")
    slices: int = param(10, low=1, high=1_000_000, doc="slices of equal size and time")
    passive: bool = param(False, doc="wait at the best price of the side, and take what is left of a slice at its end")

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first look."""
        return State(0, work_init())

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Send what is due and not on its way; sleep until the next slice."""
        start = state.start_ns if state.start_ns > 0 else now(desk) + int(params.delay_s * SECOND_NS)
        side = side_of(params.buy)
        if done_lots(desk, state.work, side) >= params.lots:
            return State(start, state.work)
        slice_ns = max(int(params.duration_s * SECOND_NS) // params.slices, 1)
        over = slice_at(now(desk), start, slice_ns)
        if over < params.slices:
            wake_at(desk, max(start, start + (over + 1) * slice_ns))
        due = even_share(params.lots, over + 1, params.slices)
        must = even_share(params.lots, over, params.slices) if params.passive else due
        return State(start, work_order(desk, state.work, side, must, due))
