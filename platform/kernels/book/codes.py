"""What an event did to a book, or why it could not be."""

from enum import IntEnum


class Code(IntEnum):
    """Result of a change. Nothing was changed unless it is OK (or CROSSED, which is found afterwards)."""

    OK = 0
    NO_ORDER_ROOM = 1
    """More orders than the book has rows: grow it and go on."""
    NO_LEVEL_ROOM = 2
    """More prices far from the window than the book has rows: grow it and go on."""
    UNKNOWN_ORDER = 3
    """No order rests under this id or slot."""
    DUPLICATE_ORDER = 4
    """An order rests there already."""
    BAD_SIZE = 5
    """Lots are zero, negative, or more than rest."""
    BAD_SIDE = 6
    """The side is neither bid nor ask, or not the order's."""
    WRONG_PRICE = 7
    """Another price than the order's."""
    CROSSED = 8
    """Bid at or above ask where that can't be. A replay that watches for it has applied the event."""
    UNKNOWN_KIND = 9
    """No such kind of event, or no such trading phase."""
    BACKWARD = 10
    """Its time is before the time of the event before."""
    GAP = 11
    """Sequence numbers are missing."""
    BAD_PRICE = 12
    """Farther from zero than MOST_TICKS of tables.py."""
    BAD_SLOT = 13
    """A book can't have so many rows; or no slot was given and there is no table of ids."""
    OTHER_FEED = 14
    """An event of levels for a book of orders, or of orders for a book of levels."""


NEEDS_ROOM = (Code.NO_ORDER_ROOM, Code.NO_LEVEL_ROOM)
