"""The uncross: all that can trade at one price does.

The price is the one at which most lots trade; among such prices one that leaves the fewest lots over; among those the
nearest to the reference price. All three conditions hold on unbroken stretches of prices, because demand never grows
with the price and supply never falls, so no price needs to be tried: the stretch is found from the levels at its ends.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, next_place, row_at, tick_at
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, BookRow, int64, levels_of, nodes_of
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.ending import end_resting
from lockstep.kernels.matching.match import allowed, fill_resting, head_slot, traded
from lockstep.kernels.matching.resting import node_of
from lockstep.kernels.matching.tables import Market, Venue, book_of
from lockstep.kernels.order_terms import NO_TICK, NO_TICK_ABOVE, Reason


class Edge(NamedTuple):
    """How far down a side the auction reaches."""

    place: int
    """The last level that trades."""
    left: int
    """Lots that it keeps."""


class Uncross(NamedTuple):
    """What an auction would do."""

    tick: int
    """Its price; NO_TICK where nothing trades."""
    lots: int
    surplus: int
    """Lots left over at the price, above 0 of bids, below of asks."""


@kernel(inline=False)
def indicative(m: Market) -> Uncross:
    """Return what the auction would do now."""
    b = book_of(m)
    lots, bid, ask = _cross(m, b)
    if lots == 0:
        return Uncross(NO_TICK, 0, 0)
    tick, surplus = _price(m, b, bid, ask)
    return Uncross(tick, lots, surplus)


@kernel(inline=False)
def level_lots(m: Market, side: int, place: int) -> int:
    """Return the lots of a level, hidden ones too; 0 at NOWHERE."""
    if place == NOWHERE:
        return 0
    b = book_of(m)
    row = int64(row_at(b, side, place))
    total = int64(levels_of(b)[row].lots)
    if m.portions > 0:
        nodes = nodes_of(b)
        k = int64(nodes[row].next)
        while k != row:
            total += nodes[k].hidden
            k = int64(nodes[k].next)
    return total


@kernel
def _cross(m: Market, b: BookRow) -> tuple[int, Edge, Edge]:
    """Return (lots that trade, how far bids reach, how far asks reach): the best against the best until none cross."""
    bid, ask = best_place(b, BID), best_place(b, ASK)
    bids, asks = level_lots(m, BID, bid), level_lots(m, ASK, ask)
    bid_edge, ask_edge = Edge(bid, bids), Edge(ask, asks)
    total = 0
    while bid != NOWHERE and ask != NOWHERE and tick_at(b, BID, bid) >= tick_at(b, ASK, ask):
        lots = min(bids, asks)
        total += lots
        bids -= lots
        asks -= lots
        bid_edge, ask_edge = Edge(bid, bids), Edge(ask, asks)
        if bids == 0:
            bid = next_place(b, BID, bid)
            bids = level_lots(m, BID, bid)
        if asks == 0:
            ask = next_place(b, ASK, ask)
            asks = level_lots(m, ASK, ask)
    return total, bid_edge, ask_edge


@kernel
def _next_tick(b: BookRow, side: int, place: int) -> int:
    """Return the price of the level behind a place; beyond all prices for none."""
    behind = next_place(b, side, place) if place != NOWHERE else NOWHERE
    if behind == NOWHERE:
        return NO_TICK if side == BID else NO_TICK_ABOVE
    return tick_at(b, side, behind)


@kernel
def _price(m: Market, b: BookRow, bid: Edge, ask: Edge) -> tuple[int, int]:
    """Return (price, surplus)."""
    low, high = tick_at(b, ASK, ask.place), tick_at(b, BID, bid.place)
    below, above = _next_tick(b, BID, bid.place), _next_tick(b, ASK, ask.place)
    if bid.left > 0:
        return _nearest(m, max(low, below + 1), high), bid.left
    if ask.left > 0:
        return _nearest(m, low, min(high, above - 1)), -ask.left
    if max(low, below + 1) <= min(high, above - 1):
        return _nearest(m, max(low, below + 1), min(high, above - 1)), 0
    return _price_between(m, b, bid, ask)


@kernel
def _price_between(m: Market, b: BookRow, bid: Edge, ask: Edge) -> tuple[int, int]:
    """Return (price, surplus) where the next bid and the next ask are neighbours: one of them is left over."""
    low, high = tick_at(b, ASK, ask.place), tick_at(b, BID, bid.place)
    next_bid, next_ask = next_place(b, BID, bid.place), next_place(b, ASK, ask.place)
    bids, asks = level_lots(m, BID, next_bid), level_lots(m, ASK, next_ask)
    below = max(low, _next_tick(b, BID, next_bid) + 1)
    above = min(high, _next_tick(b, ASK, next_ask) - 1)
    if bids > asks:
        below = tick_at(b, ASK, next_ask)
    elif asks > bids:
        above = tick_at(b, BID, next_bid)
    tick = _nearest(m, below, above)
    return tick, bids if tick <= tick_at(b, BID, next_bid) else -asks


@kernel
def _nearest(m: Market, low: int, high: int) -> int:
    """Return the price from ``low`` to ``high`` that is nearest to the reference; without one, the middle."""
    if m.reference == NO_TICK:
        return (low + high) >> 1
    return min(max(m.reference, low), high)


@kernel(inline=False)
def uncross(v: Venue, m: Market) -> tuple[int, int]:
    """Trade all that crosses, at one price: bids and asks each by price, then time. Return (price, lots).

    Where reduce-only orders drop out on the way, so that the book crosses still, what is left is uncrossed again.
    """
    b = book_of(m)
    tick, lots = NO_TICK, 0
    plan = indicative(m)
    while plan.lots > 0:
        while meet_at(b, plan.tick):
            part = _pair(v, m, b, plan.tick)
            if part > 0:
                tick = plan.tick
                lots += part
        plan = indicative(m)
    return tick, lots


@kernel
def meet_at(b: BookRow, tick: int) -> bool:
    """Return whether the best bid and the best ask both take a price."""
    if b.best_bid == NOWHERE or b.best_ask == NOWHERE:
        return False
    return tick_at(b, BID, b.best_bid) >= tick and tick_at(b, ASK, b.best_ask) <= tick


@kernel
def _pair(v: Venue, m: Market, b: BookRow, tick: int) -> int:
    """Trade the first bid with the first ask; return the lots, 0 where one of them went away instead."""
    bid, ask = head_slot(b, BID, b.best_bid), head_slot(b, ASK, b.best_ask)
    buyer, seller = node_of(b, bid), node_of(b, ask)
    lots = min(buyer.lots, seller.lots)
    buys, sells = allowed(v, m, bid, lots), allowed(v, m, ask, lots)
    if buys == 0:
        end_resting(v, m, bid, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE, 0)
    if sells == 0:
        end_resting(v, m, ask, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE, 0)
    lots = min(buys, sells)
    if lots > 0:
        bid_id, ask_id = buyer.id, seller.id
        fill_resting(v, m, bid, tick, lots, ask_id, -1)
        fill_resting(v, m, ask, tick, lots, bid_id, -1)
        traded(m, tick)
    return lots
