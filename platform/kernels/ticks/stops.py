"""Own stops that wait at the exchange: which trades reach them, and which comes in next."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.tables import BID
from lockstep.kernels.order_terms import NO_TICK, NO_TICK_ABOVE
from lockstep.kernels.ticks.tables import OrderState, Run, book_of, own_of


@kernel
def traded_at(r: Run, tick: int) -> None:
    """Remember the price of a trade, of the history or an own one, and mark the stops that it reaches."""
    r.last_trade = tick
    if tick >= r.buy_trigger or tick <= r.sell_trigger:
        reach(r, tick)


@kernel(inline=False)
def reach(r: Run, tick: int) -> None:
    """Mark the stops that a trade at a price reaches: in continuous trading alone."""
    if tick == NO_TICK or book_of(r).phase != Phase.CONTINUOUS:
        return
    for row in range(r.own_used):
        o = own_of(r)[row]
        if o.state == OrderState.WAITING and (tick >= o.trigger if o.side == BID else tick <= o.trigger):
            o.reached = r.stops_due = 1
    remember_triggers(r)


@kernel(inline=False)
def remember_triggers(r: Run) -> None:
    """Keep the triggers next to be reached, which decide whether a trade can concern a stop."""
    r.buy_trigger, r.sell_trigger = NO_TICK_ABOVE, NO_TICK
    for row in range(r.own_used):
        o = own_of(r)[row]
        if o.state == OrderState.WAITING and o.reached == 0:
            if o.side == BID:
                r.buy_trigger = min(r.buy_trigger, o.trigger)
            else:
                r.sell_trigger = max(r.sell_trigger, o.trigger)


@kernel(inline=False)
def next_due(r: Run) -> int:
    """Return the row of the stop to come in next, -1 for none.

    Buys first, the lowest trigger first, then sells, the highest first; of one trigger the first that came.
    """
    found = -1
    for row in range(r.own_used):
        if own_of(r)[row].state == OrderState.WAITING and own_of(r)[row].reached == 1:
            found = row if found < 0 or _before(r, row, found) else found
    return found


@kernel
def _before(r: Run, row: int, other: int) -> bool:
    a, b = own_of(r)[row], own_of(r)[other]
    if a.side != b.side:
        return bool(a.side == BID)
    if a.trigger != b.trigger:
        return bool(a.trigger < b.trigger) if a.side == BID else bool(a.trigger > b.trigger)
    return bool(a.entered < b.entered)


@kernel(inline=False)
def forget_reached(r: Run) -> None:
    """Let stops wait on that were reached and could not come in: trading has been interrupted."""
    r.stops_due = 0
    for row in range(r.own_used):
        own_of(r)[row].reached = 0
    remember_triggers(r)
