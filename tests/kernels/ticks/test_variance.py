"""The variance of a price per second, by hand and against a twin with a list."""

import numpy as np
import pytest

from lockstep.kernels.ticks.variance import SECOND_NS, Variance, variance, variance_init


def test_a_price_that_moves_one_tick_each_second_has_a_variance_of_one() -> None:
    state, per_second = variance_init(), 0.0
    for second in range(20):
        state, per_second = variance(state, (second + 1) * SECOND_NS, 100.0 + second % 2, 3.0)
    assert per_second == pytest.approx(1.0)


def test_an_old_move_counts_half_after_a_half_life() -> None:
    state, first = variance(variance_init(), SECOND_NS, 100.0, 2.0)
    assert first == 0.0
    state, _ = variance(state, 2 * SECOND_NS, 104.0, 2.0)
    _, per_second = variance(state, 4 * SECOND_NS, 104.0, 2.0)
    # A move of four in one second, which count half, and two seconds without one.
    assert per_second == pytest.approx(0.5 * 16.0 / (0.5 * 1.0 + 2.0))


def test_it_is_the_weighted_mean_of_all_moves() -> None:
    rng = np.random.default_rng(5)
    times = np.cumsum(rng.exponential(0.3, 200)) + 1.0
    prices = 100.0 + np.cumsum(rng.normal(0.0, 1.0, 200))
    state, found = Variance(*variance_init()), 0.0
    for time, price in zip(times, prices, strict=True):
        state, found = variance(state, int(time * 1e9), float(price), 5.0)
    weight = 0.5 ** ((times[-1] - times[1:]) / 5.0)
    expected = (weight * np.diff(prices) ** 2).sum() / (weight * np.diff(times)).sum()
    assert found == pytest.approx(expected, rel=1e-6)
