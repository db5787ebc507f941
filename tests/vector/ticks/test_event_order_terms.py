"""What an event strategy may say of its orders over ticks: icebergs, own orders that meet, triggers that move."""

from typing import Any

import polars as pl
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import StrategyError
from lockstep.kernels.book.tables import BID
from lockstep.strategies import BaseStrategy, BookUpdate, Order, Replace
from lockstep.vector import backtest

# A quote a second, at which a strategy acts.
CLOCK = tuple((float(second), SET, BID, 98, second) for second in range(2, 10))
WHOLE = (*BOOK, (1.0, SET, BID, 98, 1))


class Steps(BaseStrategy):
    """Acts once a second, told of changes of the book."""

    async def on_start(self) -> None:
        self.done = 0

    async def on_book(self, book: BookUpdate) -> None:
        if book.time_ns >= (self.done + 1) * SECOND and book.bids and book.asks:
            self.done += 1
            await self.do(self.done)

    async def do(self, step: int) -> None:
        raise AssertionError


def outcome_of(strategy: BaseStrategy, *events: Any) -> pl.DataFrame:
    ordered = sorted((*WHOLE, *CLOCK, *events), key=lambda event: event[0])
    return backtest(ticks_of(*ordered), strategy, cash=1e4, ticks=TickExecution()).orders


def test_an_iceberg_shows_a_part() -> None:
    class Hides(Steps):
        async def do(self, step: int) -> None:
            if step == 1:
                await self.submit_order(Order(symbol="TEST", quantity=20, type="limit", limit=100, display=2))

    class Shows(Steps):
        async def do(self, step: int) -> None:
            if step == 1:
                await self.submit_order(Order(symbol="TEST", quantity=20, type="limit", limit=100))

    # Five are ahead; of the eight behind them an order that shows all gets every one.
    hidden, shown = (outcome_of(kind(), (3.5, TRADE, BID, 100, 13)) for kind in (Hides, Shows))
    assert (hidden["display"].to_list(), shown["display"].to_list()) == ([2.0], [0.0])
    assert shown["filled"].to_list() == [8.0]
    assert 0.0 < hidden["filled"][0] < 8.0


def test_an_order_says_which_of_two_own_ones_ends() -> None:
    class Meets(Steps):
        prevention: Any = "newest"

        async def do(self, step: int) -> None:
            if step == 1:
                await self.submit_order(Order(symbol="TEST", quantity=-1, type="limit", limit=101))
            if step == 2:
                terms: Any = {"type": "limit", "limit": 101, "prevention": self.prevention}
                await self.submit_order(Order(symbol="TEST", quantity=1, **terms))

    class Gives(Meets):
        prevention = "oldest"

    newest, oldest = outcome_of(Meets()), outcome_of(Gives())
    assert newest.sort("id")["state"].to_list() == ["resting", "canceled"]
    assert oldest.sort("id")["state"].to_list() == ["canceled", "resting"]
    assert oldest.sort("id")["prevention"].to_list() == ["newest", "oldest"]


def test_a_stop_gets_another_trigger() -> None:
    class Trails(Steps):
        """Asks for a trigger of 97 and, before the answer comes, for one lot more: both hold."""

        async def do(self, step: int) -> None:
            if step == 1:
                self.tag = await self.submit_order(Order(symbol="TEST", quantity=-1, type="stop", stop=95))
            if step == 3:
                self.desk.request(Replace(symbol="TEST", tag=self.tag, quantity=-2))
                self.desk.request(Replace(symbol="TEST", tag=self.tag, stop=97))

    stop = outcome_of(Trails(), (3.5, TRADE, BID, 97, 1), (6.5, TRADE, BID, 97, 1))
    assert stop["trigger"].to_list() == [97.0]
    assert stop["filled"].to_list() == [2.0]
    assert stop["state"].to_list() == ["filled"]


@pytest.mark.parametrize(
    ("trail", "nearer", "said"), [(("amount", 3.0), 1.0, (1.0, None)), (("percent", 0.025), 0.0101, (None, 0.0101))]
)
def test_a_trailing_stop_follows_and_gets_another_distance(trail: Any, nearer: float, said: Any) -> None:
    class Follows(Steps):
        """Behind 101 by three; from second 4 on by one, and by two where it is 1.01 % of 101."""

        async def do(self, step: int) -> None:
            if step == 1:
                order = Order(symbol="TEST", quantity=-1, type="trailing_stop", trail=trail)
                self.tag = await self.submit_order(order)
            if step == 3:
                self.desk.request(Replace(symbol="TEST", tag=self.tag, trail=nearer))

    trades = [(2.5, TRADE, BID, 101, 1), (3.2, TRADE, BID, 99, 1), (4.5, TRADE, BID, 101, 1), (6.5, TRADE, BID, 98, 1)]
    stop = outcome_of(Follows(), *trades)
    assert (stop["type"][0], stop["state"][0], stop["filled"][0]) == ("trailing_stop", "filled", 1.0)
    assert tuple(None if value != value else value for value in stop.select("trail", "trail_percent").row(0)) == said
    # What the last trade had reached already comes in at once: 99 is one and two behind.
    assert stop["trigger"][0] in (99.0, 100.0)


def test_only_a_stop_has_a_trigger_to_replace() -> None:
    class Wrong(Steps):
        async def do(self, step: int) -> None:
            if step == 1:
                tag = await self.submit_order(Order(symbol="TEST", quantity=1, type="limit", limit=99))
                self.desk.request(Replace(symbol="TEST", tag=tag, stop=97.0))

    with pytest.raises(StrategyError, match="is no stop and has no trigger"):
        outcome_of(Wrong())
