"""A split of the profit that adds up, by hand."""

import pytest
from tests.analytics.ticks.test_costs import run


def test_the_split_adds_up_to_the_profit() -> None:
    result = run(maker_fee=0.001)
    found = result.split()
    # Two lots one below the middle of 101, which then falls by 3.5; a fee of a thousandth of 200.
    assert (found.spread, found.inventory, found.fees) == pytest.approx((2.0, -7.0, -0.2))
    assert found.total == pytest.approx(result.equity["equity"][-1] - 1000.0)
