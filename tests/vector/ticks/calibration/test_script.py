"""Orders sent again stand and end as they did, by hand."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, TRADE, Once, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.tables import BID
from lockstep.kernels.ticks.desk import cancel, now, replace, submit_limit, wake_at
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies import OrderKernel, param
from lockstep.vector import backtest
from lockstep.vector.ticks.calibration.replay import replayed, scripted


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
