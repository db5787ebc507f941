"""After a loss beyond its limit: working orders that may still open are canceled, in all lanes of the account.

Of the orders against a lane's position the oldest that together bring it to zero at most stay; where other lanes of the
account trade the symbol too, closing one lane's position may open the sum, and none stays. A lane cancels when its
guard is asked next; it is woken for that.
"""

from typing import Any

from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.tables import ASK, BID, int64
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.clock import local_ns
from lockstep.kernels.ticks.desk import insist
from lockstep.kernels.ticks.guarded import GUARD, Sweep
from lockstep.kernels.ticks.own_order import is_open, known
from lockstep.kernels.ticks.tables import TICK_RUN, Run, own_of

NOBODY = -1
"""No row of own orders."""


@kernel(inline=False)
def sweep_all(r: Run, tier: Any) -> None:
    """Have all lanes of an account cancel what may open; the others are woken now."""
    guards = carray(pointer(tier.guards_address), tier.guard_count, GUARD)
    for k in range(tier.guard_count):
        g = guards[k]
        if g.run_address != 0:
            mark(g, tier)
            other = carray(pointer(g.run_address), 1, TICK_RUN)[0]
            if g.run_address != r.self_address:
                wake(other, local_ns(r))


@kernel
def mark(g: Any, tier: Any) -> None:
    """Have one lane cancel what may open."""
    g.sweep = max(g.sweep, int64(Sweep.ALL if tier.crowded == 1 else Sweep.OPENING))


@kernel
def wake(r: Run, time_ns: int) -> None:
    """Let a lane act, and its guard be asked, at a moment of its own clock or as soon as there is one."""
    r.wake_ns = min(int64(r.wake_ns), max(time_ns - r.lead_ns, r.now_ns + 1))
    r.value_due_ns = 0


@kernel(inline=False)
def sweep(r: Run, g: Any, asking: int) -> None:
    """Ask for what may open to be canceled; ``asking`` is the row of an order that has not left yet, or NOBODY.

    Where messages have no more room the rest waits for the next time, which is now.
    """
    left = abs(int64(r.position)) if g.sweep == Sweep.OPENING else 0
    against = ASK if r.position > 0 else BID
    last = 0
    while True:
        row = _next_older(r, last, asking)
        if row == NOBODY:
            g.sweep = Sweep.NOTHING
            return
        o = own_of(r)[row]
        last = int64(o.id)
        if o.side == against and o.booked <= left:
            left -= o.booked
        elif o.asked == 0 or (o.asked == 1 and o.wanted_tick != NO_TICK):
            if _no_room(r):
                wake(r, 0)
                return
            insist(r, row)


@kernel
def _next_older(r: Run, order_id: int, asking: int) -> int:
    """Return the row of the open order that was sent next after one, NOBODY for none."""
    found, best = NOBODY, int64(r.next_id) + 1
    for row in range(r.own_used):
        o = own_of(r)[row]
        if row != asking and order_id < o.id < best and is_open(known(o)):
            found, best = row, int64(o.id)
    return found


@kernel
def _no_room(r: Run) -> bool:
    """Return whether messages must grow; the order that is being asked about needs one too."""
    full = r.request_count + 1 >= r.request_room
    return bool(full or (r.intent_room > 0 and r.intent_count + 1 >= r.intent_room))
