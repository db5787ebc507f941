"""The end of a run: orders that are still open and the account as it stands are written down too."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow
from lockstep.kernels.ticks.account import write_sample
from lockstep.kernels.ticks.heard import write_order
from lockstep.kernels.ticks.tables import OrderState, own_of


@kernel(cache=True)
def finish(run: Any) -> bool:
    """Write what is open down; False, and nothing done, where the records have too little room."""
    r = borrow(run)[0]
    if r.order_room - r.order_count < r.own_used or r.sample_count == r.sample_room:
        return False
    own, time_ns = own_of(r), min(r.now_ns, r.last_ns)
    for row in range(r.own_used):
        o = own[row]
        if o.state != OrderState.FREE:
            # An end that no report has told yet has a time at the exchange all the same.
            write_order(r, row, o.state, o.ended_ns if o.ended_ns > 0 else time_ns, 0)
    write_sample(r, time_ns)
    return True
