"""The messages of streams, as docs/streams.md has them: requests as they are read, market data as it is told."""

from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from lockstep.live.gateway.streams.bars import Built

MOST_TOPICS = 10_000
"""Of a client."""
OF_SYMBOLS = ("quote", "trade", "book", "phase", "bar")
"""Data types, each a topic for each symbol."""
TOPICS = (
    "quote:SYMBOL, trade:SYMBOL, book:SYMBOL, phase:SYMBOL, bar:SYMBOL:INTERVAL, orders, fills, positions, pnl, risk,"
    " signals, logs, jobs"
)
"""As whoever asks for another one is told of them."""
Text = Annotated[str, Meta(min_length=1, max_length=80)]
Texts = Annotated[list[Text], Meta(max_length=MOST_TOPICS)]
Whole = Annotated[int, Meta(ge=0, le=1 << 62)]
Level = tuple[float, float]


class Subscribe(Struct, tag="subscribe", tag_field="type", frozen=True, kw_only=True):
    """Ask for topics: by name, or all data types of all symbols that are given."""

    id: Whole = 0
    symbols: Texts = []
    data_types: Texts = field(name="dataTypes", default_factory=list)
    topics: Texts = []
    after: Whole | Annotated[dict[Text, Whole], Meta(max_length=MOST_TOPICS)] | None = None
    """Number of the latest message that is known: of all these topics, or by topic."""
    epoch: Whole = 0
    """The gateway's, to which numbers of market topics belong."""


class Unsubscribe(Struct, tag="unsubscribe", tag_field="type", frozen=True, kw_only=True):
    """Ask for no more of them."""

    id: Whole = 0
    symbols: Texts = []
    data_types: Texts = field(name="dataTypes", default_factory=list)
    topics: Texts = []


Request = Subscribe | Unsubscribe
decoder: "msgspec.json.Decoder[Request]" = msgspec.json.Decoder(Request)


def topics_of(request: Request) -> list[str]:
    """Return the topics that are meant, each once."""
    named = [*request.topics]
    for kind in request.data_types:
        named += [f"bar:{symbol}:1m" if kind == "bar" else f"{kind}:{symbol}" for symbol in request.symbols]
    return list(dict.fromkeys(named))


class _Told(Struct, tag_field="type", omit_defaults=True, kw_only=True):
    symbol: str
    seq: int
    ts_event: int = 0
    ts_send: int = 0
    snapshot: bool = False


class Quote(_Told, tag="quote"):
    """Best bid and ask; a side without a price is empty."""

    skipped: int = 0
    bid: float | UnsetType = UNSET
    bid_size: float | UnsetType = field(name="bidSize", default=UNSET)
    ask: float | UnsetType = UNSET
    ask_size: float | UnsetType = field(name="askSize", default=UNSET)


class Trade(_Told, tag="trade"):
    """A trade; ``side`` is the taker's."""

    price: float
    size: float
    side: Literal["buy", "sell"] | None = None
    id: int = 0


class Book(_Told, tag="book"):
    """Sizes that prices have from now on, 0 for none; a picture has all levels."""

    bids: list[Level]
    asks: list[Level]


class PhaseTold(_Told, tag="phase"):
    """The trading phase from now on."""

    phase: str


class Bar(_Told, tag="bar"):
    """A bar that is being built, or has closed; times in ns."""

    interval: str
    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    closed: bool = False
    skipped: int = 0


class Bars(_Told, tag="bars"):
    """The latest bars of a symbol, the oldest first: start, open, high, low, close, volume."""

    interval: str
    bars: list[Built]


class Subscribed(Struct, tag="subscribed", tag_field="type", kw_only=True):
    """All that is subscribed now, with the number of each topic's latest message."""

    id: int
    ts_send: int
    topics: dict[str, int]
    refused: dict[str, str]
    epoch: int
    session: str | None = field(name="sessionId")


class Heartbeat(Struct, tag="heartbeat", tag_field="type", kw_only=True):
    """Said once a second."""

    ts_send: int
    topics: dict[str, int]


class Fault(Struct, tag="error", tag_field="type", kw_only=True):
    """What was asked can't be done."""

    code: str
    message: str
    id: int = 0


@lru_cache(4096)
def camel(word: str) -> str:
    """Return a name of ours as JSON has it; symbols are none."""
    if word != word.lower():
        return word
    first, *rest = word.split("_")
    return first + "".join(part.title() for part in rest)


def camelled(value: Any) -> Any:
    """Return plain values with their names as JSON has them; names that stand for something stay."""
    if isinstance(value, dict):
        return {camel(name): camelled(each) for name, each in value.items()}
    return [camelled(each) for each in value] if isinstance(value, list) else value
