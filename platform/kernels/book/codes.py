"""What an event did to a book, or why it could not be."""

from enum import IntEnum


class Code(IntEnum):
    """Result of a change. Nothing was changed unless it is OK."""

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
    """Bid at or above ask where that can't be."""
    UNKNOWN_KIND = 9
    """No such kind of event."""
    BACKWARD = 10
    """Its time is before the time of the event before."""
    GAP = 11
    """Sequence numbers are missing."""


NEEDS_ROOM = (Code.NO_ORDER_ROOM, Code.NO_LEVEL_ROOM)
