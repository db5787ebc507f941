"""Event strategies: the orders they ask for are compared, not what became of them."""

from typing import Any

import numpy as np
from tests.vector.causality.markets import daily, gappy

from lockstep.data import Bars
from lockstep.strategies.event import BaseStrategy, MarketData
from lockstep.strategies.orders import Order
from lockstep.vector.causality import verify


class Swing(BaseStrategy):
    """Buys a fall and sells a rise, and looks at its position and cash while it does."""

    async def on_market_data(self, data: MarketData) -> None:
        held = self.position(data.symbol)
        if data.close < data.open and held == 0.0 and self.cash > data.close:
            await self.submit_order(Order(symbol=data.symbol, quantity=1.0, stop_loss=0.05))
        elif data.close > data.open and held > 0.0:
            await self.submit_order(Order(symbol=data.symbol, quantity=-held, type="limit", limit=data.close))


def one_who_knows(bars: Bars) -> BaseStrategy:
    closes = dict(zip(*(bars.frame()[name].to_list() for name in ("close_time", "close")), strict=True))
    times = np.array([time.timestamp() for time in closes]) * 1e9
    values = list(closes.values())

    class Knows(BaseStrategy):
        async def on_market_data(self, data: MarketData) -> None:
            row = int(np.searchsorted(times, data.time_ns))
            tomorrow = values[min(row + 1, len(values) - 1)]
            if tomorrow > data.close:
                await self.submit_order(Order(symbol=data.symbol, quantity=1.0))

    return Knows()


def test_one_that_looks_back_passes() -> None:
    for bars in (daily(90), gappy(90)):
        found = verify(Swing(), bars, cuts=5)
        assert found.passed, str(found)
        assert found.failed == 0


def test_one_made_from_the_whole_history_is_found() -> None:
    found = verify(one_who_knows, daily(90), cuts=5)
    assert found.verdict == "leak"
    assert found.findings[0].output == "order quantity"
    assert found.findings[0].inputs == ("close",)
    assert found.findings[0].reach == 1


def test_one_that_is_not_the_same_each_time_is_told_apart() -> None:
    calls: list[Any] = []

    class Counts(BaseStrategy):
        async def on_start(self) -> None:
            calls.append(self)

        async def on_market_data(self, data: MarketData) -> None:
            await self.submit_order(Order(symbol=data.symbol, quantity=float(len(calls))))

    assert verify(Counts(), daily(90), cuts=4).verdict == "unstable"
