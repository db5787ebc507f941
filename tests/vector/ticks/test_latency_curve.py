"""A strategy that is late gets less, by hand."""

import pytest
from tests.vector.ticks.histories import BOOK, SECOND, TRADE, Once, ticks_of

from lockstep.errors import BacktestError
from lockstep.strategies import BaseStrategy, EmaCross, Order, OrderKernel, Quote
from lockstep.vector.ticks.latency_curve import latency_curve


class OnceByEvent(BaseStrategy):
    """What ``Once`` does, told of quotes."""

    async def on_start(self) -> None:
        self.done = False

    async def on_quote(self, quote: Quote) -> None:
        if not self.done and quote.bid_size and quote.ask_size:
            self.done = True
            await self.submit_order(Order(symbol=quote.symbol, quantity=2.0, type="limit", limit=100.0))


@pytest.mark.parametrize("strategy", [Once(), OnceByEvent()])
def test_an_order_that_comes_too_late_is_not_filled(strategy: OrderKernel | BaseStrategy) -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, 0, 100, 7), (9.0, TRADE, 1, 102, 1))
    curve = latency_curve(ticks, strategy, [0, SECOND // 4, 2 * SECOND], cash=1000.0)
    # It hears of the book at second 1, 1.25 and 3; its order arrives at 1, 1.5 and 5; the trade is at 2.
    assert curve["fills"].to_list() == [1, 1, 0]
    assert curve["profit"].to_list() == [2.0, 2.0, 0.0]
    assert curve["latency_ns"].to_list() == [0, SECOND // 4, 2 * SECOND]


def test_a_strategy_for_bars_has_no_latency_curve() -> None:
    with pytest.raises(BacktestError, match="build bars of the ticks for it"):
        latency_curve(ticks_of(*BOOK), EmaCross(), [0])  # type: ignore[arg-type]


def test_without_a_latency_there_is_no_curve() -> None:
    with pytest.raises(BacktestError, match="at least one latency"):
        latency_curve(ticks_of(*BOOK), Once(), [])
