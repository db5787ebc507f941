"""The generator of cases: the same for a seed, and free of what we and the peers mean differently."""

import numpy as np
import pytest
from benchmarks.peers.agree import disagreements, same
from benchmarks.peers.cases import cross_case, cross_prices, portfolio_case, portfolio_prices, portfolio_sizes, touches


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_always_gives_the_same(seed: int) -> None:
    case = portfolio_case(seed)
    assert portfolio_case(seed) == case
    assert np.array_equal(portfolio_sizes(case), portfolio_sizes(case), equal_nan=True)
    assert cross_case(seed) == cross_case(seed)


def test_bars_obey_the_rules_of_bars() -> None:
    for made in (portfolio_prices(portfolio_case(1)), cross_prices(cross_case(1))):
        assert (made["low"] > 0.0).all()
        assert (made["low"] <= np.minimum(made["open"], made["close"])).all()
        assert (made["high"] >= np.maximum(made["open"], made["close"])).all()
        assert np.array_equal(made["close"] * 64.0, np.rint(made["close"] * 64.0))


def test_averages_that_touch_are_found() -> None:
    # Found by comparing with backtesting.py: at bar 490 of this walk both averages are equal.
    case = {**cross_case(3), "seed": 55, "rows": 713, "fast": 8, "slow": 16}
    assert touches(case)
    assert not touches(cross_case(3))


def test_a_missing_or_different_figure_is_a_disagreement() -> None:
    assert disagreements({"a": 1.0}, {"a": 1.0 + 1e-12}) == []
    assert len(disagreements({"a": 1.0}, {"a": 1.0 + 1e-6, "b": 2.0})) == 2
    assert same(None, None)
    assert not same(None, 1.0)
