"""Records as frames, and frames of own trading as records: a round trip keeps all that a fit needs."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, Once, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.errors import BacktestError
from lockstep.vector import TickResult, backtest
from lockstep.vector.ticks.frames import fill_records, order_records, request_records

TICKS = ticks_of(*BOOK, (2.0, TRADE, 0, 100, 6), (3.0, SET, 0, 99, 4), (4.0, TRADE, 0, 100, 9), tick=0.25, lot=0.1)
LATE = TickExecution(Latency(submit=SECOND // 4, report=SECOND // 8), keep_requests=True)
LIVE = {
    "id": [7, 8], "side": ["buy", "SELL"], "type": ["limit", "market"], "price": [25.0, None], "quantity": [0.2, 0.3],
    "filled": [0.2, 0.0], "state": ["filled", "canceled"], "sent": [SECOND, 2 * SECOND],
    "arrived": [SECOND + 5, 2 * SECOND + 5], "ended": [3 * SECOND, 2 * SECOND + 5],
}  # fmt: skip


@pytest.fixture(scope="module", params=[Once(), Once(lots=9, market=True)], ids=["rests", "takes"])
def result(request: pytest.FixtureRequest) -> TickResult:
    return backtest(TICKS, request.param, cash=1000.0, ticks=LATE)


def test_a_round_trip_keeps_all_that_is_shown(result: TickResult) -> None:
    instrument = TICKS.instrument
    orders = order_records(result.orders, instrument)
    for name in orders.dtype.names or ():
        np.testing.assert_array_equal(orders[name], result.records["orders"][name], err_msg=name)
    fills = fill_records(result.fills, instrument)
    for name in set(fills.dtype.names or ()) - {"position", "cash", "realised"}:  # of an account, which no fit looks at
        np.testing.assert_array_equal(fills[name], result.records["fills"][name], err_msg=name)
    np.testing.assert_array_equal(request_records(result.requests, instrument), result.records["requests"])


def test_times_are_utc_and_join_those_of_the_history(result: TickResult) -> None:
    assert result.fills["time"].dtype == pl.Datetime("ns", "UTC")
    assert set(result.orders.select("sent", "arrived", "ended", "heard").dtypes) == {pl.Datetime("ns", "UTC")}
    joined = result.equity.join(TICKS.frame(), on="time")
    assert joined["time"][0] == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert "bars" not in result.trades.columns  # ticks have none


def test_live_orders_come_with_the_columns_that_are_needed() -> None:
    orders = order_records(LIVE, TICKS.instrument)
    assert orders["tick"].tolist() == [100, 0]
    assert orders["lots"].tolist() == [2, 3]
    assert orders["side"].tolist() == [0, 1]
    assert orders["arrived_ns"].tolist() == [SECOND + 5, 2 * SECOND + 5]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arrived": None}, "orders need the columns id, side.*found none named arrived"),
        ({"price": [25.1, None]}, r"price must hold multiples of 0.25, found 25.1 in row 0"),
        ({"state": ["done", "filled"]}, "state must hold free, sent, .* found 'done'"),
        ({"sent": ["9:30", "9:31"]}, "sent must hold date-times or ns since 1970, found String"),
    ],
)
def test_what_can_t_be_read_is_told(change: dict[str, Any], said: str) -> None:
    columns = {name: values for name, values in (LIVE | change).items() if values is not None}
    with pytest.raises(BacktestError, match=said):
        order_records(columns, TICKS.instrument)
