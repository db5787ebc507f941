"""Own stops that wait at the exchange: which trades reach them, which they follow, and which comes in next."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.tables import BID, int64
from lockstep.kernels.order_terms import NO_TICK, NO_TICK_ABOVE, TRAIL_PARTS, OrderType
from lockstep.kernels.ticks.tables import OrderState, Run, book_of, own_of


@kernel
def traded_at(r: Run, tick: int) -> None:
    """Remember the price of a trade, of the history or an own one, and mark the stops that it reaches."""
    r.last_trade = tick
    if tick >= r.buy_trigger or tick <= r.sell_trigger:
        reach(r, tick)


@kernel(inline=False)
def reach(r: Run, tick: int) -> None:
    """Mark the stops that a trade at a price reaches, and let others follow it: in continuous trading alone."""
    if tick == NO_TICK or book_of(r).phase != Phase.CONTINUOUS:
        return
    for row in range(r.own_used):
        o = own_of(r)[row]
        if o.state != OrderState.WAITING or o.reached == 1:
            continue
        if tick >= o.trigger if o.side == BID else tick <= o.trigger:
            o.reached = r.stops_due = 1
        elif o.trail != 0 and (tick < o.best if o.side == BID else tick > o.best):
            o.best, o.trigger = tick, trailing(o.side, tick, o.trail)
    remember_triggers(r)


@kernel
def trailing(side: int, best: int, trail: int) -> int:
    """Return where a trailing stop stands behind a price in ticks: never nearer than its distance, nor at the price."""
    distance = trail
    if trail < 0:
        # In two parts: a price times its share does not fit an int64.
        whole, rest = abs(best) // TRAIL_PARTS, abs(best) % TRAIL_PARTS
        distance = max(-trail * whole + (-trail * rest + TRAIL_PARTS - 1) // TRAIL_PARTS, 1)
    return best + distance if side == BID else best - distance


@kernel
def share(part: float) -> int:
    """Return a trailing stop's distance that is a part of the price it follows: 0.01 is one hundredth.

    Raises ``ValueError`` for what is not between 0 and 1.
    """
    if not 0.0 < part < 1.0:
        raise ValueError("a trailing stop's distance must be a part of the price, above 0 and below 1")
    return -int64(round(part * TRAIL_PARTS))


@kernel
def asked_of(o: Any) -> int:
    """Return what an order's owner says of its trigger: where it is or, of a trailing stop, how far behind."""
    return int64(o.trail if o.type == OrderType.TRAILING_STOP else o.trigger)


@kernel
def ask_of(o: Any, asked: int) -> None:
    """Give an order another trigger or, to a trailing stop, another distance behind what it has followed so far."""
    if o.type != OrderType.TRAILING_STOP:
        o.trigger = asked
        return
    if o.trail == 0:
        o.best = o.trigger = NO_TICK_ABOVE if o.side == BID else NO_TICK
    o.trail = asked
    if o.best != NO_TICK and o.best != NO_TICK_ABOVE:
        o.trigger = trailing(o.side, o.best, asked)


@kernel(inline=False)
def remember_triggers(r: Run) -> None:
    """Keep the prices from which on a trade concerns a stop: it reaches a trigger, or is to be followed."""
    r.buy_trigger, r.sell_trigger = NO_TICK_ABOVE, NO_TICK
    for row in range(r.own_used):
        o = own_of(r)[row]
        if o.state == OrderState.WAITING and o.reached == 0:
            if o.side == BID:
                r.buy_trigger = min(r.buy_trigger, o.trigger)
                if o.trail != 0:
                    r.sell_trigger = max(r.sell_trigger, o.best - 1)
            else:
                r.sell_trigger = max(r.sell_trigger, o.trigger)
                if o.trail != 0:
                    r.buy_trigger = min(r.buy_trigger, o.best + 1)


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
