"""What can be asked of the exchange, what it reports, and why it refuses."""

from enum import IntEnum


class CommandKind(IntEnum):
    """What a command asks for."""

    NEW = 0
    CANCEL = 1
    REDUCE = 2
    """Take `lots` off an order, which keeps its place."""
    REPLACE = 3
    """Another price or size, `lots` being what is to be left; a new price or a larger size goes to the queue's end."""
    PHASE = 4
    """The instrument's trading phase is `lots` from now on, see Phase."""
    TIME = 5
    """The clock moves to `time_ns`; `expiry_ns` above 0 is the end of the day from now on."""


class OrderType(IntEnum):
    """How an order trades."""

    LIMIT = 0
    MARKET = 1
    STOP = 2
    """A market order once its trigger is reached."""
    STOP_LIMIT = 3
    """A limit order once its trigger is reached."""


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
    """What happens when an order meets one of its owner's own: the one that comes in says. Owner 0 has none."""

    NONE = 0
    """They trade."""
    NEWEST = 1
    """What is left of the one that comes in is canceled."""
    OLDEST = 2
    """The resting one is canceled."""
    BOTH = 3
    DECREMENT = 4
    """Both lose the smaller one's size, so that the smaller is canceled."""


class ReportKind(IntEnum):
    """What happened to an order. `lots` and `remaining` of the report say how much of it."""

    ACCEPTED = 0
    """`lots` were asked for, `remaining` are taken: fewer where a reduce-only order was cut."""
    REJECTED = 1
    """Nothing was changed, see Reason."""
    FILL = 2
    """`lots` traded at `tick` with the order `other`."""
    CANCELED = 3
    """`lots` are gone, see Reason."""
    EXPIRED = 4
    REPLACED = 5
    REDUCED = 6
    TRIGGERED = 7
    """A stop's trigger was reached: it is a market or limit order from now on."""
    PHASE = 8
    """The phase is `remaining` from now on; an uncross traded `lots` at `tick`."""


class Reason(IntEnum):
    """Why a command was refused or an order canceled."""

    NONE = 0
    REQUESTED = 1
    NOT_FILLED = 2
    """The rest of a market or immediate-or-cancel order found nobody."""
    SELF_TRADE = 3
    NOTHING_TO_REDUCE = 4
    """Reduce-only, and the position doesn't ask for it."""
    WOULD_TRADE = 5
    """Post-only."""
    NOT_ENOUGH = 6
    """Fill-or-kill, and less was there."""
    WRONG_PHASE = 7
    """Closed or halted; or in an auction an order that wants its trade at once."""
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


class Shortage(IntEnum):
    """For what there is no room. The command has changed nothing: make room and give it again."""

    NONE = 0
    REPORTS = 1
    ORDERS = 2
    LEVELS = 3
    STOPS = 4
    TRIGGERS = 5
    """Prices of triggers far from the window."""
    EXPIRIES = 6
