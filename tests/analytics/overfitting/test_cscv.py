"""PBO equals the libraries purgedcv and holdout-backtest, which look at the returns themselves."""

import math
from itertools import combinations
from statistics import mean, stdev

import holdout
import numpy as np
import purgedcv
import pytest
from benchmarks.overfitting import block_sums

from lockstep.analytics.overfitting import BlockSums, overfitting_probability
from lockstep.analytics.overfitting.cscv import choices, most_parts
from lockstep.errors import OverfittingInputError


def noise(sets: int, periods: int, seed: int, drift: float = 0.0) -> np.ndarray:
    returns = np.random.default_rng(seed).standard_t(4, (sets, periods)) * 0.01
    returns[0] += drift
    return returns


@pytest.mark.parametrize(("sets", "periods", "parts", "seed"), [(20, 640, 16, 1), (7, 960, 8, 2), (51, 1280, 10, 3)])
@pytest.mark.parametrize("drift", [0.0, 0.001])
def test_it_is_holdouts(sets: int, periods: int, parts: int, seed: int, drift: float) -> None:
    returns = noise(sets, periods, seed, drift)
    ours = overfitting_probability(BlockSums.of(*block_sums(returns, blocks=parts * 4)), parts)
    theirs = holdout.probability_of_backtest_overfitting(returns.T, n_blocks=parts)
    assert ours.probability == theirs.pbo
    assert ours.loss == theirs.probability_of_loss
    np.testing.assert_array_equal(ours.winners, theirs.selected)
    np.testing.assert_allclose(ours.inside, theirs.in_sample, rtol=1e-9)
    np.testing.assert_allclose(ours.outside, theirs.out_of_sample, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(np.log(ours.ranks / (1 - ours.ranks)), theirs.logits, rtol=1e-9, atol=1e-12)
    assert (ours.slope, ours.intercept) == pytest.approx(theirs.degradation[:2], rel=1e-6)


@pytest.mark.parametrize(("sets", "seed"), [(10, 4), (24, 5)])
def test_it_is_purgedcvs_on_an_even_number_of_sets(sets: int, seed: int) -> None:
    """With an even number no rank is the median itself, which purgedcv counts as not overfitted."""
    returns = noise(sets, 400, seed)
    ours = overfitting_probability(BlockSums.of(*block_sums(returns, blocks=8)), 8)
    theirs = purgedcv.probability_of_backtest_overfitting(returns, n_splits=8)
    assert ours.probability == pytest.approx(theirs.pbo, abs=1e-12)


def test_it_is_the_definition_written_out() -> None:
    """Three sets, four parts of unequal length: every choice by hand, the rank at the median counted."""
    returns = noise(3, 50, 6)
    owner = np.arange(50) * 4 // 50
    overfitted = 0
    for chosen in combinations(range(4), 2):
        inside = [[x for x, part in zip(line, owner, strict=True) if part in chosen] for line in returns]
        outside = [[x for x, part in zip(line, owner, strict=True) if part not in chosen] for line in returns]
        ratios = [mean(line) / stdev(line) for line in inside]
        tested = [mean(line) / stdev(line) for line in outside]
        best = ratios.index(max(ratios))
        overfitted += sorted(tested).index(tested[best]) + 1 <= 2
    found = overfitting_probability(BlockSums.of(*block_sums(returns, blocks=4)), 4)
    assert found.probability == pytest.approx(overfitted / 6)


def test_the_tiles_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    from lockstep.analytics.overfitting import blocks, cscv

    given = BlockSums.of(*block_sums(noise(37, 640, 7)))
    whole = overfitting_probability(given, 8)
    monkeypatch.setattr(cscv, "TILE_CHOICES", 3)
    monkeypatch.setattr(cscv, "TILE_COLUMNS", 5)
    monkeypatch.setattr(blocks, "TILE_SETS", 4)
    parts = overfitting_probability(given, 8)
    np.testing.assert_array_equal(whole.winners, parts.winners)
    np.testing.assert_allclose(whole.ranks, parts.ranks)


def test_sets_that_are_alike_share_their_rank_and_a_flat_one_is_zero() -> None:
    one = noise(1, 640, 8)
    returns = np.concatenate((one, one, one, np.zeros((1, 640))))
    found = overfitting_probability(BlockSums.of(*block_sums(returns)), 4)
    # Three alike above the flat set: rank 3 of 5; below it: rank 2 of 5; the flat one chosen: rank 1 or 4.
    assert set(np.round(found.ranks * 5, 6)) <= {1.0, 2.0, 3.0, 4.0}
    assert np.isfinite(found.outside).all()


def test_a_set_without_risk_in_a_half_is_no_error() -> None:
    returns = noise(3, 64, 9)
    returns[1] = 0.25
    found = overfitting_probability(BlockSums.of(*block_sums(returns, blocks=4)), 4)
    assert set(found.winners) == {1}
    assert found.probability == 0.0


def test_choices_are_in_order_and_their_complements_in_reverse() -> None:
    table = choices(6)
    assert len(table) == math.comb(6, 3)
    np.testing.assert_array_equal(table[::-1], 1.0 - table)


def test_most_parts_leave_two_periods_in_each() -> None:
    assert most_parts(np.full(64, 10)) == 16
    assert most_parts(np.ones(64, np.int64)) == 16
    # 20 periods: ten parts of six or seven blocks would leave one with a single period.
    assert most_parts(np.bincount(np.arange(20) * 64 // 20, minlength=64)) == 8
    assert most_parts(np.array([3])) == 0


@pytest.mark.parametrize(
    ("sets", "parts", "words"), [(1, 4, "two or more"), (3, 5, "even number"), (3, 64, "two each")]
)
def test_what_can_t_be_tested_is_refused(sets: int, parts: int, words: str) -> None:
    with pytest.raises(OverfittingInputError, match=words):
        overfitting_probability(BlockSums.of(*block_sums(noise(sets, 64, 1))), parts)
