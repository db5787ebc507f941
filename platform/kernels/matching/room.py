"""Is there room for whatever a command may lead to? Asked before it changes anything, so that no change stops half-way.

Counted is the worst case: everything that rests trades, and every stop is triggered. A trade uses up a resting order's
shown lots or the order that came in, so there are no more trades than incoming lots, and no more than portions shown
and orders that come in.
"""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import BookRow
from lockstep.kernels.matching.codes import CommandKind, Shortage
from lockstep.kernels.matching.expiry import next_expiry_ns
from lockstep.kernels.matching.tables import (
    Command,
    Market,
    Venue,
    book_of,
    market_of,
    stops_of,
)
from lockstep.kernels.order_terms import LOT_LIMIT, PORTION_LIMIT, Prevention


@kernel
def shortage(v: Venue, c: Command) -> int:
    """Return what there is not enough room for, a Shortage; ``lacking`` of the venue is the instrument."""
    reports = 2 + (v.expiries if next_expiry_ns(v) <= c.time_ns else 0)
    enters = c.kind == CommandKind.NEW or c.kind == CommandKind.REPLACE or c.kind == CommandKind.PHASE
    if enters and 0 <= c.instrument < v.markets:
        m = market_of(v, c.instrument)
        v.lacking = c.instrument
        lacking = _in_books(m)
        if lacking != Shortage.NONE:
            return lacking
        if v.expiries == v.expiry_room:
            return Shortage.EXPIRIES
        reports += _most_reports(m, c)
    return Shortage.REPORTS if v.reports + reports > v.report_room else Shortage.NONE


@kernel
def _in_books(m: Market) -> int:
    """Return what a new order, and all stops that may become resting orders, lack in the instrument's books."""
    b, s = book_of(m), stops_of(m)
    coming = s.orders + 1
    if not _holds(b, coming):
        return Shortage.ORDERS
    if not _holds(s, 1):
        return Shortage.STOPS
    if not _reaches(b, coming):
        return Shortage.LEVELS
    return Shortage.NONE if _reaches(s, 1) else Shortage.TRIGGERS


@kernel
def _holds(b: BookRow, orders: int) -> bool:
    return bool(b.orders + orders <= b.slots and 2 * (b.orders + orders) <= b.entries)


@kernel
def _reaches(b: BookRow, levels: int) -> bool:
    return bool(max(b.far_bids, b.far_asks) + levels <= b.far_room)


@kernel
def _most_reports(m: Market, c: Command) -> int:
    b, stops = book_of(m), stops_of(m).orders
    # Within bounds also where the command will be refused: sums must not wrap around.
    lots = min(max(c.lots, 0), LOT_LIMIT) if c.kind != CommandKind.PHASE else LOT_LIMIT
    shown = b.orders + m.portions + m.waiting_portions + (PORTION_LIMIT if c.display > 0 else 0) + 2 * (stops + 1)
    trades = min(lots + m.waiting_lots, shown)
    # Orders that may go without a trade, which takes two reports at most; a replacement brings its own prevention.
    quiet = c.kind == CommandKind.NEW and c.prevention == Prevention.NONE
    ending = 0 if quiet and stops == 0 and m.reducing == 0 else 4 * (b.orders + stops + 1)
    return 2 * trades + 4 * (stops + 1) + ending
