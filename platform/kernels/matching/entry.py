"""An order comes in: from a command, from a stop that was triggered, or with another price or size."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.ladder import best_place, tick_at
from lockstep.kernels.book.tables import ASK, BID, NOWHERE
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.ending import end_taker
from lockstep.kernels.matching.enough import enough
from lockstep.kernels.matching.match import head_slot, match, would_trade
from lockstep.kernels.matching.report import reducible, report
from lockstep.kernels.matching.resting import recall, remove_stop, rest
from lockstep.kernels.matching.tables import Market, Taker, Venue, stops_of
from lockstep.kernels.order_terms import NO_TICK, NO_TICK_ABOVE, Force, OrderFlag, OrderType, Reason


@kernel
def hindrance(v: Venue, m: Market, t: Taker) -> int:
    """Return the Reason for which the order can't come in as things stand; a reduce-only order is cut."""
    if t.flags & OrderFlag.REDUCE_ONLY:
        t.lots = min(t.lots, reducible(v, m, t.owner, t.side))
        if t.lots == 0:
            return Reason.NOTHING_TO_REDUCE
    if m.phase == Phase.CONTINUOUS:
        if t.flags & OrderFlag.POST_ONLY and would_trade(m, t):
            return Reason.WOULD_TRADE
        if t.force == Force.FOK and not enough(m, t):
            return Reason.NOT_ENOUGH
    return Reason.NONE


@kernel(inline=False)
def enter(v: Venue, m: Market, t: Taker) -> None:
    """Let an order trade, where orders match; what is left rests, or is canceled if it may not."""
    if m.phase == Phase.CONTINUOUS:
        match(v, m, t)
    if t.lots == 0:
        return
    if t.type == OrderType.MARKET or t.force >= Force.IOC:
        end_taker(v, m, t, Reason.NOT_FILLED, 0)
    else:
        rest(v, m, t)


@kernel(inline=False)
def release_stops(v: Venue, m: Market, t: Taker) -> None:
    """Trigger every stop that trades have reached, and those that the trades of these reach.

    What counts are the command's trades, and the latest one, which may be older. One after another: buys before sells,
    of buys the lowest trigger, of sells the highest, at one trigger the first.
    """
    slot = _next_due(m)
    while slot >= 0:
        recall(m, slot, 1, t)
        remove_stop(v, m, slot)
        _trigger(v, m, t)
        slot = _next_due(m)


@kernel
def _trigger(v: Venue, m: Market, t: Taker) -> None:
    lots = t.lots
    t.type = OrderType.MARKET if t.type == OrderType.STOP else OrderType.LIMIT
    reason = hindrance(v, m, t)
    if reason != Reason.NONE:
        t.lots = lots
    report(v, m, ReportKind.TRIGGERED, Reason.NONE, t.id, t.owner, t.side, t.trigger, lots, t.lots, 0)
    if reason != Reason.NONE:
        end_taker(v, m, t, reason, 0)
    else:
        enter(v, m, t)


@kernel
def _next_due(m: Market) -> int:
    """Return the slot of the next stop to trigger, -1 for none."""
    s = stops_of(m)
    place = best_place(s, ASK)
    if place != NOWHERE and tick_at(s, ASK, place) <= max(m.high, m.last):
        return head_slot(s, ASK, place)
    place = best_place(s, BID)
    if place != NOWHERE and tick_at(s, BID, place) >= min(m.low, m.last):
        return head_slot(s, BID, place)
    return -1


@kernel
def settle(v: Venue, m: Market, t: Taker) -> None:
    """Do what a command's trades lead to: in continuous trading they trigger stops."""
    if m.phase == Phase.CONTINUOUS and m.last != NO_TICK and stops_of(m).orders > 0:
        release_stops(v, m, t)
    m.low, m.high = NO_TICK_ABOVE, NO_TICK
