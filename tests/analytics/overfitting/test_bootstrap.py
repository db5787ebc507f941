"""Intervals hold the truth as often as they say, and rows are redrawn in stretches."""

import math

import numpy as np
import pytest
from benchmarks.overfitting import block_sums

from lockstep.analytics.overfitting import block_intervals, return_intervals
from lockstep.analytics.overfitting.bootstrap import stationary_rows
from lockstep.errors import OverfittingInputError


def test_the_width_is_that_of_the_ratio_s_standard_error() -> None:
    """Lo 2002: for independent normal returns the standard error is sqrt((1 + SR^2 / 2) / n), SR of a period."""
    returns = np.random.default_rng(1).standard_normal(5120) * 0.01 + 0.0005
    error = math.sqrt(252 / 5120)
    sums, squares, counts = block_sums(returns[None])
    for low, high in (
        return_intervals(returns, 252.0).sharpe,
        block_intervals(sums[0], squares[0], counts, 252.0).sharpe,
    ):
        assert (high - low) / (2 * 1.96 * error) == pytest.approx(1.0, abs=0.2)
        assert low < returns.mean() / returns.std() * math.sqrt(252) < high


def test_intervals_hold_the_truth_in_nineteen_of_twenty() -> None:
    generator, held = np.random.default_rng(2), [0, 0]
    for seed in range(100):
        returns = generator.standard_normal(640) * 0.01 + 0.0005
        sums, squares, counts = block_sums(returns[None])
        by_blocks = block_intervals(sums[0], squares[0], counts, 252.0, draws=400, seed=seed).sharpe
        by_returns = return_intervals(returns, 252.0, draws=400, seed=seed).sharpe
        truth = 0.05 * math.sqrt(252)
        held[0] += by_blocks.low < truth < by_blocks.high
        held[1] += by_returns.low < truth < by_returns.high
    # 95 expected; 87 is four standard errors below.
    assert min(held) >= 87


def test_the_return_is_compounded() -> None:
    """A return of 1 % in each of 640 periods, ten a year: 1.01^10 - 1; without any variance the bounds meet."""
    returns = np.full(640, 0.01)
    assert return_intervals(returns, 10.0).annual_return == pytest.approx((1.01**10 - 1, 1.01**10 - 1))
    sums, squares, counts = block_sums(returns[None])
    assert block_intervals(sums[0], squares[0], counts, 10.0).annual_return == pytest.approx((0.1046, 0.1046), abs=1e-4)


def test_stretches_have_the_mean_length_asked_for() -> None:
    rows = stationary_rows(1000, 200, 8.0, np.random.default_rng(3))
    breaks = np.count_nonzero((rows[:, 1:] - rows[:, :-1]) % 1000 != 1)
    assert 999 * 200 / breaks == pytest.approx(8.0, rel=0.05)
    assert rows.min() == 0
    assert rows.max() == 999
    counts = np.bincount(rows.ravel(), minlength=1000)
    assert counts.min() > 100


def test_too_little_gives_nan_and_nonsense_is_refused() -> None:
    assert math.isnan(return_intervals(np.zeros(3), 252.0).sharpe.low)
    assert math.isnan(block_intervals(np.zeros(4), np.zeros(4), np.ones(4, np.int64), 252.0).annual_return.high)
    with pytest.raises(OverfittingInputError, match="leave out"):
        return_intervals([0.1] * 9 + [math.nan], 252.0)
    with pytest.raises(OverfittingInputError, match="from 1 to 20 periods"):
        return_intervals(np.ones(20), 252.0, mean_block=0.5)
