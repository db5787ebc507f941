"""What an exchange's stream says, whatever its wire format: depth, trades and quotes with the numbers in text."""

from enum import Enum
from typing import NamedTuple

import msgspec

from lockstep.data.ticks.rows import UNTIMED

BAD_JSON = msgspec.DecodeError, UnicodeDecodeError, RecursionError
"""What decoding a line raises that is no message; brackets a thousand deep are none either."""
Levels = list[tuple[str, str]]
"""(price, size) as the feed writes them."""


class Said(Enum):
    """A message's kind."""

    DIFF = "diff"
    """Sizes that prices have from now on, 0 for none."""
    SNAPSHOT = "snapshot"
    """All levels of the book, or its best ones."""
    LOST = "lost"
    """The book is unknown from now on."""
    TRADE = "trade"
    UNLIT_TRADE = "unlit trade"
    """A trade that took nothing from the book, as one of an insurance fund."""
    QUOTE = "quote"
    """Best bid and ask."""


class Message(NamedTuple):
    """One message, or one trade of one; times in ns UTC, UNTIMED where none was given."""

    kind: Said
    symbol: str
    spot: int
    """Its line, see Lines."""
    time_ns: int = UNTIMED
    """Exchange's."""
    received_ns: int = UNTIMED
    """By the recorder's clock."""
    first: int = 0
    """First update id of a diff."""
    last: int = 0
    """Last update id; a quote's or snapshot's only one."""
    previous: int | None = None
    """Last update id of the diff before, where the feed tells it."""
    bids: Levels = []  # noqa: RUF012  # a NamedTuple's default; never changed
    asks: Levels = []  # noqa: RUF012
    side: int = -1
    """Of a trade: the side of the book that was hit."""
    id: int = 0
    """A trade's."""
