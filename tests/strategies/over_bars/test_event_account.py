"""Event strategies in a backtest: what they are told, when, and what becomes of their orders."""

import asyncio
from typing import Any

import pytest
from tests.vector.market_days import days, market, walk

from lockstep.errors import OrderError, ParameterError, StrategyError
from lockstep.strategies import BaseStrategy, Fill, MarketData, Order, Signal, StrategyManager, bracket, param
from lockstep.vector import OrderList, backtest

RISE = [
    [100.0, 101.0, 99.0, 100.0],
    [100.0, 104.0, 99.5, 103.0],
    [103.0, 107.0, 102.0, 106.0],
    [106.0, 107.0, 105.0, 106.0],
]


class Diary(BaseStrategy):
    """Writes down what it is told and buys once."""

    size: int = param(10, low=1)
    seen: list[Any]

    async def on_start(self) -> None:
        self.seen = ["start"]
        LATEST.append(self)

    async def on_market_data(self, data: MarketData) -> None:
        self.seen.append((data.symbol, data.close, self.position(data.symbol), self.cash, self.equity))
        if len(self.seen) == 2:
            await self.submit_order(Order(symbol=data.symbol, quantity=self.size))

    async def on_fill(self, fill: Fill) -> None:
        self.seen.append(fill)

    async def on_stop(self) -> None:
        self.seen.append("stop")


LATEST: list[Diary] = []


def test_a_strategy_is_told_of_bars_and_of_its_fills_before_them() -> None:
    given = Diary(size=5)
    found = backtest(days(RISE), given, cash=1_000.0)
    told = LATEST[-1].seen
    assert told[:2] == ["start", ("A", 100.0, 0.0, 1_000.0, 1_000.0)]
    assert isinstance(told[2], Fill)
    assert (told[2].quantity, told[2].price, told[2].position) == (5.0, 100.0, 5.0)
    assert told[3] == ("A", 103.0, 5.0, 500.0, 1_015.0)
    assert told[-1] == "stop"
    assert found.equity["equity"].to_list() == [1_000.0, 1_015.0, 1_030.0, 1_030.0]
    assert LATEST[-1] is not given
    assert not hasattr(given, "seen")


def test_signals_are_traded_above_the_threshold() -> None:
    class Hunch(BaseStrategy):
        async def generate_signal(self, data: MarketData) -> Signal:
            await asyncio.sleep(0)  # a real wait: a model's answer, a look-up
            strength = 0.9 if data.close > 102.0 and self.position("A") == 0.0 else 0.7
            return Signal(strength, Order(symbol="A", quantity=1))

    found = backtest(days(RISE), Hunch(), cash=1_000.0)
    assert found.fills.select("row", "price").rows() == [(2, 103.0)]


def test_the_users_own_words_work() -> None:
    class MyStrategy(BaseStrategy):
        async def on_market_data(self, data: MarketData) -> None:
            signal = await self.generate_signal(data)
            if signal.strength > 0.7:
                await self.submit_order(signal.to_order())

        async def generate_signal(self, data: MarketData) -> Signal:
            return Signal(0.8 if data.close == 100.0 else 0.0, Order(symbol=data.symbol, quantity=3))

    assert backtest(days(RISE), MyStrategy()).fills["quantity"].to_list() == [3.0]


def test_events_and_a_list_of_the_same_orders_fill_alike() -> None:
    frame = walk(120, 5)
    closes = frame["close"].tolist()

    class Ladder(BaseStrategy):
        async def on_market_data(self, data: MarketData) -> None:
            row = closes.index(data.close)
            for request in plan.get(row, ()):
                await self.submit_order(request)

    plan = {
        row: bracket(Order(symbol="A", quantity=7, type="limit", limit=closes[row] * 0.995), stop=closes[row] * 0.97,
                     limit=closes[row] * 1.03)
        for row in range(3, 110, 11)
    }  # fmt: skip
    listed = OrderList([(row, order) for row, orders in plan.items() for order in orders])
    told, known = backtest(frame, Ladder()), backtest(frame, listed)
    assert len(known.fills) > 10
    assert told.fills.equals(known.fills)
    assert told.orders.equals(known.orders)
    assert told.equity.equals(known.equity)


def test_cancels_and_replacements_reach_the_engine() -> None:
    class Mover(BaseStrategy):
        tag = 0

        async def on_market_data(self, data: MarketData) -> None:
            if data.close == 100.0:
                self.tag = await self.submit_order(Order(symbol="A", quantity=1, type="limit", limit=50.0))
            elif data.close == 103.0:
                await self.replace_order("A", self.tag, limit=105.0)
            elif data.close == 106.0:
                await self.cancel_order("A", self.tag)

    found = backtest(days(RISE), Mover())
    assert found.fills.select("row", "price", "reason").rows() == [(2, 103.0, "limit_at_open")]
    assert found.refusals["refusal"].to_list() == ["unknown_order", "unknown_order"]


def test_it_runs_inside_a_loop_that_is_running_already() -> None:
    async def notebook() -> int:
        return len(backtest(days(RISE), Diary()).fills)

    assert asyncio.run(notebook()) == 1


def test_several_strategies_have_accounts_of_their_own() -> None:
    bars = market(days(RISE), days(RISE, "B"))
    manager = StrategyManager()
    manager.register(Diary(size=2), id="a", symbols=["A"], allocation=0.5)
    manager.register(Diary(size=3), id="b", symbols=["B"], allocation=0.5)
    found = backtest(bars, manager, cash=2_000.0)
    assert found.fills.select("symbol", "quantity").rows() == [("A", 2.0), ("B", 3.0)]
    assert found.strategies["b"].equity["equity"].to_list()[0] == 1_000.0


def test_what_goes_wrong_names_the_cure() -> None:
    class Wrong(BaseStrategy):
        async def on_market_data(self, data: MarketData) -> None:
            await self.submit_order(Order(symbol="ZZZ", quantity=1))

    class Empty(BaseStrategy):
        async def generate_signal(self, data: MarketData) -> Signal:
            return Signal(0.9)

    with pytest.raises(OrderError, match="traded are A"):
        backtest(days(RISE), Wrong())
    with pytest.raises(StrategyError, match="has no order"):
        backtest(days(RISE), Empty())
    with pytest.raises(ParameterError, match="at least 1"):
        Diary(size=0)
    with pytest.raises(AttributeError, match="is fixed"):
        Diary().size = 3
