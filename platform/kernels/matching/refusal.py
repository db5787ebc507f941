"""What a command must be to be looked at: the first rule it breaks gives the Reason."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.ids import find_slot
from lockstep.kernels.matching.tables import (
    Command,
    Market,
    Venue,
    book_of,
    stops_of,
)
from lockstep.kernels.order_terms import NEVER, Force, OrderType, Reason, is_stop, may_rest, wrong_amounts, wrong_terms


@kernel
def refusal(v: Venue, m: Market, c: Command) -> int:
    """Return why a new order is refused whatever the book holds; NONE where it is not."""
    reason = _form(v, c)
    if reason != Reason.NONE:
        return reason
    if not admits(m, c.type, c.force):
        return Reason.WRONG_PHASE
    if expiry_of(v, c) <= v.now_ns:
        return Reason.EXPIRED
    if find_slot(book_of(m), c.id) >= 0 or (stops_of(m).orders > 0 and find_slot(stops_of(m), c.id) >= 0):
        return Reason.DUPLICATE_ORDER
    return Reason.NONE


@kernel
def _form(v: Venue, c: Command) -> int:
    if c.id <= 0:
        return Reason.BAD_ID
    if c.owner < 0 or c.owner >= v.owners:
        return Reason.UNKNOWN_OWNER
    if c.side >> 1 != 0:
        return Reason.BAD_SIDE
    if c.type == OrderType.TRAILING_STOP:  # stops here stand where they were put
        return Reason.BAD_TYPE
    reason = wrong_terms(c.type, c.force, c.flags, c.prevention)
    return reason if reason != Reason.NONE else amounts(c, c.type, c.force)


@kernel
def amounts(c: Command, order_type: int, force: int) -> int:
    """Return what is wrong with a command's lots, display, price or trigger, for an order of this type."""
    return wrong_amounts(order_type, force, c.tick, c.trigger, c.lots, c.display)


@kernel
def admits(m: Market, order_type: int, force: int) -> bool:
    """Return whether the phase takes such orders."""
    if m.phase == Phase.CONTINUOUS:
        return True
    return m.phase == Phase.AUCTION and (is_stop(order_type) or may_rest(order_type, force))


@kernel
def expiry_of(v: Venue, c: Command) -> int:
    """Return when a new order ends, NEVER for not by the clock."""
    if c.force == Force.GTD and c.type != OrderType.MARKET:
        return c.expiry_ns
    return v.day_end_ns if c.force == Force.DAY and c.type != OrderType.MARKET else NEVER
