"""White's reality check and Hansen's SPA, beside holdout-backtest, which resamples the returns."""

import math

import holdout
import numpy as np
import pytest
from benchmarks.overfitting import block_sums

from lockstep.analytics.overfitting import BlockSums, superior_ability


def returns(drifts: list[float], seed: int, periods: int = 2560) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.asarray(generator.standard_normal((len(drifts), periods)) + np.array(drifts)[:, None])


@pytest.mark.parametrize(
    ("drifts", "seed"), [([0.0] * 20, 1), ([0.03] + [0.0] * 9, 2), ([0.02] + [-0.2] * 30, 3), ([-0.05] * 5, 4)]
)
def test_the_p_values_are_holdouts(drifts: list[float], seed: int) -> None:
    """Another bootstrap of the same question: equal but for the draws, of 2,000 each."""
    given = returns(drifts, seed)
    ours = superior_ability(BlockSums.of(*block_sums(given)), draws=2000)
    theirs = holdout.superior_predictive_ability(given.T, n_bootstrap=2000, block_length=10.0, seed=1)
    assert ours.best == theirs.best
    assert ours.statistic == pytest.approx(theirs.statistic, rel=0.15, abs=0.05)
    assert (ours.lower, ours.consistent, ours.upper) == pytest.approx(
        (theirs.lower, theirs.consistent, theirs.upper), abs=0.08
    )
    check = holdout.reality_check(given.T, n_bootstrap=2000, block_length=10.0, seed=1)
    assert ours.reality_check == pytest.approx(check.pvalue, abs=0.08)


def test_hopeless_sets_count_for_whites_and_the_upper_bound_only() -> None:
    given = returns([0.04] + [-0.5] * 200, 5)
    found = superior_ability(BlockSums.of(*block_sums(given)))
    assert found.lower <= found.consistent < found.upper
    assert found.consistent < 0.1 < found.upper


def test_a_planted_effect_is_found_and_its_p_value_is_never_zero() -> None:
    found = superior_ability(BlockSums.of(*block_sums(returns([0.0, 0.2, 0.0], 6))), draws=500)
    assert found.best == 1
    assert found.consistent == pytest.approx(1 / 501)


def test_flat_sets_are_no_contenders() -> None:
    given = returns([0.0, 0.05], 7)
    alone = superior_ability(BlockSums.of(*block_sums(given)))
    beside = superior_ability(BlockSums.of(*block_sums(np.concatenate((given, np.zeros((3, 2560)))))))
    assert beside[:6] == alone[:6]


def test_few_blocks_give_no_p_value() -> None:
    found = superior_ability(BlockSums.of(*block_sums(returns([0.0, 0.1], 8), blocks=4)))
    assert math.isnan(found.consistent)
    assert math.isnan(found.reality_check)


def test_the_same_seed_gives_the_same_p_values() -> None:
    blocks = BlockSums.of(*block_sums(returns([0.02] * 10, 9)))
    assert superior_ability(blocks, seed=3) == superior_ability(blocks, seed=3)
