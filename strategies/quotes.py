"""What market makers share: one order per side, canceled before it is sent anew."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import Desk, cancel, order_at, order_rows, submit_post_only
from lockstep.kernels.ticks.own_order import is_open

MILLISECOND = 1_000_000


@kernel(inline=False)
def keep_quote(desk: Desk, side: int, tick: int, lots: int) -> None:
    """Have one post-only order at ``tick`` on a side; none where ``tick`` is NO_TICK.

    An order at another price is canceled, and the new one is sent once the old one is known to be gone: a side never
    has two orders under way, so what may still trade is never more than one order's lots.
    """
    waiting = 0
    for row in range(order_rows(desk)):
        order = order_at(desk, row)
        if order.side == side and is_open(order):
            waiting += 1
            if order.tick != tick:
                cancel(desk, row)
    if waiting == 0 and tick != NO_TICK and lots > 0:
        submit_post_only(desk, side, tick, lots)
