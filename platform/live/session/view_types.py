"""What others are told of a session, as plain typed values: for people, gateways and scripts the same.

On the wire names are in camel case, times are ns UTC by the session's clock, and what is not known is null.
"""

from typing import Any

import msgspec


class View(msgspec.Struct, frozen=True, rename="camel"):
    """Base of all of them."""


class RefusalView(View, frozen=True, kw_only=True):
    """Why the risk check let an order or a replacement not pass (docs/risk.md)."""

    code: int
    name: str
    whose: str = ""
    """account or lane."""
    limit: float | None = None
    current: float | None = None
    attempted: float | None = None
    message: str = ""
    """A sentence with the cure."""


class OrderView(View, frozen=True, kw_only=True):
    """An order, open or ended, in units. States are those of FIX's OrdStatus."""

    order_id: str
    """Number of the lane and of the order in it; the end of its client id at a venue."""
    client_order_id: str = ""
    """Of an order by hand."""
    tags: tuple[str, ...] = ()
    """Of an order by hand."""
    lane: str
    order: int
    """Its number in the lane, as the journal has it."""
    symbol: str
    side: str
    type: str
    time_in_force: str
    post_only: bool = False
    reduce_only: bool = False
    quantity: float | None
    """None where it asks for something else than units: a share of the account, over bars."""
    limit_price: float | None = None
    stop_price: float | None = None
    """Where it triggers: of a trailing stop where it stands now, or stood in the end."""
    trail: dict[str, float] | None = None
    """Of a trailing stop how far behind the best trade: ``amount`` or ``percent``, a share."""
    filled_quantity: float = 0.0
    remaining_quantity: float | None = None
    """That may still trade."""
    average_price: float | None = None
    """Of what is filled."""
    fees: float = 0.0
    state: str
    """pending_new, new, partially_filled, filled, pending_cancel, pending_replace, canceled, rejected, expired."""
    why: str = ""
    """Why it ended, or was refused."""
    refusal: RefusalView | None = None
    sent_ns: int
    arrived_ns: int = 0
    """At the venue, as far as that has been heard; 0: not yet."""
    ended_ns: int = 0


class FillView(View, frozen=True, kw_only=True):
    """A trade of an order."""

    fill_id: int
    """The row of the journal that has it."""
    order_id: str
    client_order_id: str = ""
    lane: str
    order: int
    symbol: str
    side: str
    price: float
    quantity: float
    fee: float
    liquidity: str
    """maker or taker."""
    reason: str = ""
    """Over bars: what made it trade."""
    time_ns: int
    position: float
    """Units of the lane after it."""
    realised: float
    """Profit that it made certain, fees left out."""
    arrival_mid: float | None = None
    """The middle of the book when its order was sent, as its strategy heard it; null where it had heard of none."""
    slippage_bps: float | None = None
    """By how many basis points of that middle its price is worse, below zero for better."""


class PositionView(View, frozen=True, kw_only=True):
    """What a lane holds of a symbol."""

    lane: str
    symbol: str
    units: float
    average_price: float | None
    market_price: float | None
    """The middle of the book; over bars the latest close."""
    value: float | None
    unrealised: float | None


class LaneView(View, frozen=True, kw_only=True):
    """A strategy on a symbol, or over bars on several, in units and account currency."""

    name: str
    strategy: str
    """As it was asked for: a name, or a file."""
    parameters: dict[str, Any]
    symbol: str
    """Several are parted by commas."""
    state: str
    """waiting (for the first event of its symbol), running, changing (its parameters), disabled, halted, stalled."""
    halted: str = ""
    """Why it goes on no more."""
    disabled: bool = False
    """May it order nothing, until it is enabled?"""
    by_hand: bool = False
    """Are its orders an operator's?"""
    cash: float
    equity: float | None
    profit: float | None
    """Since the mode began, like all that follows."""
    realised: float
    fees: float
    open_orders: int = 0
    sent: int = 0
    """Orders that left."""
    refused: int = 0
    """Orders that the risk check did not let leave."""
    rejected: int = 0
    """By the venue."""
    canceled: int = 0
    fills: int = 0


class AccountView(View, frozen=True, kw_only=True):
    """All lanes together, in account currency."""

    currency: str
    cash: float
    equity: float | None
    realised: float
    unrealised: float | None
    fees: float
    profit: float | None
    """Since the mode began."""
    day_profit: float | None
    """Since the day of the risk limits began."""


class QuoteView(View, frozen=True, kw_only=True):
    """The market of a symbol as the session has heard it."""

    symbol: str
    bid: float | None = None
    bid_size: float | None = None
    ask: float | None = None
    ask_size: float | None = None
    last: float | None = None
    """Of the latest trade, or the latest close."""
    last_size: float | None = None
    time_ns: int = 0
    """When something was heard of it last."""
    age_seconds: float | None = None


class UseView(View, frozen=True, kw_only=True):
    """One limit that is set, and how much of it is used."""

    key: str
    """As in docs/risk.md."""
    where: str = ""
    """The symbol of which it is, empty for the account."""
    limit: float
    used: float | None = None
    """In the limit's own units; null where it can't be told."""
    of_each_order: bool = False
    """Is each order held against it for itself? Then nothing of it is ever used up."""


class RiskView(View, frozen=True, kw_only=True):
    """An account at one moment."""

    lane: str
    """Of which it is alone, empty for the session's."""
    state: str
    """active, reducing or halted."""
    reason: str
    """RiskCode that set the state, empty while it is active."""
    killed: bool
    equity: float | None
    """When last valued."""
    limits: tuple[UseView, ...]
    rules: dict[str, bool]
    """preventSelfTrade, allowLong, allowShort, allowOutsideHours."""
    restricted: dict[str, str]
    """Symbol -> close_only or restricted."""


class QuantilesView(View, frozen=True, kw_only=True):
    """Of what was measured in the last minute, in microseconds; null where nothing was."""

    measured: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    counts: tuple[int, ...] = ()
    """Of all that was measured since the session's process began, by the classes of ``tally``."""
    seconds: float = 0.0
    """All of that together."""


class LatencyView(View, frozen=True, kw_only=True):
    """How long a session takes."""

    decision: QuantilesView
    """From an event's turn to the journal having what was decided upon it: intents, refusals, fills."""
    durable: QuantilesView
    """From handing rows to the journal to their being durable."""


class SessionView(View, frozen=True, kw_only=True):
    """A session at one moment."""

    id: str
    mode: str
    """backtest, paper or live."""
    state: str
    """active, reducing or halted: the strictest of its accounts."""
    killed: bool
    armed_until_ns: int
    """0: not armed for live."""
    time_ns: int
    taken: int
    """Records of the tape."""
    sources: tuple[str, ...]
    symbols: tuple[str, ...]
    account: AccountView
    lanes: tuple[LaneView, ...]
    positions: tuple[PositionView, ...]
    orders: tuple[OrderView, ...]
    """Open ones, the newest of each lane first."""
    ended: tuple[OrderView, ...]
    """The latest that are over, the newest first."""
    fills: tuple[FillView, ...]
    """The latest, the newest first."""
    risk: tuple[RiskView, ...]
    quotes: tuple[QuoteView, ...]
    notices: tuple[str, ...]
    """What people should know of source and venue, a line each."""
    latency: LatencyView | None = None


class JournalView(View, frozen=True, kw_only=True):
    """How far a journal has come."""

    given: int
    durable: int
    failure: str
    """Empty while it can be written."""


class StatusView(View, frozen=True, kw_only=True):
    """How a session that runs stands."""

    folder: str
    journal: JournalView
    session: SessionView


class OrderAnswer(View, frozen=True, kw_only=True):
    """What became of a command about an order."""

    row: int
    """Of the journal that has the command."""
    last_row: int
    """All that came of it is durable with this one."""
    order: OrderView
    refusal: RefusalView | None = None
    """Of the order, or of its replacement: then it works on as it was."""
    repeated: bool = False
    """Was it asked for before, and is this what became of it then?"""


class PreviewView(View, frozen=True, kw_only=True):
    """What the risk check says to an order that is not sent, and what it would cost."""

    refusal: RefusalView | None
    """None: it would pass."""
    price: float | None
    """At which it would trade as the book stands, or rest."""
    quantity_now: float
    """Units that would trade at once."""
    notional: float | None
    """Account currency, without fees."""
    fees: float | None
    position: float
    """Units of its lane if all of it traded."""
    lane: str
    """Whose the order would be."""
    lane_cash: float | None
    """Of its lane then: what that began with, and what its own orders have paid and brought."""
    account_cash: float | None
    """Of all lanes together then."""
    max_quantity: float | None
    """Units that an order of its side and price has at most if it is to pass; None: nothing limits it."""
    buying_power: float | None
    """The same in account currency, at the reference price."""
    bound_by: str | None
    """The limit that an order above it breaks first, as maxOrderSize; or what else stops it, as killSwitch."""
