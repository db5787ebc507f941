"""Rolling sums hold 1e-7 against exact windows over 300,000 bars at level 50,000 with steps of 0.01."""

from fractions import Fraction

import numpy as np
import pytest

from lockstep.kernels.indicators import compute

SCALE = 2**37
"""Doubles between 32,768 and 65,536 are multiples of 2**-37, so times this they are whole numbers."""


@pytest.fixture(scope="module")
def close():
    steps = np.random.default_rng(5).integers(-1, 2, 300_000)
    return 50_000.0 + 0.01 * np.cumsum(steps)


def exact_windows(close, period):
    """Yield sum, sum of squares and weighted sum of each full window of (close - 50,000) * SCALE."""
    units = [int(v) for v in (close - 50_000.0) * SCALE]
    assert all(Fraction(u, SCALE) + 50_000 == Fraction(v) for u, v in zip(units[::997], close[::997], strict=True))
    total = squares = weighted = 0
    for i, unit in enumerate(units):
        old = units[i - period] if i >= period else 0
        weighted += period * unit - total
        total += unit - old
        squares += unit * unit - old * old
        if i >= period - 1:
            yield total, squares, weighted


@pytest.mark.parametrize("period", [20, 1000])
def test_nothing_piles_up(close, period):
    mean, deviation, weighted = (np.empty(close.size - period + 1) for _ in range(3))
    for i, (total, squares, weights) in enumerate(exact_windows(close, period)):
        mean[i] = 50_000.0 + total / (period * SCALE)
        deviation[i] = np.sqrt((squares * period - total * total) / (period * SCALE) ** 2)
        weighted[i] = 50_000.0 + weights / (period * (period + 1) // 2 * SCALE)
    found = compute("moments", close=close, period=period)
    rows = slice(period - 1, None)
    assert np.max(np.abs(found.mean[rows] - mean)) < 2e-11  # two roundings at this level
    assert np.max(np.abs(compute("sma", close=close, period=period)[rows] - mean)) < 2e-11
    assert np.max(np.abs(compute("wma", close=close, period=period)[rows] - weighted)) < 2e-11
    np.testing.assert_array_equal(found.std[rows] == 0.0, deviation == 0.0)
    moving = deviation > 0.0
    assert np.max(np.abs(found.std[rows] / np.where(moving, deviation, 1.0) - 1.0)[moving]) < 1e-7
    exact = np.where(moving, (close[rows] - mean) / np.where(moving, deviation, 1.0), 0.0)
    assert np.max(np.abs(compute("zscore", close=close, period=period)[rows] - exact)) < 1e-7
