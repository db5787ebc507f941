"""Backtests over ticks, by hand: prices are one tick, sizes one lot."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, Once, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import BacktestError, LockstepError
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.book.tables import ASK, BID
from lockstep.strategies import EmaCross
from lockstep.vector import backtest, walk_forward
from lockstep.vector.ticks.drive import Driven
from lockstep.vector.ticks.summary import summary


def test_a_resting_order_is_filled_once_the_lots_ahead_have_traded() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 6), (3.0, TRADE, BID, 100, 6))
    result = backtest(ticks, Once(), cash=1000.0, ticks=TickExecution(maker_fee=0.001))
    # Five lots are ahead: the first trade of six leaves one for the order, the second the other.
    assert result.fills["quantity"].to_list() == [1.0, 1.0]
    assert result.fills["maker"].to_list() == [True, True]
    assert result.fills["ahead_at_entry"].to_list() == [5.0, 5.0]
    assert result.fills["cash"].to_list() == pytest.approx([1000 - 100 - 0.1, 1000 - 200 - 0.2])
    assert result.orders["state"].to_list() == ["filled"]
    # Two units worth 101, the middle of 100 and 102.
    assert result.equity["equity"][-1] == pytest.approx(799.8 + 202)
    assert result.metrics()["fill_ratio"] == 1.0


def test_an_order_on_its_way_misses_what_trades_meanwhile() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 6), (3.0, TRADE, BID, 100, 6))
    late = TickExecution(Latency(submit=3 * SECOND // 2))
    result = backtest(ticks, Once(), cash=1000.0, ticks=late)
    assert result.fills["quantity"].to_list() == [1.0]
    assert result.orders["state"].to_list() == ["resting"]  # still open at the end, and written down


def test_a_market_order_walks_the_book_and_pays_for_each_level() -> None:
    ticks = ticks_of(BOOK[0], (1.0, SET, ASK, 102, 1), (1.0, SET, ASK, 105, 5), (2.0, TRADE, ASK, 102, 1))
    result = backtest(ticks, Once(lots=3, market=True), cash=1000.0, ticks=TickExecution(taker_fee=0.01))
    # Both offers are of the same moment, which the strategy hears as a whole.
    assert result.fills["price"].to_list() == [102.0, 105.0]
    assert result.fills["quantity"].to_list() == [1.0, 2.0]
    assert result.fills["fee"].to_list() == pytest.approx([1.02, 2.1])


def test_a_market_order_ends_with_what_it_does_not_find() -> None:
    result = backtest(ticks_of(*BOOK, (2.0, TRADE, ASK, 102, 1)), Once(lots=7, market=True), cash=1000.0)
    assert result.fills["quantity"].to_list() == [5.0]
    assert result.orders["why"].to_list() == ["not_filled"]
    assert result.orders["filled"].to_list() == [5.0]
    assert result.orders["type"].to_list() == ["market"]
    assert np.isnan(result.orders["price"][0])


def test_prices_and_sizes_are_in_the_instruments_units() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 9), tick=0.25, lot=0.1)
    result = backtest(ticks, Once(), cash=1000.0)
    assert result.fills["price"].to_list() == [25.0]
    assert result.fills["quantity"].to_list() == pytest.approx([0.2])
    assert result.fills["cash"].to_list() == pytest.approx([995.0])


def test_what_belongs_to_bars_is_refused() -> None:
    ticks = ticks_of(*BOOK)
    with pytest.raises(BacktestError, match="commission belongs to bars: over ticks give ticks=TickExecution"):
        backtest(ticks, Once(), commission=0.1)
    with pytest.raises(BacktestError, match=r"strategies that see the order book \(OrderKernel\), found EmaCross"):
        backtest(ticks, EmaCross(), cash=1000.0)
    prices = {"time": ["2024-01-01"], "open": [1.0], "high": [1.0], "low": [1.0], "close": [1.0], "volume": [1.0]}
    with pytest.raises(BacktestError, match="ticks= belongs to a history of ticks"):
        backtest(prices, Once(), ticks=TickExecution())  # type: ignore[call-overload]


def test_an_impossible_event_stops_a_strict_run_with_its_place() -> None:
    ticks = ticks_of(*BOOK, (2.0, SET, BID, 99, -5))
    with pytest.raises(BacktestError, match=r"event 3 of the history can't be \(bad size\)"):
        backtest(ticks, Once(), cash=1000.0)
    result = backtest(ticks, Once(), cash=1000.0, ticks=TickExecution(strict=False))
    assert (result.counters["events"], result.refusals) == (3, {"bad_size": 1})
    assert ("Refused events of the history", "Bad size", "1") in [
        (group, row[0], row[1]) for group, rows in summary(result) for row in rows
    ]


def test_latencies_that_were_recorded_are_those_of_the_run() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 6), (9.0, TRADE, BID, 100, 6))
    slow = Latency.recorded([0, 10 * SECOND], [4 * SECOND, 4 * SECOND])
    reports = Latency.recorded([0], [SECOND // 2])
    late = TickExecution(Latency(submit=1, recorded_requests=slow, recorded_reports=reports))
    result = backtest(ticks, Once(), cash=1000.0, ticks=late)
    assert (result.records["orders"]["arrived_ns"] - result.records["orders"]["sent_ns"]).tolist() == [4 * SECOND]
    assert result.fills["quantity"].to_list() == [1.0]  # the first trade came too early for it


def test_chance_remains_for_what_was_not_recorded() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 6), (9.0, TRADE, BID, 100, 9))
    reports = Latency.recorded([0], [0])
    late = TickExecution(Latency(submit=1, jitter=SECOND, seed=3, recorded_reports=reports))
    orders = backtest(ticks, Once(), cash=1000.0, ticks=late).records["orders"]
    assert orders["arrived_ns"][0] - orders["sent_ns"][0] > 1_000_000


def test_a_feed_that_is_late_from_its_second_block_on_is_heard_late() -> None:
    (whole,) = ticks_of(*BOOK[:1], (5.0, SET, BID, 100, 6), (5.0, SET, ASK, 102, 5), (9.0, SET, BID, 99, 1)).blocks()
    received = whole.received_ns + np.array([0, 3, 3, 3]) * SECOND
    late = whole._replace(received_ns=received)

    def sent(*cuts: int) -> list[int]:
        edges = [0, *cuts, 4]
        blocks = [
            TickBlock._make(c[a:b] for c in late) for a, b in pairwise(edges)
        ]  # fmt: skip
        driven = Driven(
            iter(blocks), Once(), TickExecution(), slots=0, cash=1e3, tick_size=1.0, lot_size=1.0, multiplier=1.0
        )
        seconds: list[int] = (driven.drive().written("orders")["sent_ns"] // SECOND).tolist()
        return seconds

    # Both sides are there at second 5, which is heard at second 8.
    assert sent() == sent(1) == sent(1, 2) == [8]


def test_a_position_keeps_its_last_value_while_the_book_is_empty() -> None:
    empty = (3.0, SET, BID, 100, 0), (3.0, SET, ASK, 102, 0)
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 9), *empty, (9.0, TRADE, BID, 1, 1))
    result = backtest(ticks, Once(), cash=1000.0)
    assert result.equity["equity"][-1] == 1000 - 200 + 2 * 101
    assert result.metrics()["end_value"] == 1002.0


def test_cancels_and_replacements_have_recorded_delays_of_their_own() -> None:
    slow, quick = Latency.recorded([0], [5 * SECOND]), Latency.recorded([0], [1])
    late = Latency(submit=1, recorded_requests=quick, recorded_cancels=slow)
    assert late.tables["entry"] is late.tables["replace"] is quick
    assert late.tables["cancel"] is slow
    assert late.tables["report"] is None


def test_chance_in_the_feed_gives_the_strategy_a_book_of_its_own() -> None:
    ticks = ticks_of(*BOOK, *((2.0 + k, TRADE, BID, 100, 1) for k in range(30)))
    late = TickExecution(Latency(feed=SECOND, report=2 * SECOND, feed_jitter=SECOND, seed=4))
    assert late.latency.lead == 0
    at_once = TickExecution(Latency(feed=SECOND, report=2 * SECOND))
    assert at_once.latency.lead == SECOND
    by_chance, steady = (backtest(ticks, Once(), cash=1e3, ticks=one).records["orders"] for one in (late, at_once))
    assert steady["sent_ns"][0] == 2 * SECOND  # both sides are there at second 1
    assert by_chance["sent_ns"][0] > 2 * SECOND


@pytest.mark.parametrize("wrong", [-1, 0.5, True])
def test_chance_in_the_feed_is_whole_nanoseconds(wrong: Any) -> None:
    with pytest.raises(BacktestError, match="feed_jitter must be nanoseconds"):
        Latency(feed_jitter=wrong)


RUN: Any = backtest
WALK: Any = walk_forward
SETTINGS: Any = TickExecution
"""Without their types, as people call them."""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: RUN(ticks_of(*BOOK), "twap"), r"found 'twap': make it with create\('twap'\)"),
        (lambda: RUN(ticks_of(*BOOK), Once), r"found Once: make an instance, Once\(\)"),
        (lambda: RUN([ticks_of(*BOOK)] * 2, Once()), "over one history, found 2: run each, or sweep"),
        (
            lambda: RUN(ticks_of(*BOOK), Once(), ticks=Latency(1)),
            r"takes a TickExecution, found Latency\(submit=1",
        ),
        (lambda: SETTINGS(2_000_000), r"latency must be as in latency=Latency\(submit=2_000_000\), found 2000000"),
        (lambda: TickExecution(taker_fee=5), "taker_fee must be a share of the traded value.*found 5"),
        (lambda: Latency.recorded([], []), "need one or more times and a delay of each, found 0 times"),
        (lambda: Latency.recorded([1, 2], [3]), "found 2 times and 1 delays"),
        (lambda: synthetic_flow(-5), "events must be a whole number from 1 up, found -5"),
        (lambda: WALK(ticks_of(*BOOK), Once, {}, None), "splits bars into sessions, found a history of ticks"),
    ],
)
def test_what_was_meant_otherwise_is_told(asked: Any, said: str) -> None:
    with pytest.raises(LockstepError, match=said):
        asked()


def test_spans_and_horizons_in_other_units_are_told() -> None:
    result = backtest(ticks_of(*BOOK, (2.0, TRADE, BID, 100, 6)), Once(), cash=1e3)
    assert result.book_map("1970-01-01 00:00:01", "1970-01-01 00:00:02").data
    with pytest.raises(LockstepError, match="lies after end"):
        result.book_map("1970-01-01 00:00:02", "1970-01-01 00:00:01")
    with pytest.raises(
        BacktestError, match="nothing of the history lies from 2024-08-08 to None: it reaches from 1970"
    ):
        result.book_map("2024-08-08")
    with pytest.raises(LockstepError, match=r"horizons are seconds after a fill.*found 1e\+09"):
        result.costs([1e9])
