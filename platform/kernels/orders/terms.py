"""The words of the order model, as the numbers that kernels and journals hold. Numbers never change their meaning."""

from enum import IntEnum


class OrderType(IntEnum):
    """What makes an order trade."""

    MARKET = 0
    LIMIT = 1
    STOP = 2
    """Becomes a market order when the price reaches the stop."""
    STOP_LIMIT = 3
    """Becomes a limit order when the price reaches the stop."""
    TRAILING_STOP = 4
    """A stop that follows the best price seen at a distance."""
    MARKET_IF_TOUCHED = 5
    """Becomes a market order when the price reaches the level from the better side."""


class TimeInForce(IntEnum):
    """How long an order lives."""

    GTC = 0
    """Until cancelled."""
    DAY = 1
    """To the end of the first session in which it could trade."""
    GTD = 2
    """Until a moment."""
    IOC = 3
    """What trades at once; the rest is cancelled."""
    FOK = 4
    """All of it at once, or nothing."""
    OPG = 5
    """At a session's first open only."""
    CLS = 6
    """At a session's last close only."""


class Flag(IntEnum):
    """Conditions on an order: bits."""

    NONE = 0
    POST_ONLY = 1
    """Refused if it would take liquidity on arrival."""
    REDUCE_ONLY = 2
    """Never opens, adds to or turns a position."""
    WHOLE_POSITION = 4
    """Trades whatever closes the position when it fills; ends when the position is closed by something else."""


EXIT = int(Flag.REDUCE_ONLY) | int(Flag.WHOLE_POSITION)
"""The flags of an order that closes a position, however large it has become."""


class Trail(IntEnum):
    """How a trailing stop's distance is measured."""

    NONE = 0
    AMOUNT = 1
    """Currency."""
    PERCENT = 2
    """Share of the best price: 0.05 is five percent."""
    ATR = 3
    """Multiples of the average true range, as known before each bar."""


class Action(IntEnum):
    """What an intent asks for."""

    NEW = 0
    CANCEL = 1
    REPLACE = 2
    """Give a working order another quantity, limit or stop; it keeps its number and what was filled."""
    TARGET = 3
    """A target or amount whose units are found when it fills; takes the place of the one that still waits."""


class Life(IntEnum):
    """Where a working order stands."""

    FREE = 0
    """The slot holds no order."""
    HELD = 1
    """Waits for its parent's fill."""
    ARRIVING = 2
    """Decided; on its way to the market for its bars of latency, or until the next open."""
    LIVE = 3


class Refusal(IntEnum):
    """Why the order model refused an order (the limits of risk have codes of their own, from 100)."""

    NONE = 0
    NOTHING_TO_TRADE = 1
    """The target is reached, or nothing was left after the cuts."""
    CASH = 2
    """Neither cash nor margin pays for any of it."""
    DIRECTION = 3
    """The run allows only long, or only short, positions."""
    LOT = 4
    """Less than one lot."""
    WOULD_TAKE = 5
    """Post-only, and its limit crosses the market."""
    WOULD_INCREASE = 6
    """Reduce-only, and there is no position on the other side to reduce."""
    BAD_QUANTITY = 7
    """Zero, infinite or not a number."""
    BAD_PRICE = 8
    """A limit, stop or distance that is missing, zero, negative or not a number."""
    UNKNOWN_ORDER = 9
    """No working order has the number to be cancelled or replaced; nothing was changed."""
    NO_PRICE = 10
    """The instrument has no price yet: a market order can't be valued."""
    NO_RATE = 11
    """No conversion rate into the account's currency is known."""
    NOT_SHORTABLE = 12
    """More would be sold short than can be borrowed."""
    EXPIRED = 13
    """Good till a moment that has passed."""
    FILL_OR_KILL = 14
    """Not all of it could be filled at once."""
    DUPLICATE = 15
    """Another working order has the same number."""
    NO_PARENT = 16
    """Its parent is not working."""
    DELISTED = 17
    """The instrument no longer trades."""
    CONTRADICTORY = 18
    """Its type, time in force and flags don't go together: a stop for the opening, a post-only market order."""


class Ended(IntEnum):
    """Why an order that was accepted ended without being filled whole."""

    NOT = 0
    BY_REQUEST = 1
    BY_TIME = 2
    BY_SIBLING = 3
    """Another order of its group (one cancels the other) traded."""
    BY_PARENT = 4
    """Its parent ended without a fill."""
    BY_POSITION = 5
    """The position it was to close was closed by something else."""
    BY_NEW_TARGET = 6
    BY_LIQUIDATION = 7
    AT_ONCE_ONLY = 8
    """Immediate or cancel: the rest could not be filled at once."""
    BY_REFUSAL = 9
    BY_DELISTING = 10
    BY_RISK = 11
    """A loss or drawdown went past its limit, and the order could still have opened a position."""
