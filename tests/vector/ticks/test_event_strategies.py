"""Event strategies over ticks, by hand (prices are one tick, sizes one lot) and against an equivalent order kernel."""

import asyncio
import traceback
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import BacktestError, OrderError, StrategyError
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import (
    best_ask,
    best_bid,
    cancel,
    lots_at,
    order_at,
    order_rows,
    replace,
    submit_market,
    submit_post_only,
)
from lockstep.kernels.ticks.own_order import is_resting
from lockstep.strategies import BaseStrategy, BookUpdate, Fill, MarketData, Order, OrderKernel, Quote, Trade
from lockstep.vector import backtest

NAN: Any = pytest.approx(float("nan"), nan_ok=True)
SOLD = ((2.0, TRADE, BID, 100, 6), (3.0, TRADE, BID, 100, 6), (9.0, SET, BID, 90, 1))
"""Six lots are sold to the bid at 100, twice; the last event lets time pass."""


class Diary(BaseStrategy):
    """Writes down what it is told."""

    told: list[Any]

    async def on_start(self) -> None:
        self.told = ["start"]
        LATEST.append(self)

    async def on_quote(self, quote: Quote) -> None:
        self.told.append(quote)

    async def on_trade(self, trade: Trade) -> None:
        self.told.append(trade)

    async def on_fill(self, fill: Fill) -> None:
        self.told.append(fill)

    async def on_stop(self) -> None:
        self.told.append("stop")


LATEST: list[Diary] = []


class Buyer(Diary):
    """Bids once for two lots at 100."""

    tag = 0

    async def on_quote(self, quote: Quote) -> None:
        await super().on_quote(quote)
        if not self.tag:
            self.tag = await self.submit_order(Order(symbol="TEST", quantity=2, type="limit", limit=100))


def told_by(strategy: Diary, *events: Any, **settings: Any) -> list[Any]:
    backtest(ticks_of(*events), strategy, cash=1000.0, ticks=TickExecution(**settings))
    return LATEST[-1].told


def test_quotes_trades_and_books_are_told_where_they_change() -> None:
    class Reader(Diary):
        book_levels = 2

        async def on_book(self, book: BookUpdate) -> None:
            self.told.append(book)

    deeper = ((2.0, TRADE, BID, 100, 6), (2.0, SET, BID, 99, 4), (3.0, SET, BID, 98, 7), (4.0, SET, BID, 100, 0))
    told = told_by(Reader(), *BOOK, *deeper, (5.0, SET, ASK, 102, 0), (5.0, TRADE, -1, 101, 1))
    assert told == [
        "start",
        # Both sides are of one moment: told as a whole.
        Quote("TEST", 1 * SECOND, 100.0, 5.0, 102.0, 5.0),
        BookUpdate("TEST", 1 * SECOND, ((100.0, 5.0),), ((102.0, 5.0),)),
        Trade("TEST", 2 * SECOND, 100.0, 6.0, "sell"),
        BookUpdate("TEST", 2 * SECOND, ((100.0, 5.0), (99.0, 4.0)), ((102.0, 5.0),)),
        # The third level is more than the two it wants.
        Quote("TEST", 4 * SECOND, 99.0, 4.0, 102.0, 5.0),
        BookUpdate("TEST", 4 * SECOND, ((99.0, 4.0), (98.0, 7.0)), ((102.0, 5.0),)),
        Trade("TEST", 5 * SECOND, 101.0, 1.0, ""),
        Quote("TEST", 5 * SECOND, 99.0, 4.0, NAN, 0.0),
        BookUpdate("TEST", 5 * SECOND, ((99.0, 4.0), (98.0, 7.0)), ()),
        "stop",
    ]


def test_prices_and_sizes_are_in_the_instruments_units() -> None:
    class Third(Diary):
        async def on_quote(self, quote: Quote) -> None:
            self.told.append((quote.bid, quote.bid_size, quote.ask))
            await self.submit_order(Order(symbol="TEST", quantity=0.3, type="limit", limit=0.07))

    ticks = ticks_of((1.0, SET, BID, 3, 3), (1.0, SET, ASK, 7, 3), (2.0, TRADE, BID, 3, 1), tick=0.01, lot=0.1)
    result = backtest(ticks, Third(), cash=10.0)
    # 3 x 0.1 would be 0.30000000000000004, 7 x 0.01 0.07: what is told is what people write.
    assert LATEST[-1].told[1] == (0.03, 0.3, 0.07)
    assert LATEST[-1].told[2][2:6] == (1 * SECOND, 0.3, 0.07, 0.0)
    assert result.fills["quantity"].to_list() == pytest.approx([0.3])


def test_a_fill_is_told_when_its_report_arrives() -> None:
    class Watcher(Buyer):
        async def on_trade(self, trade: Trade) -> None:
            self.told.append(("trade", trade.time_ns, self.position("TEST"), self.cash))

        async def on_fill(self, fill: Fill) -> None:
            self.told.append((self.desk.now_ns, fill, self.cash, self.equity))  # type: ignore[attr-defined]

    told = told_by(Watcher(), *BOOK, *SOLD, latency=Latency(report=3 * SECOND // 2), maker_fee=0.01)
    # Five lots are ahead: each trade of six leaves one. Its fill is heard a second and a half later.
    assert told[2:-1] == [
        ("trade", 2 * SECOND, 0.0, 1000.0),
        ("trade", 3 * SECOND, 0.0, 1000.0),
        (7 * SECOND // 2, Fill("TEST", LATEST[-1].tag, 2 * SECOND, 1.0, 100.0, 1.0, 1.0), 899.0, 899.0 + 101.0),
        (9 * SECOND // 2, Fill("TEST", LATEST[-1].tag, 3 * SECOND, 1.0, 100.0, 1.0, 2.0), 798.0, 798.0 + 202.0),
    ]


def test_nothing_is_seen_before_the_feed_brings_it() -> None:
    class Late(Diary):
        async def on_quote(self, quote: Quote) -> None:
            self.told.append(quote)
            await self.submit_order(Order(symbol="TEST", quantity=1))

    events = (*BOOK, (2.0, SET, ASK, 101, 1), (2.0, TRADE, ASK, 101, 1), (9.0, SET, BID, 90, 1))
    result = backtest(ticks_of(*events), Late(), cash=1000.0, ticks=TickExecution(Latency(feed=SECOND, report=10)))
    quotes = [one for one in LATEST[-1].told if isinstance(one, Quote)]
    assert [(quote.time_ns, quote.ask) for quote in quotes] == [(2 * SECOND, 102.0), (3 * SECOND, 101.0)]
    # At 2 s the strategy still believes in 102, while 101 is offered already.
    assert result.fills["price"].to_list() == [101.0, 102.0]
    # The trade of 2 s is heard at 3 s, after the report of the fill at 2 s.
    kinds = [type(one).__name__ for one in LATEST[-1].told[1:-1]]
    assert kinds == ["Quote", "Fill", "Trade", "Quote", "Fill"]


def test_what_is_sent_at_the_start_leaves_when_the_history_begins() -> None:
    class Early(BaseStrategy):
        async def on_start(self) -> None:
            await self.submit_order(Order(symbol="TEST", quantity=3))

    result = backtest(ticks_of(*BOOK, *SOLD), Early(), cash=1000.0)
    assert result.fills.select("price", "quantity").rows() == [(102.0, 3.0)]
    assert result.orders["sent"].to_list() == [datetime.fromtimestamp(1, UTC)]


def test_requests_about_one_order_go_one_at_a_time() -> None:
    class Mover(Buyer):
        async def on_quote(self, quote: Quote) -> None:
            await super().on_quote(quote)
            self.told.append(self.desk.open_tags)  # type: ignore[attr-defined]
            if quote.time_ns == 2 * SECOND:
                await self.replace_order("TEST", self.tag, limit=99)
                await self.replace_order("TEST", self.tag, limit=98, quantity=4)
            elif quote.time_ns == 9 * SECOND:
                await self.cancel_order("TEST", self.tag)
                await self.cancel_order("TEST", self.tag)
            elif quote.time_ns == 12 * SECOND:
                await self.cancel_order("TEST", self.tag)  # it has ended: left alone

    events = [(2.0, SET, ASK, 103, 1), (9.0, SET, ASK, 101, 1), (11.0, SET, ASK, 101, 2), (12.0, SET, ASK, 101, 3)]
    events[0] = (2.0, SET, ASK, 102, 4)
    late = TickExecution(Latency(submit=SECOND // 4, report=SECOND // 4))
    result = backtest(ticks_of(*BOOK, *events), Mover(), cash=1000.0, ticks=late)
    tag = LATEST[-1].tag
    assert [one for one in LATEST[-1].told if isinstance(one, tuple) and not isinstance(one, Quote)] == [
        (tag,), (tag,), (tag,), (), (),
    ]  # fmt: skip
    assert result.orders.select("price", "quantity", "state", "why").rows() == [(98.0, 4.0, "canceled", "requested")]
    assert result.orders["ended"].to_list() == [datetime.fromtimestamp(9.25, UTC)]


def test_an_act_may_send_any_number_of_orders() -> None:
    class Ladder(BaseStrategy):
        async def on_quote(self, quote: Quote) -> None:
            if quote.time_ns == SECOND:
                for k in range(700):
                    tag = await self.submit_order(Order(symbol="TEST", quantity=1, type="limit", limit=1 + k % 99))
                    await self.cancel_order("TEST", tag)

    result = backtest(ticks_of(*BOOK, *SOLD), Ladder(), cash=1e6)
    assert result.orders["id"].to_list() == list(range(1, 701))
    assert set(result.orders["state"]) == {"canceled"}


class Picture(NamedTuple):
    bid: int
    bid_lots: int
    ask: int
    ask_lots: int
    changes: int


class Plan(OrderKernel):
    """Acts on every fortieth change of the best prices, in turns."""

    @staticmethod
    def init(params: Any) -> Picture:
        return Picture(NO_TICK, 0, NO_TICK, 0, 0)

    @staticmethod
    def act(state: Picture, desk: Any, params: Any) -> Picture:
        bid, ask = best_bid(desk), best_ask(desk)
        bid_lots, ask_lots = lots_at(desk, BID, bid), lots_at(desk, ASK, ask)
        same = bid == state.bid and ask == state.ask and bid_lots == state.bid_lots and ask_lots == state.ask_lots
        if same or bid == NO_TICK or ask == NO_TICK:
            return state
        count = state.changes + 1
        turn = count % 120
        for row in range(order_rows(desk)):
            order = order_at(desk, row)
            if is_resting(order) and turn == 40:
                replace(desk, row, bid, 5)
            elif is_resting(order) and turn == 80:
                cancel(desk, row)
        if turn == 0:
            submit_post_only(desk, BID, bid, 3)
        elif turn == 100:
            submit_market(desk, ASK, 2)
        return Picture(bid, bid_lots, ask, ask_lots, count)


class SamePlan(BaseStrategy):
    count, resting = 0, 0

    async def on_quote(self, quote: Quote) -> None:
        if quote.bid_size == 0 or quote.ask_size == 0:
            return
        self.count += 1
        turn = self.count % 120
        symbol: str = quote.symbol
        if self.resting in self.desk.open_tags:  # type: ignore[attr-defined]
            if turn == 40:
                await self.replace_order(symbol, self.resting, limit=quote.bid, quantity=5)
            elif turn == 80:
                await self.cancel_order(symbol, self.resting)
        if turn == 0:
            bid = Order(symbol=symbol, quantity=3, type="limit", limit=quote.bid, post_only=True)
            self.resting = await self.submit_order(bid)
        elif turn == 100:
            await self.submit_order(Order(symbol=symbol, quantity=-2))


FLOW = synthetic_flow(60_000, "L2", seed=5)
LATE = Latency(submit=2_000_000, report=1_000_000, feed=3_000_000, jitter=500_000, seed=3)


@pytest.mark.parametrize("latency", [Latency(), LATE], ids=["at once", "late"])
def test_it_trades_as_an_order_kernel_with_the_same_orders_does(
    latency: Latency, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TickExecution(latency, maker_fee=-0.0001, taker_fee=0.0003)
    compiled = backtest(FLOW, Plan(), cash=1e6, ticks=settings)
    monkeypatch.setattr("lockstep.vector.ticks.event_run.BLOCK", 777)
    told = backtest(FLOW, SamePlan(), cash=1e6, ticks=settings)
    assert compiled.fills.height > 30
    assert set(compiled.orders["state"]) >= {"filled", "canceled"}
    assert told.fills.equals(compiled.fills)
    assert told.orders.equals(compiled.orders)
    assert told.equity.equals(compiled.equity)
    assert told.digest == compiled.digest


@pytest.mark.parametrize("latency", [Latency(), Latency(feed=1000)], ids=["at once", "late"])
def test_every_trade_is_told_once_whatever_the_blocks(latency: Latency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockstep.vector.ticks.event_run.BLOCK", 13)
    monkeypatch.setattr("lockstep.strategies.over_ticks.ear._AT_ONCE", 2)
    ticks = synthetic_flow(20_000, "L3", seed=9)
    backtest(ticks, Diary(), cash=1e6, ticks=TickExecution(latency))
    told = [one for one in LATEST[-1].told if isinstance(one, Trade)]
    happened = ticks.frame().filter(pl.col("kind").cast(pl.String).str.to_lowercase() == "execute")
    # What the feed brings after the last event of the exchange is not heard any more.
    heard = len(happened) - (latency.feed > 0 and told[-1].time_ns < happened["time"].dt.timestamp("ns")[-1])
    assert len(told) == heard > 500
    assert [one.time_ns for one in told] == happened["time"].dt.timestamp("ns").to_list()[:heard]
    assert [one.price for one in told] == pytest.approx(happened["price"].to_list()[:heard])
    assert [one.size for one in told] == happened["size"].to_list()[:heard]
    assert {one.side for one in told} == {"buy", "sell"}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"symbol": "ELSE"}, "nothing is known of 'ELSE': traded over these ticks is TEST"),
    ({"size": "value"}, "size must be units, found 'value': work the units out"),
    (
        {"type": "market_if_touched", "stop": 99.0},
        "type must be market or limit or stop or stop_limit or trailing_stop, found 'market_if_touched'",
    ),
    ({"tif": "opg"}, "tif must be gtc or day or gtd or ioc or fok, found 'opg': say the moment"),
    ({"stop_loss": 0.1}, "stands alone, found stop_loss 0.1: send what depends on it when on_fill"),
    ({"group": 3}, "stands alone, found group 3"),
    ({"parent": 3}, "stands alone, found parent 3"),
    ({"type": "limit", "limit": 100.5}, r"multiple of the tick 1.0, found 100.5: the nearest is 100.0"),
    ({"quantity": 1.5}, r"whole lots of 1.0, from one up, found 1.5"),
    ({"quantity": float("inf")}, "whole lots of 1.0, from one up, found inf"),
    ({"quantity": 1e30}, "whole lots of 1.0, from one up, found 1e"),
]


@pytest.mark.parametrize(("given", "said"), REFUSED)
def test_what_ticks_can_not_do_is_refused(given: dict[str, Any], said: str) -> None:
    class Asks(BaseStrategy):
        async def on_quote(self, quote: Quote) -> None:
            await self.submit_order(Order(**{"symbol": "TEST", "quantity": 1, **given}))

    with pytest.raises(OrderError, match=said):
        backtest(ticks_of(*BOOK), Asks(), cash=1000.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": -2}, "can't turn its side: expected a quantity above zero, found -2: cancel it"),
        ({"limit": 99.5}, "multiple of the tick"),
        ({"stop": 99}, "is no stop and has no trigger to replace"),
        ({"trail": 1.0}, "no trailing stop and has no trail to replace"),
    ],
)
def test_replacements_that_ticks_can_not_do_are_refused(change: dict[str, float], said: str) -> None:
    class Asks(Buyer):
        async def on_quote(self, quote: Quote) -> None:
            await super().on_quote(quote)
            await self.replace_order("TEST", self.tag, **change)

    with pytest.raises(OrderError, match=said):
        backtest(ticks_of(*BOOK), Asks(), cash=1000.0)


def test_orders_that_are_not_there_are_refused() -> None:
    class Unknown(BaseStrategy):
        async def on_quote(self, quote: Quote) -> None:
            await self.cancel_order("TEST", 10**9)

    class Twice(BaseStrategy):
        async def on_quote(self, quote: Quote) -> None:
            order = Order(symbol="TEST", quantity=1, type="limit", limit=100)
            await self.submit_order(order)
            await self.submit_order(order)

    class Market(BaseStrategy):
        async def on_quote(self, quote: Quote) -> None:
            tag = await self.submit_order(Order(symbol="TEST", quantity=1))
            await self.replace_order("TEST", tag, quantity=2)

    for strategy, said in (
        (Unknown(), "no order with the tag 1000000000 was sent: .* open are none"),
        (Twice(), "is open already: make a new Order"),
        (Market(), "is a market order, which never rests"),
    ):
        with pytest.raises(OrderError, match=said):
            backtest(ticks_of(*BOOK), strategy, cash=1000.0)


def test_times_in_force_reach_the_exchange() -> None:
    class Forces(BaseStrategy):
        async def on_quote(self, quote: Quote) -> None:
            if quote.time_ns == SECOND:
                at: dict[str, Any] = {"symbol": "TEST", "type": "limit"}
                await self.submit_order(Order(quantity=1, limit=102, post_only=True, **at))
                await self.submit_order(Order(quantity=9, limit=102, tif="fok", **at))
                await self.submit_order(Order(quantity=9, limit=102, tif="ioc", **at))
                ends = datetime.fromtimestamp(2.5, UTC)
                await self.submit_order(Order(quantity=1, limit=99, tif="gtd", expires=ends, **at))
                await self.submit_order(Order(quantity=9, limit=99, reduce_only=True, **at))

    result = backtest(ticks_of(*BOOK, *SOLD), Forces(), cash=1000.0)
    # Five are offered at 102: too few for nine at once, and the ioc order takes them. Buying more reduces nothing.
    assert result.orders.sort("id").select("filled", "state", "why").rows() == [
        (0.0, "rejected", "would_trade"),
        (0.0, "rejected", "not_enough"),
        (5.0, "canceled", "not_filled"),
        (0.0, "expired", "expired"),
        (0.0, "rejected", "nothing_to_reduce"),
    ]


def test_what_user_code_raises_keeps_its_traceback() -> None:
    class Broken(BaseStrategy):
        async def on_trade(self, trade: Trade) -> None:
            raise KeyError("nothing here")

    with pytest.raises(KeyError, match="nothing here") as caught:
        backtest(ticks_of(*BOOK, *SOLD), Broken(), cash=1000.0)
    assert traceback.extract_tb(caught.tb)[-1].name == "on_trade"


def test_it_runs_inside_a_loop_that_is_running_already_in_a_fresh_instance() -> None:
    given = Buyer()

    async def notebook() -> int:
        return int(backtest(ticks_of(*BOOK, *SOLD), given, cash=1000.0).fills.height)

    assert asyncio.run(notebook()) == 2
    assert LATEST[-1] is not given
    assert not hasattr(given, "told")


def test_what_can_not_be_told_anything_is_refused() -> None:
    class OfBars(BaseStrategy):
        async def on_market_data(self, data: MarketData) -> None: ...

    class Levels(BaseStrategy):
        book_levels = 0

        async def on_book(self, book: BookUpdate) -> None: ...

    with pytest.raises(BacktestError, match=r"OfBars is told of bars alone \(on_market_data\): give it on_quote"):
        backtest(ticks_of(*BOOK), OfBars(), cash=1000.0)
    with pytest.raises(BacktestError, match="book_levels must be a whole number from 1 up, found 0"):
        backtest(ticks_of(*BOOK), Levels(), cash=1000.0)


def test_hooks_that_nobody_would_call_or_wait_for_are_refused() -> None:
    with pytest.raises(StrategyError, match=r"nobody calls Slip.on_qoute; did you mean 'on_quote'"):
        type("Slip", (BaseStrategy,), {"on_qoute": BaseStrategy.on_quote})
    with pytest.raises(StrategyError, match=r"Plain.on_quote is waited for: write it with async def"):
        type("Plain", (BaseStrategy,), {"on_quote": lambda self, quote: None})
    type("Own", (BaseStrategy,), {"on_monday": lambda self: None})  # a method of its own


def test_bars_refuse_what_hears_ticks_alone() -> None:
    bars = {"time": ["2024-01-01"], "open": [1.0], "high": [1.0], "low": [1.0], "close": [1.0], "volume": [1.0]}
    with pytest.raises(BacktestError, match=r"Buyer is told of ticks alone \(on_quote, on_trade\): run it over ticks"):
        backtest(bars, Buyer(), cash=1000.0)
