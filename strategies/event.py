"""Event strategies: classes that see market data as it comes and submit orders, for logic that can't be compiled.

The same class runs in a backtest, in paper and in live trading: what differs is the desk that it is given.
"""

import inspect
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Never, Protocol

from lockstep._nearest import did_you_mean
from lockstep.errors import ParameterError, StrategyError
from lockstep.strategies.base import Strategy, named_instead
from lockstep.strategies.orders import Cancel, Order, Replace, Request
from lockstep.strategies.parameters import resolve

BAR_HOOKS = frozenset({"on_market_data", "generate_signal"})
TICK_HOOKS = frozenset({"on_quote", "on_trade", "on_book"})
HOOKS = BAR_HOOKS | TICK_HOOKS | {"on_start", "on_fill", "on_corporate_action", "on_mode", "on_stop"}
"""What a run calls, all with ``async def``."""


class MarketData(NamedTuple):
    """A bar that has just closed. Times are nanoseconds UTC, prices in the instrument's currency."""

    symbol: str
    time_ns: int
    """Close time: the moment at which the bar became known."""
    session: int
    """Session day, in days since 1970-01-01 in the exchange's zone."""
    open: float
    high: float
    low: float
    close: float
    volume: float


class Quote(NamedTuple):
    """The best bid and ask of a tick history, in the instrument's units; an empty side has price nan and size 0."""

    symbol: str
    time_ns: int
    """When it was heard."""
    bid: float
    bid_size: float
    ask: float
    ask_size: float


class Trade(NamedTuple):
    """A trade of others in a tick history."""

    symbol: str
    time_ns: int
    """At the exchange; it may be heard later."""
    price: float
    size: float
    side: str
    """``buy`` or ``sell``: what the one who took did; empty where the feed does not say."""


class BookUpdate(NamedTuple):
    """The best levels of the book of a tick history: (price, size) of each, best first."""

    symbol: str
    time_ns: int
    """When it was heard."""
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


class Fill(NamedTuple):
    """One of the strategy's own fills."""

    symbol: str
    tag: int
    """Of the order; -1 for one that the strategy did not submit itself."""
    time_ns: int
    quantity: float
    """Signed units."""
    price: float
    fee: float
    position: float
    """After it."""


class CorporateAction(NamedTuple):
    """A split or a cash dividend that has taken effect in a session (docs/sessions.md)."""

    symbol: str
    time_ns: int
    kind: str
    """``split`` or ``dividend``."""
    value: float
    """How many units one has become, or currency paid on each unit."""
    paid: float
    """Cash received: the dividend, or what was paid for a fraction; below zero where it was paid away."""
    position: float
    """Signed units held after it."""


class ModeChange(NamedTuple):
    """A session goes on under another mode: open orders have ended, what the strategy keeps is as it was."""

    symbol: str
    mode: str
    """``paper`` or ``live``."""
    position: float
    """Signed units really held from here on."""
    before: float
    """Units that the strategy believed to hold until here."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What a look at the market says: how strongly, and which order follows from it."""

    strength: float = 0.0
    """0 for nothing to 1 for certain."""
    order: Order | None = None

    def to_order(self) -> Order:
        """Return the order; raises ``StrategyError`` for a signal without one."""
        if self.order is None:
            raise StrategyError("this signal has no order: make it with Signal(strength, order=Order(...))")
        return self.order


class Desk(Protocol):
    """What a strategy trades through: a backtest, paper or live session."""

    def request(self, request: Request) -> None:
        """Take an order, cancel or replacement."""

    def position(self, symbol: str) -> float:
        """Return signed units held."""

    @property
    def cash(self) -> float:
        """Cash in account currency."""

    @property
    def equity(self) -> float:
        """Cash and positions at their latest prices."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols the strategy trades."""


class BaseStrategy(Strategy):
    """Base of event strategies.

    A subclass says what it makes of market data, either as a signal that is traded when it is strong enough::

        class Breakout(BaseStrategy):
            async def generate_signal(self, data):
                ...
                return Signal(0.9, order=Order(symbol=data.symbol, quantity=10))

    or by overriding ``on_market_data`` itself. Over ticks it overrides ``on_quote``, ``on_trade`` or ``on_book``
    instead. Parameters are declared as in ``Strategy``. Each run gets a fresh instance, so what it keeps on ``self``
    starts anew.
    """

    event_driven: ClassVar[bool] = True
    threshold: ClassVar[float] = 0.7
    """A signal stronger than this is traded."""
    book_levels: ClassVar[int] = 5
    """How many levels of each side ``on_book`` is told of."""
    desk: Desk
    """Set by the run before ``on_start``."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, value in cls.__dict__.items():
            if name in HOOKS and not inspect.iscoroutinefunction(value):
                raise StrategyError(f"{cls.__name__}.{name} is waited for: write it with async def")
            near = did_you_mean(name, HOOKS, 0.8) if callable(value) and name.startswith("on_") else ""
            if near and name not in HOOKS:
                raise StrategyError(f"nobody calls {cls.__name__}.{name}{near} A method of your own needs another name")

    def __init__(self, *unnamed: Never, **values: Any) -> None:
        """Check the given parameters and take defaults for the others; raises ``ParameterError``."""
        if unnamed:
            raise ParameterError(named_instead(type(self), unnamed))
        object.__setattr__(self, "params", self.Params(**resolve(self.parameters, values, self.name)))
        self.check(self.params)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).parameters:
            raise AttributeError(f"parameter {name!r} is fixed: make a new {type(self).__name__}")
        object.__setattr__(self, name, value)

    async def on_start(self) -> None:
        """Be told that a run begins."""

    async def on_market_data(self, data: MarketData) -> None:
        """Be told of a bar that has just closed."""
        signal: Any = await self.generate_signal(data)
        if not isinstance(signal, Signal):
            raise StrategyError(f"{type(self).__name__}.generate_signal must return a Signal, found {signal!r}")
        if signal.strength > self.threshold:
            await self.submit_order(signal.to_order())

    async def generate_signal(self, data: MarketData) -> Signal:
        """Return what a bar means; nothing, unless a subclass says so."""
        return Signal()

    async def on_quote(self, quote: Quote) -> None:
        """Be told, over ticks, of another best price or its size."""

    async def on_trade(self, trade: Trade) -> None:
        """Be told, over ticks, of a trade of others; those of a moment come before its quote."""

    async def on_book(self, book: BookUpdate) -> None:
        """Be told, over ticks, that one of the best ``book_levels`` levels has changed; comes after the quote."""

    async def on_fill(self, fill: Fill) -> None:
        """Be told of an own fill; those of a bar or a moment come before its market data."""

    async def on_corporate_action(self, action: CorporateAction) -> None:
        """Be told, in a session over ticks, of a split or a dividend; a split has ended all open orders."""

    async def on_mode(self, change: ModeChange) -> None:
        """Be told, in a session, that another mode begins; ``desk`` knows the position and cash that are real now."""

    async def on_stop(self) -> None:
        """Be told that the run is over."""

    async def submit_order(self, order: Order | tuple[Order, ...]) -> int:
        """Submit an order, or several that belong together (``bracket``); return the (first) order's tag."""
        orders = order if isinstance(order, tuple) else (order,)
        if not orders:
            raise StrategyError("submit_order takes an Order or several, found none")
        for one in orders:
            if not isinstance(one, Order):
                raise StrategyError(f"submit_order takes an Order, found {one!r}")
            self.desk.request(one)
        return orders[0].tag

    async def cancel_order(self, symbol: str, tag: int) -> None:
        """Cancel a working order."""
        self.desk.request(Cancel(symbol, tag))

    async def replace_order(self, symbol: str, tag: int, **changes: float) -> None:
        """Give a working order another quantity, limit, stop or trail."""
        self.desk.request(Replace(symbol=symbol, tag=tag, **changes))

    def position(self, symbol: str) -> float:
        """Return signed units held."""
        return self.desk.position(symbol)

    @property
    def cash(self) -> float:
        """Cash in account currency."""
        return self.desk.cash

    @property
    def equity(self) -> float:
        """Cash and positions at their latest prices."""
        return self.desk.equity


def own_hooks(kind: type[BaseStrategy]) -> frozenset[str]:
    """Return which hooks of bars and of ticks a class has of its own."""
    return frozenset(n for n in BAR_HOOKS | TICK_HOOKS if getattr(kind, n) is not getattr(BaseStrategy, n))
