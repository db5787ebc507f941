"""Event strategies: what they asked for, and when, in a backtest of their own."""

import zlib
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from lockstep.strategies.base import Strategy
from lockstep.strategies.event import MarketData
from lockstep.strategies.orders import Order
from lockstep.vector.backtest import backtest
from lockstep.vector.causality.market import Market
from lockstep.vector.causality.outputs import Output

NUMBERED = ("tag", "parent", "group", "symbol", "quantity")
"""Fields of an order that are told apart, or that only count the orders of a process."""


class Asked(NamedTuple):
    """One order, cancel or replacement."""

    known_at: int
    symbol: str
    quantity: float
    terms: str


class EventSubject:
    """An event strategy in the engine's backtest; its decisions are compared, not their fills."""

    compiled = False
    functions: tuple[Any, ...] = ()
    """None is followed line by line: an event strategy runs in a thread of its own."""

    def __init__(self, strategy: Strategy) -> None:
        """Take an event strategy; each run gets a fresh instance, as in every backtest."""
        self.name, self.strategy = strategy.name, strategy

    def run(self, market: Market) -> list[Output]:
        """Return what was asked for, at the closes at which it was."""
        asked: list[Asked] = []
        backtest(market.as_bars(), _recorded(self.strategy, asked), keep_rows=False)
        known = np.array([one.known_at for one in asked], np.int64)
        symbols = np.array([one.symbol for one in asked], np.str_)
        terms = np.array([zlib.crc32(one.terms.encode()) for one in asked], np.float64)
        quantities = np.array([one.quantity for one in asked], np.float64)
        return [Output("order quantity", known, quantities, symbols), Output("order terms", known, terms, symbols)]


def _recorded(strategy: Strategy, asked: list[Asked]) -> Strategy:
    """Return a strategy of the same class that also writes down what it asks for."""
    kind: Any = type(strategy)
    waiting: list[tuple[str, float, str]] = []

    def take(now: int) -> None:
        asked.extend(Asked(now, *one) for one in waiting)
        waiting.clear()

    class Recorded(kind):  # type: ignore[misc]  # a class known at run time only
        name, title = kind.name, kind.title

        async def on_market_data(self, data: MarketData) -> None:
            take(data.time_ns)  # what was asked on fills of this bar, which are told of at its close
            await super().on_market_data(data)
            take(data.time_ns)

        async def submit_order(self, order: Order | tuple[Order, ...]) -> int:
            for one in order if isinstance(order, tuple) else (order,):
                if isinstance(one, Order):
                    rest = {name: value for name, value in asdict(one).items() if name not in NUMBERED}
                    waiting.append((one.symbol, one.quantity, repr(sorted(rest.items()))))
            tag: int = await super().submit_order(order)
            return tag

        async def cancel_order(self, symbol: str, tag: int) -> None:
            waiting.append((symbol, 0.0, "cancel"))
            await super().cancel_order(symbol, tag)

        async def replace_order(self, symbol: str, tag: int, **changes: float) -> None:
            waiting.append((symbol, 0.0, repr(sorted(changes.items()))))
            await super().replace_order(symbol, tag, **changes)

    made: Strategy = Recorded(**strategy.params._asdict())
    return made
