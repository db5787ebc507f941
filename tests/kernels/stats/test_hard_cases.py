"""Numbers that are hard on sums: no movement, no money, huge levels, tiny steps, very long products."""

import math
from typing import Any

import numpy as np
import pytest
from tests.kernels.stats.streams import Stream, run

from lockstep.kernels.stats.growth import Growth, compound, growth_init, log_growth, total_growth
from lockstep.kernels.stats.moments import observe_return_moments, return_moments_init
from lockstep.kernels.stats.statistics import Statistics, statistics_init


def statistics_of(equity: list[float], initial: float = 100.0) -> Statistics:
    rows, level = np.arange(len(equity)), np.array(equity)
    held = level * 0.5
    return run(Stream(rows, rows, level, held, held, np.ones(len(equity)), initial), statistics_init(initial))[0]


def test_constant_equity_moves_nothing() -> None:
    state = statistics_of([100.0] * 1000)
    moments, drawdown = state.periods.moments, state.drawdown
    assert (moments.mean, moments.m2, moments.m3, moments.m4) == (0.0, 0.0, 0.0, 0.0)
    assert (drawdown.maximum, drawdown.ended, drawdown.longest_rows) == (0.0, 0, 0)
    assert state.periods.trend.m2 == 0.0


def test_one_row() -> None:
    state = statistics_of([90.0])
    assert state.periods.moments.n == 1
    assert state.periods.moments.mean == pytest.approx(-0.1, rel=1e-15)
    assert state.drawdown.maximum == pytest.approx(0.1, rel=1e-15)
    assert state.curve.first == state.curve.equity == 90.0


def test_equity_that_hits_zero_and_stays() -> None:
    state = statistics_of([50.0, 0.0, 0.0, 0.0])
    moments = state.periods.moments
    assert moments.worst == -1.0
    assert moments.mean == pytest.approx((-0.5 - 1.0) / 4)  # from nothing to nothing is no change
    assert state.drawdown.maximum == 1.0
    assert total_growth(state.periods.growth) == 0.0
    assert state.exposure.gross_sum == 0.5  # no fraction of nothing


def test_negative_equity_is_a_drawdown_beyond_all() -> None:
    state = statistics_of([100.0, -20.0, -10.0])
    assert state.drawdown.maximum == pytest.approx(1.2)
    # -20 to -10 is a gain of half of what was owed.
    assert state.periods.moments.best == pytest.approx(0.5)


def test_rise_from_zero_is_infinite() -> None:
    assert statistics_of([0.0, 10.0]).periods.moments.best == math.inf


def test_variance_of_tiny_steps_around_a_large_mean() -> None:
    """Returns 1 + k 1e-9: plain sums of squares lose all digits; here one part in 1e6 is left."""
    state = return_moments_init()
    for k in range(1000):
        state = observe_return_moments(state, 1.0 + (k % 3 - 1) * 1e-9)
    # Two thirds of 1e-18, but for the one value that is left over.
    values = np.array([(k % 3 - 1) for k in range(1000)], dtype=float)
    assert state.m2 == pytest.approx(np.sum((values - values.mean()) ** 2) * 1e-18, rel=1e-6)


def test_huge_and_tiny_levels_give_the_same_returns() -> None:
    curve = [101.0, 99.0, 103.0, 102.0]
    for factor in (2.0**600, 2.0**-600):
        state = statistics_of([x * factor for x in curve], 100.0 * factor)
        assert state.periods == statistics_of(curve).periods
        assert state.drawdown.maximum == statistics_of(curve).drawdown.maximum


@pytest.mark.parametrize("r", [0.5, -0.5])
def test_growth_of_ten_thousand_periods_does_not_overflow(r: float) -> None:
    state = growth_init()
    for _ in range(10_000):
        state = compound(state, r, True)
    assert log_growth(state) == pytest.approx(10_000 * math.log1p(r), rel=1e-13)
    assert total_growth(state, 1e-4) == pytest.approx(1.0 + r, rel=1e-12)
    assert total_growth(state) == (math.inf if r > 0 else 0.0)


def test_growth_below_zero_has_no_root() -> None:
    state = compound(growth_init(), -1.5, True)
    assert total_growth(state) == -0.5
    assert math.isnan(total_growth(state, 0.5))
    assert math.isnan(log_growth(state))
    assert log_growth(Growth(0.0, 0)) == -math.inf


def test_drift_over_a_million_periods() -> None:
    """Mean and variance of a million returns agree with exact sums to 1e-12."""
    rng = np.random.default_rng(5)
    equity: Any = np.cumprod(1.0 + rng.normal(0.0, 1e-4, 1_000_000))
    rows = np.arange(len(equity))
    zeros = np.zeros(len(equity))
    state, periods = run(Stream(rows, rows, equity, zeros, zeros, zeros + 1.0, 1.0), statistics_init(1.0))
    returns = periods["portfolio"]
    mean = math.fsum(returns) / len(returns)
    assert state.periods.moments.mean == pytest.approx(mean, rel=1e-10)
    assert state.periods.moments.m2 == pytest.approx(math.fsum((returns - mean) ** 2), rel=1e-12)
