"""Orders sent again stand and end as they did, by hand."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, TRADE, Once, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import Force, OrderType, Prevention
from lockstep.kernels.ticks.desk import (
    cancel,
    now,
    replace,
    replace_stop,
    submit,
    submit_iceberg,
    submit_limit,
    submit_stop,
    submit_trailing_stop,
    wake_at,
)
from lockstep.kernels.ticks.stops import share
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies import OrderKernel, param
from lockstep.vector import backtest
from lockstep.vector.ticks.calibration.replay import replayed, scripted
from lockstep.vector.ticks.frames import order_records, request_records


class Turn(NamedTuple):
    done: int
    row: int


class Changes(OrderKernel):
    """Bids at second 1, and at second 2 withdraws or goes one tick up."""

    on_feed = False
    withdraws: bool = param(False)

    @staticmethod
    def init(params: Any) -> Turn:
        return Turn(0, -1)

    @staticmethod
    def act(state: Turn, desk: Any, params: Any) -> Turn:
        wake_at(desk, now(desk) + 1_000_000_000)
        row = state.row
        if state.done == 0:
            row = submit_limit(desk, BID, 100 if params.withdraws else 99, 3)
        elif state.done == 1:
            if params.withdraws:
                cancel(desk, row)
            else:
                replace(desk, row, 100, 2)
        return Turn(state.done + 1, row)


def test_an_order_rests_until_its_end_at_the_exchange_not_until_its_report() -> None:
    """Six lots are ahead of the last of it: those who wait for the report at second 9 would trade at second 5."""
    ticks = ticks_of(*BOOK, (5.0, TRADE, 0, 100, 20), (20.0, TRADE, 0, 90, 1))
    late = TickExecution(Latency(report=7 * SECOND))
    orders = backtest(ticks, Changes(withdraws=True), cash=1e3, ticks=late).records["orders"]
    assert orders["ended_ns"].tolist() == [2 * SECOND]
    assert orders["heard_ns"].tolist() == [9 * SECOND]
    assert len(replayed(ticks, orders, TickExecution())) == 0


@pytest.mark.parametrize("latency", [Latency(), Latency(report=3 * SECOND), Latency(replace=SECOND // 2)])
def test_a_replaced_order_begins_with_its_first_terms(latency: Latency) -> None:
    """It joins the five at 100 at second 2 or 2.5: the five that trade before are not those ahead of it."""
    ticks = ticks_of(*BOOK, (1.5, TRADE, 0, 100, 5), (4.0, TRADE, 0, 100, 6), (20.0, TRADE, 0, 90, 1))
    result = backtest(ticks, Changes(), cash=1e3, ticks=TickExecution(latency, keep_requests=True))
    orders, requests = result.records["orders"], result.records["requests"]
    assert [(o["tick"], o["lots"], o["filled"]) for o in orders] == [(100, 2, 2)]
    assert result.records["fills"]["lots"].tolist() == [1, 1]  # one of the six, and one of the trade through its price
    again = replayed(ticks, orders, TickExecution(), requests)
    for name in ("order", "time_ns", "tick", "lots", "maker"):
        np.testing.assert_array_equal(again[name], result.records["fills"][name])
    # With its last terms alone it would have been at 100 from second 1 on, and filled by the six.
    assert replayed(ticks, orders, TickExecution())["lots"].tolist() == [2]


def test_what_the_exchange_refused_is_not_sent_again() -> None:
    result = backtest(ticks_of(*BOOK), Once(tick=100), cash=1e3)
    orders = np.repeat(result.records["orders"], 3)
    orders["state"][0], orders["arrived_ns"] = OrderState.REJECTED, [2 * SECOND, SECOND, 0]
    assert scripted(orders)["arrived_ns"].tolist() == [SECOND]


class Moves(NamedTuple):
    done: int
    row: int
    other: int


class EachSecond(OrderKernel):
    """Acts at each second, from the first on."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> Moves:
        return Moves(0, -1, -1)


class Iceberg(EachSecond):
    """Bids twenty at 100 at second 1, of which two are shown."""

    @staticmethod
    def act(state: Moves, desk: Any, params: Any) -> Moves:
        wake_at(desk, now(desk) + 1_000_000_000)
        if state.done == 0:
            submit_iceberg(desk, BID, 100, 20, 2)
        return Moves(state.done + 1, -1, -1)


class StopMoved(EachSecond):
    """A stop to sell two waits at 95 from second 1, and at 99 from second 3."""

    @staticmethod
    def act(state: Moves, desk: Any, params: Any) -> Moves:
        wake_at(desk, now(desk) + 1_000_000_000)
        row = state.row
        if state.done == 0:
            row = submit_stop(desk, ASK, 95, 2)
        elif state.done == 2:
            replace_stop(desk, row, 99, 0, 2)
        return Moves(state.done + 1, row, -1)


class Follows(EachSecond):
    """A stop to sell two follows the best trade from second 1 on, 1 % behind, and 2 ticks behind from second 3."""

    @staticmethod
    def act(state: Moves, desk: Any, params: Any) -> Moves:
        wake_at(desk, now(desk) + 1_000_000_000)
        row = state.row
        if state.done == 0:
            row = submit_trailing_stop(desk, ASK, share(0.01), 2)
        elif state.done == 2:
            replace_stop(desk, row, 2, 0, 2)
        return Moves(state.done + 1, row, -1)


class TakesItsPlace(EachSecond):
    """Offers at 101, and at second 2 bids there: the offer goes."""

    @staticmethod
    def act(state: Moves, desk: Any, params: Any) -> Moves:
        wake_at(desk, now(desk) + 1_000_000_000)
        if state.done == 0:
            submit_limit(desk, ASK, 101, 1)
        elif state.done == 1:
            submit(desk, BID, OrderType.LIMIT, 101, 1, Force.GTC, 0, 0, 0, Prevention.OLDEST)
        return Moves(state.done + 1, -1, -1)


class RunsOut(EachSecond):
    """Bids one at 101, ahead of all, until second 4."""

    @staticmethod
    def act(state: Moves, desk: Any, params: Any) -> Moves:
        wake_at(desk, now(desk) + 1_000_000_000)
        if state.done == 0:
            submit(desk, BID, OrderType.LIMIT, 101, 1, Force.GTD, 0, 4_000_000_000, 0)
        return Moves(state.done + 1, -1, -1)


def sent_again(strategy: OrderKernel, *events: Any) -> tuple[Any, Any, Any]:
    """Return the orders of a run over BOOK and these events, its fills, and those of its orders sent again."""
    ticks = ticks_of(*BOOK, *events)
    result = backtest(ticks, strategy, cash=1e4, ticks=TickExecution(keep_requests=True))
    records = result.records
    again = replayed(ticks, records["orders"], TickExecution(), records["requests"])
    # A frame of one's own orders says as much as the records.
    requests = request_records(result.requests, ticks.instrument)
    framed = replayed(ticks, order_records(result.orders, ticks.instrument), TickExecution(), requests)
    names = ["order", "time_ns", "tick", "lots", "maker"]
    np.testing.assert_array_equal(framed[names], again[names])
    return records["orders"], records["fills"][names], again[names]


def test_an_iceberg_shows_no_more_than_it_did() -> None:
    """Thirteen trade at 100: five that were ahead, two that it shows, and nobody else is asked."""
    orders, fills, again = sent_again(Iceberg(), (3.0, TRADE, 0, 100, 13), (9.0, TRADE, 1, 103, 1))
    assert (orders["display"].tolist(), orders["lots"].tolist()) == ([2], [20])
    assert 0 < fills["lots"].sum() < 8  # an order that shows all gets eight
    np.testing.assert_array_equal(again, fills)


def test_a_stop_waits_with_the_trigger_that_it_had() -> None:
    """The trade at 98 of second 2 triggers a stop at 99 alone, which this one became later."""
    events = [(2.0, TRADE, 0, 98, 1), (2.5, TRADE, 0, 100, 1), (4.0, TRADE, 0, 97, 1), (9.0, TRADE, 1, 103, 1)]
    orders, fills, again = sent_again(StopMoved(), *events)
    assert orders["trigger"].tolist() == [99]
    assert fills["time_ns"].tolist() == [4 * SECOND]
    np.testing.assert_array_equal(again, fills)


@pytest.mark.parametrize(("change", "at"), [(99, 2.5), (100, 4.0)])
def test_a_trailing_stop_keeps_the_distance_that_it_had(change: int, at: float) -> None:
    """Behind 100 it stands at 99, which the trade of second 2.5 may reach; later two behind 101, which 99 is again."""
    events = [(1.5, TRADE, 0, 100, 1), (2.5, TRADE, 0, change, 1), (3.2, TRADE, 0, 101, 1), (3.5, TRADE, 0, 100, 1)]
    orders, fills, again = sent_again(Follows(), *events, (4.0, TRADE, 0, 99, 1), (9.0, TRADE, 1, 103, 1))
    assert (orders["type"].tolist(), orders["trigger"].tolist()) == ([OrderType.TRAILING_STOP], [99])
    assert orders["trail"].tolist() == [-10_000_000 if at < 3.0 else 2]
    assert set(fills["time_ns"].tolist()) == {int(at * SECOND)}
    np.testing.assert_array_equal(again, fills)


def test_own_orders_meet_as_they_did() -> None:
    """The bid stays, for the offer made room; one that gave way itself would have no fill."""
    orders, fills, again = sent_again(TakesItsPlace(), (5.0, TRADE, 0, 101, 1), (9.0, TRADE, 1, 103, 1))
    assert orders["prevention"].tolist() == [Prevention.NEWEST, Prevention.OLDEST]
    assert fills["order"].tolist() == [2]
    np.testing.assert_array_equal(again, fills)


def test_an_order_runs_out_before_the_trade_of_that_moment() -> None:
    orders, fills, again = sent_again(RunsOut(), (4.0, TRADE, 0, 101, 1), (9.0, TRADE, 1, 103, 1))
    assert (orders["state"].tolist(), orders["ended_ns"].tolist()) == ([OrderState.EXPIRED], [4 * SECOND])
    assert len(fills) == len(again) == 0


def test_an_order_that_ran_out_at_a_venue_says_so_by_its_state() -> None:
    """Frames of live orders need no column of when an order was to end."""
    ticks = ticks_of(*BOOK, (4.0, TRADE, 0, 101, 1), (9.0, TRADE, 1, 103, 1))
    orders = backtest(ticks, RunsOut(), cash=1e4).records["orders"].copy()
    orders["expiry_ns"], orders["force"] = 0, Force.GTC
    assert len(replayed(ticks, orders, TickExecution())) == 0
    orders["ended_ns"] += 1
    assert replayed(ticks, orders, TickExecution())["time_ns"].tolist() == [4 * SECOND]
