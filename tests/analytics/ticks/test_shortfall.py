"""Perold's shortfall by hand."""

import pytest
from tests.analytics.ticks.test_costs import run
from tests.vector.ticks.histories import SECOND, SET, Once, ticks_of

from lockstep.analytics.ticks.shortfall import shortfall
from lockstep.errors import BacktestError
from lockstep.vector import backtest


def test_shortfall_counts_what_was_not_bought() -> None:
    result = run()
    found = shortfall(result.ticks, result.records["fills"], quantity=5.0, decided_ns=SECOND, ended_ns=12 * SECOND)
    # Two at 100 against 101; three more would have been bought 3.5 lower: not buying them was a gain.
    assert (found.trading, found.opportunity, found.fees) == (-2.0, -10.5, 0.0)
    assert found.total == -12.5


def test_what_was_filled_before_the_decision_belongs_to_another() -> None:
    result = run(lot_fee=0.5)
    found = shortfall(result.ticks, result.records["fills"], quantity=2.0, decided_ns=3 * SECOND, ended_ns=12 * SECOND)
    # The middle is 100.5 at second 3 and 97.5 at second 12.
    assert (found.trading, found.opportunity, found.fees) == (0.0, -6.0, 0.0)


def test_of_a_result_the_decision_is_the_first_order_and_the_quantity_what_was_traded() -> None:
    result = run(lot_fee=0.5)
    assert (result.shortfall().trading, result.shortfall().opportunity, result.shortfall().fees) == (-2.0, 0.0, 1.0)
    # Its order ended at second 2, when the middle was still 101.
    assert result.shortfall(5.0).opportunity == 0.0
    assert result.shortfall(5.0, ended_ns=12 * SECOND).opportunity == -10.5


def test_without_an_order_there_was_no_decision() -> None:
    one_sided = ticks_of((1.0, SET, 0, 100, 5), (2.0, SET, 0, 100, 6))
    with pytest.raises(BacktestError, match="the run sent no order"):
        backtest(one_sided, Once(), cash=1000.0).shortfall()
