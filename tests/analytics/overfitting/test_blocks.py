"""Sums over blocks give the moments that the returns themselves have."""

import numpy as np
import pytest
from benchmarks.overfitting import block_sums

from lockstep.analytics.overfitting import BlockSums
from lockstep.analytics.overfitting.blocks import merge
from lockstep.errors import OverfittingInputError


def returns(sets: int = 5, periods: int = 640) -> np.ndarray:
    return np.random.default_rng(1).standard_t(4, (sets, periods)) * 0.01 + 0.002


def test_moments_are_those_of_the_returns() -> None:
    given = returns()
    mean, deviation, spread = BlockSums.of(*block_sums(given)).moments
    np.testing.assert_allclose(mean, given.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(deviation, given.std(axis=1, ddof=1), rtol=1e-12)
    # 64 blocks of 10: the deviation of their sums / sqrt(10).
    sums = given.reshape(5, 64, 10).sum(axis=2)
    np.testing.assert_allclose(spread, sums.std(axis=1, ddof=1) / np.sqrt(10), rtol=1e-9)


def test_returns_that_trend_vary_more_in_blocks() -> None:
    """Each return comes four times in a row: the variance of sums is four times that of independent returns."""
    given = np.repeat(np.random.default_rng(2).standard_normal((400, 640)), 4, axis=1)
    assert BlockSums.of(*block_sums(given)).variance_ratios.mean() == pytest.approx(4.0, rel=0.05)


def test_a_flat_set_has_ratio_zero_and_no_variance_ratio() -> None:
    given = returns()
    given[1], given[2] = 0.0, 0.001
    blocks = BlockSums.of(*block_sums(given))
    assert blocks.sharpes[[1, 2]].tolist() == [0.0, 0.0]
    assert np.isnan(blocks.variance_ratios[[1, 2]]).all()


def test_sets_without_a_result_do_not_count() -> None:
    sums, squares, counts = block_sums(returns(4))
    sums[1, 3] = np.nan
    squares[2, 5] = np.inf
    assert BlockSums.of(sums, squares, counts).rows.tolist() == [0, 3]
    assert BlockSums.of(sums, squares, counts, [True, True, True, False]).rows.tolist() == [0]


def test_a_grid_of_sets_is_taken_flat() -> None:
    sums, squares, counts = block_sums(returns(6))
    blocks = BlockSums.of(sums.reshape(2, 3, 64), squares.reshape(2, 3, 64), counts)
    np.testing.assert_array_equal(blocks.sharpes, BlockSums.of(sums, squares, counts).sharpes)


def test_shapes_that_differ_are_refused() -> None:
    sums, squares, counts = block_sums(returns(3))
    with pytest.raises(OverfittingInputError, match=r"found \(3, 64\), \(2, 64\) and \(64,\)"):
        BlockSums.of(sums, squares[:2], counts)
    with pytest.raises(OverfittingInputError, match="no set has finite returns"):
        BlockSums.of(sums * np.nan, squares, counts)


@pytest.mark.parametrize("parts", [16, 10, 64, 1])
def test_merging_adds_neighbours(parts: int) -> None:
    values = np.arange(64)
    owner = np.arange(64) * parts // 64
    assert merge(values, parts).tolist() == [int(values[owner == part].sum()) for part in range(parts)]
