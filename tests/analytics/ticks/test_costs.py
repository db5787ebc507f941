"""Costs of fills and orders by hand."""

from datetime import timedelta

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, Once, ticks_of

from lockstep.analytics.ticks.costs import fill_costs, order_costs
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.vector import backtest
from lockstep.vector.ticks.result import TickResult

# Bought at 100 at second 2, when the middle is 101; then the bid falls away: 99 to 102 at second 3, 97 to 98 at 12.
FALLING = (
    *BOOK, (2.0, TRADE, 0, 100, 7), (3.0, SET, 0, 99, 4), (3.0, SET, 0, 100, 0),
    (12.0, SET, 0, 99, 0), (12.0, SET, 0, 97, 1), (12.0, SET, 1, 98, 2),
)  # fmt: skip


def run(**settings: float) -> TickResult:
    return backtest(ticks_of(*FALLING), Once(), cash=1000.0, ticks=TickExecution(**settings))  # type: ignore[arg-type]


def test_a_maker_earns_half_the_spread_and_may_lose_it_to_the_market() -> None:
    result = run()
    costs = fill_costs(result.ticks, result.records["fills"], (1.0, 10.0))
    assert costs.against_fill.tolist() == [-1.0]  # bought one below the middle
    assert costs.against_sent.tolist() == [-1.0]
    assert costs.markouts[1.0].tolist() == [0.5]  # the middle is 100.5 a second later
    assert costs.markouts[10.0].tolist() == [-2.5]  # and 97.5 ten seconds later


def test_orders_against_arrival_and_what_was_traded_meanwhile() -> None:
    result = run()
    costs = order_costs(result.ticks, result.records["orders"], result.records["fills"])
    assert costs.against_arrival.tolist() == [-1.0]
    assert costs.wait_s.tolist() == [1.0]
    assert costs.against_vwap.tolist() == [0.0]  # all seven lots were traded at 100


def test_the_shortfall_of_each_order_counts_what_it_paid_what_it_missed_and_fees() -> None:
    # Seven lots asked for at 100 when the middle is 101: two get past the five ahead, and two more trade with the lots
    # that are offered at 98. Three are left when the run ends, with a middle of 97.5.
    result = backtest(ticks_of(*FALLING), Once(lots=7), cash=1000.0, ticks=TickExecution(maker_fee=0.01))
    assert result.records["fills"]["lots"].tolist() == [2, 2]
    costs = order_costs(result.ticks, result.records["orders"], result.records["fills"])
    assert costs.quantity.tolist() == [4.0]
    assert costs.trading.tolist() == [-4.0]
    assert costs.opportunity.tolist() == [-10.5]
    assert costs.fees.tolist() == pytest.approx([4.0])
    assert costs.shortfall.tolist() == pytest.approx([-10.5])
    assert costs.summary()["shortfall"] == pytest.approx(-10.5)


def test_costs_end_where_the_order_ended_at_the_exchange() -> None:
    """A report that is ten seconds late lengthens no order, and no trade after the end is in its VWAP."""
    late = TickExecution(Latency(report=10 * SECOND))
    ticks = ticks_of(*FALLING[:3], (2.5, TRADE, 1, 150, 93), *FALLING[3:], (30.0, TRADE, 0, 97, 1))
    result = backtest(ticks, Once(), cash=1000.0, ticks=late)
    costs = result.order_costs()
    assert result.orders["heard"].to_list()[0] - result.orders["ended"].to_list()[0] == timedelta(seconds=10)
    assert costs.wait_s.tolist() == [1.0]
    assert costs.against_vwap.tolist() == [0.0]


def test_an_order_that_never_arrived_waited_for_nothing() -> None:
    result = backtest(ticks_of(*FALLING), Once(), cash=1000.0, ticks=TickExecution(Latency(submit=60 * SECOND)))
    costs = result.order_costs()
    assert np.isnan(costs.wait_s).all()
    assert result.orders["arrived"].to_list() == [None]


def test_without_fills_nothing_is_known() -> None:
    result = backtest(ticks_of(*BOOK), Once(), cash=1000.0)
    costs = result.costs((1.0,))
    for name in ("markout_1s", "slippage_arrival", "slippage_vwap", "maker_share", "ahead_at_entry", "ahead_at_fill"):
        assert np.isnan(costs[name]), name
    assert costs["fill_ratio"] == 0.0
    assert costs["shortfall"] == 0.0  # the middle has not moved: it missed nothing
    assert result.split().total == 0.0


def test_a_result_tells_all_costs_at_once() -> None:
    costs = run().costs((1.0, 10.0))
    assert costs == {
        "slippage_sent": -1.0, "slippage_fill": -1.0, "markout_1s": 0.5, "markout_10s": -2.5, "slippage_arrival": -1.0,
        "slippage_vwap": 0.0, "shortfall": -2.0, "shortfall_trading": -2.0, "shortfall_opportunity": 0.0,
        "shortfall_fees": 0.0, "fill_ratio": 1.0, "maker_share": 1.0, "ahead_at_entry": 5.0, "ahead_at_fill": 0.0,
    }  # fmt: skip
