"""What goes over the wire of a feed, one immutable value per message; docs/feed.md says what each means.

Prices and sizes are decimal numbers, as text or as numbers of JSON. Times are ns UTC, 0 where nobody knows. Fields that
a message has besides are left alone, so that a newer gateway can be heard.
"""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

MOST_LEVELS = 10_000
"""Of a side in one message."""
MOST_TOPICS = 10_000
"""In one message."""

DataType = Literal["quote", "trade", "book", "phase"]
Symbol = Annotated[str, Meta(min_length=1, max_length=32)]
Topic = Annotated[str, Meta(min_length=3, max_length=40)]
Whole = Annotated[int, Meta(ge=0, le=1 << 62)]
Text = Annotated[str, Meta(max_length=1000)]
Level = tuple[Decimal, Decimal]
Levels = Annotated[list[Level], Meta(max_length=MOST_LEVELS)]
Topics = Annotated[dict[Topic, Whole], Meta(max_length=MOST_TOPICS)]


def topic_of(data_type: str, symbol: str) -> str:
    """Return the name of what has a numbering of its own: 'book:AAPL'."""
    return f"{data_type}:{symbol}"


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Root of all messages."""


# --- from whoever listens ---------------------------------------------------------------------------------------------


class Subscribe(Message, tag="subscribe", frozen=True, kw_only=True):
    """Ask for data; what is subscribed already is told anew, with pictures."""

    symbols: Annotated[list[Symbol], Meta(max_length=MOST_TOPICS)]
    data_types: Annotated[list[DataType], Meta(max_length=4)] = field(name="dataTypes")
    id: Whole = 0


class Unsubscribe(Message, tag="unsubscribe", frozen=True, kw_only=True):
    """Ask for no more of it."""

    symbols: Annotated[list[Symbol], Meta(max_length=MOST_TOPICS)]
    data_types: Annotated[list[DataType], Meta(max_length=4)] = field(name="dataTypes")
    id: Whole = 0


# --- from the gateway -------------------------------------------------------------------------------------------------


class Subscribed(Message, tag="subscribed", frozen=True, kw_only=True):
    """Answers both: all that is subscribed now, by topic, with the number that each topic's latest message has."""

    topics: Topics
    refused: Annotated[dict[Topic, Text], Meta(max_length=MOST_TOPICS)] = {}
    """What can't be heard, and why."""
    id: Whole = 0
    ts_send: Whole = 0


class Numbered(Message, frozen=True, kw_only=True):
    """Something that happened, numbered within its topic."""

    symbol: Symbol
    seq: Whole
    ts_event: Whole = 0
    ts_send: Whole = 0
    snapshot: bool = False
    """A picture of how things stand after number ``seq``: it has none of its own."""
    skipped: Whole = 0
    """Numbers before this one whose messages this one stands for."""


class Quote(Numbered, tag="quote", frozen=True, kw_only=True):
    """Best bid and ask; a side without a price is empty."""

    bid: Decimal | None = None
    bid_size: Decimal | None = field(name="bidSize", default=None)
    ask: Decimal | None = None
    ask_size: Decimal | None = field(name="askSize", default=None)


class Trade(Numbered, tag="trade", frozen=True, kw_only=True):
    """A trade; ``side`` is the taker's."""

    price: Decimal
    size: Decimal
    side: Literal["buy", "sell"] | None = None
    id: Whole = 0


class Book(Numbered, tag="book", frozen=True, kw_only=True):
    """Sizes that prices have from now on, 0 for none; a picture has all levels of the book."""

    bids: Levels = []
    asks: Levels = []


class PhaseChange(Numbered, tag="phase", frozen=True, kw_only=True):
    """The trading phase from now on."""

    phase: Literal["closed", "auction", "continuous", "halt"]


class Heartbeat(Message, tag="heartbeat", frozen=True, kw_only=True):
    """Said once a second: all topics, with the number that each topic's latest message has."""

    topics: Topics
    ts_send: Whole = 0


class Problem(Message, tag="error", frozen=True, kw_only=True):
    """What was asked can't be done."""

    code: Text
    message: Text = ""
    id: Whole = 0


Market = Quote | Trade | Book | PhaseChange
FromGateway = Subscribed | Quote | Trade | Book | PhaseChange | Heartbeat | Problem
FromClient = Subscribe | Unsubscribe
