"""A run goes on under another mode: what it has at its simulated exchange is over, what its strategy knows stays."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow
from lockstep.kernels.order_terms import NEVER, Reason
from lockstep.kernels.ticks.heard import close_own
from lockstep.kernels.ticks.rests import remember_best
from lockstep.kernels.ticks.stops import remember_triggers
from lockstep.kernels.ticks.tables import OrderState, own_of


@kernel(cache=True)
def end_all(run: Any, time_ns: int) -> bool:
    """End every own order of TICK_RUN[1] at a moment, and write each down; False, and nothing done, for want of room.

    Nothing is under way any more: requests are not served, and reports, of fills too, are not heard.
    """
    r = borrow(run)[0]
    if r.order_room - r.order_count < r.own_used:
        return False
    r.now_ns = max(r.now_ns, time_ns)
    for row in range(r.own_used):
        o = own_of(r)[row]
        if o.state == OrderState.FREE:
            continue
        if o.state == OrderState.SENT or o.state == OrderState.RESTING or o.state == OrderState.WAITING:
            o.state, o.why, o.ended_ns = OrderState.CANCELED, Reason.REQUESTED, time_ns
        close_own(r, row, o.state, time_ns)
    r.request_count = r.report_count = r.resting_count = r.waiting_count = 0
    r.stops_due, r.next_expiry_ns = 0, NEVER
    remember_best(r)
    remember_triggers(r)
    return True
