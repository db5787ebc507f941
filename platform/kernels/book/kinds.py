"""The codes of a tick history's events, readable without a compiler."""

from enum import IntEnum

BID, ASK = 0, 1


class EventKind(IntEnum):
    """What happened. `side` is the side of the book that it happened to: of an execution, the resting order's."""

    NONE = 0
    """Nothing to the book."""
    ADD = 1
    """L3: an order joins the end of its queue."""
    REDUCE = 2
    """L3: `lots` of an order were canceled; it keeps its place."""
    DELETE = 3
    """L3: an order is gone."""
    EXECUTE = 4
    """L3: `lots` of a displayed order were traded, at `tick`."""
    MODIFY = 5
    """L3: an order has another price or size; it keeps its place unless the price moves or the size grows."""
    SET = 6
    """L2: `lots` are displayed at `tick` from now on, 0 for none."""
    CLEAR = 7
    """The side is empty, both sides with side -1: what follows builds it anew."""
    QUOTE = 8
    """L1: the best of the side, 0 lots for none."""
    TRADE = 9
    """A trade of displayed lots that an L1 or L2 feed reports beside the book: `side` was hit, -1 where unknown."""
    HIDDEN = 10
    """A trade with an order that was not displayed: the book stays as it is."""
    PHASE = 11
    """The trading phase is `lots` from now on, see Phase."""


class Phase(IntEnum):
    """Whether orders match."""

    CLOSED = 0
    AUCTION = 1
    """Orders gather and may cross; the uncross trades them at one price."""
    CONTINUOUS = 2
    HALT = 3
    """Nothing trades; cancels pass."""


class EventFlag(IntEnum):
    """More about an event: bits."""

    LAST = 1
    """The book is whole again after this event: the last of those that belong together."""
    SNAPSHOT = 2
    """Not news: part of a picture of the book."""
    UNPRINTED = 4
    """An execution that another trade's lots hold already, as those of a cross do: no volume of its own."""
