"""What goes over the wire to and from the local exchange, one immutable value per message.

Prices and quantities are decimal text in whole ticks and lots of the instrument. ``seq`` counts the messages of one
connection and direction from 1; ``re`` names the client's message that is answered, 0 where nothing is. ``sequence``
counts the reports of the venue through one epoch. Times are ns UTC of the exchange's clock.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

VERSION = 1
"""Of these messages. Another one is refused at login."""

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,32}\Z")]
ClientId = Annotated[str, Meta(pattern=r"^[!-~]{1,64}\Z")]
Symbol = Annotated[str, Meta(pattern=r"^[!-~]{1,32}\Z")]
Decimal = Annotated[str, Meta(pattern=r"^[ -~]{0,40}\Z")]
Count = Annotated[int, Meta(ge=0, le=(1 << 62))]
Side = Literal["buy", "sell"]
Type = Literal["limit", "market", "stop", "stop_limit"]
Force = Literal["gtc", "day", "gtd", "ioc", "fok"]
Prevention = Literal["none", "newest", "oldest", "both", "decrement"]
PhaseName = Literal["closed", "auction", "continuous", "halt"]
Status = Literal["live", "waiting", "filled", "canceled", "expired", "rejected"]
Level = tuple[str, str]


class Message(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="message", gc=False
):
    """Root of all messages."""

    seq: Count = 0


# --- from clients -----------------------------------------------------------------------------------------------------


class Hello(Message, tag="hello", frozen=True, kw_only=True):
    """The first message of a connection: who it is."""

    account: Name
    version: Count = VERSION
    cancel_on_disconnect: bool = False
    """Cancel the orders that came in by this connection when it ends."""
    heartbeat_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    """Above 0: the exchange says something so often at least, and cuts a client that is silent three times as long."""


class New(Message, tag="new", frozen=True, kw_only=True):
    """An order. ``client_id`` is the client's own; a second order with the same one is a second order."""

    client_id: ClientId
    symbol: Symbol
    side: Side
    quantity: Decimal
    type: Type = "limit"
    price: Decimal | None = None
    trigger: Decimal | None = None
    force: Force = "gtc"
    expiry_ns: Count = 0
    display: Decimal | None = None
    post_only: bool = False
    reduce_only: bool = False
    prevention: Prevention = "none"


class Cancel(Message, tag="cancel", frozen=True, kw_only=True):
    """Cancel a live order. ``order`` is needed where several live ones have the same ``client_id``."""

    client_id: ClientId
    order: Count = 0


class Reduce(Message, tag="reduce", frozen=True, kw_only=True):
    """Take ``quantity`` off a live order, which keeps its place."""

    client_id: ClientId
    quantity: Decimal
    order: Count = 0


class Replace(Message, tag="replace", frozen=True, kw_only=True):
    """Change what is given of a live order; ``quantity`` counts what has traded."""

    client_id: ClientId
    order: Count = 0
    price: Decimal | None = None
    trigger: Decimal | None = None
    quantity: Decimal | None = None
    display: Decimal | None = None


class QueryOrder(Message, tag="query_order", frozen=True, kw_only=True):
    """Ask for all orders with a client id, ended and refused ones included, after the order ``after``."""

    client_id: ClientId
    after: Count = 0


class QueryOpen(Message, tag="query_open", frozen=True, kw_only=True):
    """Ask for the account's live orders after the order ``after``."""

    after: Count = 0


class QueryFills(Message, tag="query_fills", frozen=True, kw_only=True):
    """Ask for the account's fills after the report ``since``."""

    since: Count = 0


class QueryPosition(Message, tag="query_position", frozen=True, kw_only=True):
    """Ask for the account's positions in all instruments."""


class Subscribe(Message, tag="subscribe", frozen=True, kw_only=True):
    """Say what this connection hears of an instrument from now on; all false ends it."""

    symbol: Symbol
    book: bool = False
    trades: bool = False
    quotes: bool = False


class Heartbeat(Message, tag="heartbeat", frozen=True, kw_only=True):
    """A sign of life. The exchange answers a client's; its own need no answer."""

    re: Count = 0
    time_ns: Count = 0


class SetFaults(Message, tag="set_faults", frozen=True, kw_only=True):
    """Replace the script of faults; for an exchange started with --admin."""

    rules: list[Any]


class SetPhase(Message, tag="set_phase", frozen=True, kw_only=True):
    """Change an instrument's phase; for an exchange started with --admin."""

    symbol: Symbol
    phase: PhaseName


class SetDayEnd(Message, tag="set_day_end", frozen=True, kw_only=True):
    """Say when the day ends, for DAY orders from now on; for an exchange started with --admin."""

    end_ns: Annotated[int, Meta(ge=1, le=(1 << 62))]


# --- from the exchange ------------------------------------------------------------------------------------------------


class Listed(Struct, frozen=True, kw_only=True):
    """An instrument."""

    symbol: str
    tick: str
    lot: str
    phase: PhaseName


class Welcome(Message, tag="welcome", frozen=True, kw_only=True):
    """The login was taken. All counts begin anew with another ``epoch``, and no order outlives one."""

    re: Count
    epoch: int
    account: str
    sequence: int
    """The latest report of the venue."""
    time_ns: int
    instruments: list[Listed]
    version: int = VERSION


class Bye(Message, tag="bye", frozen=True, kw_only=True):
    """The connection ends here. ``reason`` is a stable word, ``text`` is for people."""

    reason: str
    text: str


class Report(Message, frozen=True, kw_only=True):
    """What happened to an order. ``sequence`` is 0 where the order never reached the matching."""

    account: str
    client_id: str
    symbol: str
    time_ns: int
    re: Count = 0
    order: int = 0
    sequence: int = 0


class Accepted(Report, tag="accepted", frozen=True, kw_only=True):
    """The order is in. ``remaining`` is less than asked for where a reduce-only order was cut."""

    side: Side
    remaining: str


class Rejected(Report, tag="rejected", frozen=True, kw_only=True):
    """The request ``what`` changed nothing. ``reason`` is a stable word, ``text`` is for people."""

    what: str
    reason: str
    text: str


class Fill(Report, tag="fill", frozen=True, kw_only=True):
    """A trade of the order. ``execution`` counts the fills of an epoch; ``trade`` is the same for both parties."""

    side: Side
    execution: int
    trade: int
    price: str
    quantity: str
    remaining: str
    liquidity: Literal["maker", "taker", "auction"]


class Canceled(Report, tag="canceled", frozen=True, kw_only=True):
    """``quantity`` is gone."""

    reason: str
    quantity: str


class Expired(Report, tag="expired", frozen=True, kw_only=True):
    """The order's time was over."""

    quantity: str


class Replaced(Report, tag="replaced", frozen=True, kw_only=True):
    """What the order is from now on: ``price`` is its trigger while it waits, ``quantity`` counts what has traded."""

    price: str
    quantity: str
    remaining: str


class Reduced(Report, tag="reduced", frozen=True, kw_only=True):
    """``quantity`` was taken off."""

    quantity: str
    remaining: str


class Triggered(Report, tag="triggered", frozen=True, kw_only=True):
    """A stop's trigger was reached."""

    remaining: str


class OrderState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as it stands."""

    order: int
    client_id: str
    symbol: str
    side: Side
    type: Type
    force: Force
    status: Status
    quantity: str
    filled: str
    remaining: str
    price: str | None = None
    trigger: str | None = None
    display: str | None = None
    reason: str = ""


class Orders(Message, tag="orders", frozen=True, kw_only=True):
    """The answer to a query of orders, in their order of arrival. ``more``: ask again after the last of these."""

    re: Count
    sequence: int
    orders: list[OrderState]
    more: bool = False


class Fills(Message, tag="fills", frozen=True, kw_only=True):
    """The answer to a query of fills. ``more``: ask again since the last of these."""

    re: Count
    sequence: int
    fills: list[Fill]
    more: bool = False


class Positions(Message, tag="positions", frozen=True, kw_only=True):
    """The answer to a query of positions: quantity bought less quantity sold, by symbol, as of report ``sequence``."""

    re: Count
    sequence: int
    positions: dict[str, str]


class Subscribed(Message, tag="subscribed", frozen=True, kw_only=True):
    """What the connection hears of an instrument from now on. A book, a quote and a phase follow as they stand."""

    re: Count
    symbol: str
    book: bool
    trades: bool
    quotes: bool


class Done(Message, tag="done", frozen=True, kw_only=True):
    """An administrator's message was carried out."""

    re: Count


class Quote(Message, tag="quote", frozen=True, kw_only=True):
    """The best of both sides, None for an empty one."""

    symbol: str
    time_ns: int
    bid: Level | None = None
    ask: Level | None = None


class BookUpdate(Message, tag="book", frozen=True, kw_only=True):
    """Best levels (price, quantity) that changed; quantity 0: no longer among them. A ``snapshot`` has all."""

    symbol: str
    time_ns: int
    bids: list[Level]
    asks: list[Level]
    snapshot: bool = False


class Trade(Message, tag="trade", frozen=True, kw_only=True):
    """A trade. ``side`` is who came in, None in an auction."""

    symbol: str
    time_ns: int
    trade: int
    price: str
    quantity: str
    side: Side | None = None


class PhaseChange(Message, tag="phase", frozen=True, kw_only=True):
    """An instrument's phase from now on."""

    symbol: str
    time_ns: int
    phase: PhaseName


FromClient = (
    Hello | New | Cancel | Reduce | Replace | QueryOrder | QueryOpen | QueryFills | QueryPosition | Subscribe
    | Heartbeat | SetFaults | SetPhase | SetDayEnd
)  # fmt: skip
FromExchange = (
    Welcome | Bye | Accepted | Rejected | Fill | Canceled | Expired | Replaced | Reduced | Triggered | Orders | Fills
    | Positions | Subscribed | Done | Heartbeat | Quote | BookUpdate | Trade | PhaseChange
)  # fmt: skip
