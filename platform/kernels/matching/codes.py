"""What can be asked of the exchange and what it reports; the words about orders are those of order_terms.py."""

from enum import IntEnum


class CommandKind(IntEnum):
    """What a command asks for."""

    NEW = 0
    CANCEL = 1
    REDUCE = 2
    """Take `lots` off an order, which keeps its place."""
    REPLACE = 3
    """Another price or size, `lots` counting what has traded; a new price or a larger size goes to the queue's end."""
    PHASE = 4
    """The instrument's trading phase is `lots` from now on, see Phase."""
    TIME = 5
    """The clock moves to `time_ns`; `expiry_ns` above 0 is the end of the day from now on."""


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
