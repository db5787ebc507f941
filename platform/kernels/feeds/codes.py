"""Why a decoder stopped. Python does what is needed, or counts the trouble, and calls again with the same state."""

from enum import IntEnum


class Stop(IntEnum):
    """From TROUBLE on: the message at ``at`` was left out, ``position`` is behind it."""

    BYTES = 0
    """What is left is no whole message: bring more bytes."""
    ROWS = 1
    """The events have no room left: take them away."""
    LIVE = 2
    """The table of live orders is half full: bring a larger one."""
    BOOK = 3
    """The message is about a book that has no row yet: give it one, or say that it is not wanted."""
    NOTE = 4
    """A message that only Python reads; ``position`` is behind it."""
    FILLS = 5
    """No room for another fill: bring more."""

    TROUBLE = 16
    UNKNOWN_TYPE = 16
    WRONG_LENGTH = 17
    UNKNOWN_BOOK = 18
    """No message before told which instrument this number stands for."""
    UNKNOWN_ORDER = 19
    DUPLICATE_ORDER = 20
    TOO_MUCH = 21
    """More is taken off an order than rests."""
    BAD_SIZE = 22
    OFF_TICK = 23
    OFF_LOT = 24
    BAD_SIDE = 25
    BROKEN_LENGTH = 26
    """A record shorter than its own header: where the next one begins is unknown."""
    LEFT_FILL = 27
    """Fills that no change of the book followed."""
    MAYBE_BAD = 28
    """The feed says that messages were lost."""
    OTHER_PUBLISHER = 29
    """A second venue's message about the same instrument."""
    NO_PRICE = 30
    """A message that must have a price has none."""
    ROUNDED = 31
    """A trade between two ticks: the event is there, with the tick below."""
    ADOPTED = 32
    """A change of an order never seen: the event is there, as a new order."""
    UNKNOWN_ACTION = 33
    GARBLED_TIME = 34
    """A message far from its own receipt, or from the time that its file covers."""
    OTHER_STOCK = 35
    """A message names another stock than its locate stands for."""
