"""What a command must be to be looked at: the first rule it breaks gives the Reason."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.ids import find_slot
from lockstep.kernels.matching.codes import Force, OrderFlag, OrderType, Prevention, Reason
from lockstep.kernels.matching.resting import portions
from lockstep.kernels.matching.tables import (
    LOT_LIMIT,
    NEVER,
    PORTION_LIMIT,
    TICK_LIMIT,
    Command,
    Market,
    Venue,
    book_of,
    stops_of,
)


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
    if c.type < OrderType.LIMIT or c.type > OrderType.STOP_LIMIT:
        return Reason.BAD_TYPE
    if c.force < Force.GTC or c.force > Force.FOK:
        return Reason.BAD_FORCE
    if c.flags >> 2 != 0 or (c.flags & OrderFlag.POST_ONLY and not may_rest(c.type, c.force)):
        return Reason.BAD_FLAGS
    if c.prevention < Prevention.NONE or c.prevention > Prevention.DECREMENT:
        return Reason.BAD_PREVENTION
    return amounts(c, c.type, c.force)


@kernel
def amounts(c: Command, order_type: int, force: int) -> int:
    """Return what is wrong with a command's lots, display, price or trigger, for an order of this type."""
    if c.lots <= 0 or c.lots > LOT_LIMIT:
        return Reason.BAD_SIZE
    if c.display < 0 or (c.display > 0 and not may_rest(order_type, force)):
        return Reason.BAD_DISPLAY
    if c.display > 0 and portions(c.lots, c.display) > PORTION_LIMIT:
        return Reason.BAD_DISPLAY
    if has_limit(order_type) and not is_tick(c.tick):
        return Reason.BAD_TICK
    if is_stop(order_type) and not is_tick(c.trigger):
        return Reason.BAD_TICK
    return Reason.NONE


@kernel
def is_tick(tick: int) -> bool:
    """Return whether a price is within bounds."""
    return -TICK_LIMIT <= tick <= TICK_LIMIT


@kernel
def is_stop(order_type: int) -> bool:
    """Return whether an order waits for its trigger."""
    return order_type >= OrderType.STOP


@kernel
def has_limit(order_type: int) -> bool:
    """Return whether an order has a limit price."""
    return order_type == OrderType.LIMIT or order_type == OrderType.STOP_LIMIT


@kernel
def may_rest(order_type: int, force: int) -> bool:
    """Return whether what does not trade at once stays in the book."""
    return has_limit(order_type) and force < Force.IOC


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
