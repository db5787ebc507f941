"""The words of orders in a book, one set for the exchange (matching) and tick runs (ticks): numbers that records hold.

Bar orders have a wider vocabulary of their own (kernels/orders/terms.py), whose numbers journals keep.
"""

from enum import IntEnum

from lockstep.kernels._jit import kernel

NEVER = (1 << 63) - 1
"""A time that does not come."""
NO_TICK = -(1 << 62)
"""The price of what has none: an empty side, a market order, an instrument without trades."""
NO_TICK_ABOVE = 1 << 62
"""The same, above all prices."""
TICK_LIMIT = 1 << 48
"""Prices and triggers lie between minus and plus this."""
LOT_LIMIT = 1 << 40
"""Lots of one order at most: a million such still fit an int64."""
TRAIL_PARTS = 1_000_000_000
"""A trailing stop's distance is so many ticks or, below zero, so many of these parts of the price that it follows."""
PORTION_LIMIT = 1000
"""Portions of one iceberg at most: what one command may lead to is to be foreseen."""


class OrderType(IntEnum):
    """How an order trades."""

    LIMIT = 0
    MARKET = 1
    STOP = 2
    """A market order once its trigger is reached."""
    STOP_LIMIT = 3
    """A limit order once its trigger is reached."""
    TRAILING_STOP = 4
    """A stop whose trigger follows the best trade since it began to wait. Exchanges of books have none."""


LIMITED = (OrderType.LIMIT, OrderType.STOP_LIMIT)
"""Types of orders that have a limit price."""
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
"""Types of orders that wait for a trigger."""


class Force(IntEnum):
    """How long an order stays."""

    GTC = 0
    """Until it is canceled."""
    DAY = 1
    """Until the end of the day."""
    GTD = 2
    """Until `expiry_ns`."""
    IOC = 3
    """What doesn't trade at once is canceled."""
    FOK = 4
    """Trades at once in full, or not at all."""


class OrderFlag(IntEnum):
    """More about an order: bits."""

    POST_ONLY = 1
    """Refused where it would trade at once."""
    REDUCE_ONLY = 2
    """Trades no more than closes the owner's position."""


class Prevention(IntEnum):
    """What happens when an order meets one of its owner's own: the one that comes in says."""

    NONE = 0
    """They trade."""
    NEWEST = 1
    """What is left of the one that comes in is canceled."""
    OLDEST = 2
    """The resting one is canceled."""
    BOTH = 3
    DECREMENT = 4
    """Both lose the smaller one's size, so that the smaller is canceled."""


class Reason(IntEnum):
    """Why a request was refused or an order ended."""

    NONE = 0
    REQUESTED = 1
    NOT_FILLED = 2
    """The rest of a market or immediate-or-cancel order found nobody."""
    SELF_TRADE = 3
    """It would have traded with an order of its owner."""
    NOTHING_TO_REDUCE = 4
    """Reduce-only, and the position doesn't ask for it."""
    WOULD_TRADE = 5
    """Post-only."""
    NOT_ENOUGH = 6
    """Fill-or-kill, and less was there."""
    WRONG_PHASE = 7
    """Closed or halted; or in an auction an order that can't be taken there."""
    UNKNOWN_ORDER = 8
    """No order of this owner has this id."""
    DUPLICATE_ORDER = 9
    """An order with this id rests or waits."""
    UNKNOWN_INSTRUMENT = 10
    UNKNOWN_OWNER = 11
    UNKNOWN_KIND = 12
    BAD_ID = 13
    """Ids begin at 1."""
    BAD_SIDE = 14
    BAD_TYPE = 15
    BAD_FORCE = 16
    BAD_FLAGS = 17
    """Unknown bits, or post-only on an order that does not rest."""
    BAD_PREVENTION = 18
    BAD_SIZE = 19
    """Lots are zero, negative, too many, or more than remain."""
    BAD_DISPLAY = 20
    """Lots to show are negative, or make more than PORTION_LIMIT portions, or the order does not rest."""
    BAD_TICK = 21
    """Price or trigger beyond TICK_LIMIT."""
    BAD_PHASE = 22
    EXPIRED = 23
    """Its end has passed."""
    BACKWARD = 24
    """Its time is before the time of a command before."""
    RISK = 25
    """The risk check refused it: it never left."""
    VENUE = 26
    """A venue outside refused it or ended it, in words of its own."""
    NOT_SENT = 27
    """There was no connection to the venue: it never left."""
    NOT_ARRIVED = 28
    """The venue was asked and does not know it."""
    RESTARTED = 29
    """The venue has started anew and forgotten it."""
    DISCONNECTED = 30
    """The venue ended it because the connection was lost."""
    RESTATED = 31
    """The instrument was split: what was ordered in old units is over."""


@kernel
def wrong_terms(order_type: int, force: int, flags: int, prevention: int) -> int:
    """Return the Reason for which an order with such terms is refused, NONE where it is not."""
    if order_type < OrderType.LIMIT or order_type > OrderType.TRAILING_STOP:
        return Reason.BAD_TYPE
    if force < Force.GTC or force > Force.FOK:
        return Reason.BAD_FORCE
    if flags >> 2 != 0 or (flags & OrderFlag.POST_ONLY and not may_rest(order_type, force)):
        return Reason.BAD_FLAGS
    if prevention < Prevention.NONE or prevention > Prevention.DECREMENT:
        return Reason.BAD_PREVENTION
    return Reason.NONE


@kernel
def wrong_amounts(order_type: int, force: int, tick: int, trigger: int, lots: int, display: int) -> int:
    """Return what is wrong with the numbers of an order of this type: a Reason, NONE for nothing.

    ``trigger`` is a trailing stop's distance.
    """
    if lots <= 0 or lots > LOT_LIMIT:
        return Reason.BAD_SIZE
    if display < 0 or (display > 0 and not may_rest(order_type, force)):
        return Reason.BAD_DISPLAY
    if display > 0 and portions(lots, display) > PORTION_LIMIT:
        return Reason.BAD_DISPLAY
    if has_limit(order_type) and not is_tick(tick):
        return Reason.BAD_TICK
    if is_stop(order_type) and not (is_trail(trigger) if order_type == OrderType.TRAILING_STOP else is_tick(trigger)):
        return Reason.BAD_TICK
    return Reason.NONE


@kernel
def portions(lots: int, display: int) -> int:
    """Return in how many portions an iceberg shows so many lots."""
    return (lots - 1) // display + 1 if lots > 0 else 0


@kernel
def is_tick(tick: int) -> bool:
    """Return whether a price is within bounds."""
    return -TICK_LIMIT <= tick <= TICK_LIMIT


@kernel
def is_trail(trail: int) -> bool:
    """Return whether a trailing stop may have this distance: ticks, or minus TRAIL_PARTS of a price."""
    return 0 < trail <= TICK_LIMIT or -TRAIL_PARTS < trail < 0


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
