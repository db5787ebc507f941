"""Costs of fills and orders by hand, and a split of the profit that adds up."""

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, Once, ticks_of

from lockstep.analytics.ticks.costs import fill_costs, order_costs, shortfall
from lockstep.vector import backtest
from lockstep.vector.ticks.result import TickResult
from lockstep.vector.ticks.settings import TickExecution

# Bought at 100 at second 2, when the middle is 101; then the bid falls away: 99 to 102 at second 3, 97 to 98 at 12.
FALLING = (
    *BOOK, (2.0, TRADE, 0, 100, 7), (3.0, SET, 0, 99, 4), (3.0, SET, 0, 100, 0),
    (12.0, SET, 1, 98, 2), (12.0, SET, 0, 99, 0), (12.0, SET, 0, 97, 1),
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


def test_the_split_adds_up_to_the_profit() -> None:
    result = run(maker_fee=0.001)
    found = result.split()
    assert (found.spread, found.inventory, found.fees) == pytest.approx((2.0, -7.0, -0.2))
    assert found.total == pytest.approx(result.equity["equity"][-1] - 1000.0)


def test_shortfall_counts_what_was_not_bought() -> None:
    result = run()
    found = shortfall(
        result.ticks, result.records["fills"], quantity=5.0, decided_ns=SECOND, ended_ns=12 * SECOND
    )  # fmt: skip
    # Two at 100 against 101; three more would have been bought 3.5 lower: not buying them was a gain.
    assert (found.trading, found.opportunity, found.fees) == (-2.0, -10.5, 0.0)
    assert found.total == -12.5


def test_without_fills_nothing_is_known() -> None:
    result = backtest(ticks_of(*BOOK), Once(), cash=1000.0)
    costs = result.costs((1.0,))
    assert np.isnan(costs["markout_1s"])
    assert costs["fill_ratio"] == 0.0
    assert result.split().total == 0.0
