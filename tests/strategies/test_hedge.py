"""Hedge ratios against NumPy's least squares and against the filter's equations in matrices."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from lockstep.kernels._jit import kernel
from lockstep.strategies.hedge import kalman_hedge, kalman_init, legs, rolling_hedge, rolling_init

Floats = npt.NDArray[np.float64]


def prices(rows: int, level: float = 100.0, step: float = 0.5) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(7)
    x = level + np.cumsum(rng.normal(0.0, step, rows))
    return x, 20.0 + 0.7 * x + rng.normal(0.0, step, rows)


def follow(step: Any, state: Any, x: Any, y: Any, *more: float) -> Floats:
    found = []
    for a, b in zip(x, y, strict=True):
        state, slope, z = step(state, a, b, *more)
        found.append((slope, z))
    return np.array(found)


@kernel(cache=True)
def rolling_row(state: Any, x: float, y: float) -> Any:
    return rolling_hedge(state, x, y)


@kernel(cache=True)
def kalman_row(state: Any, x: float, y: float, drift: float, noise: float) -> Any:
    return kalman_hedge(state, x, y, drift, noise)


def regression(x: Floats, y: Floats) -> tuple[float, float]:
    """Slope and z-score of the last residual, from NumPy's least squares on centred data."""
    design = np.stack([np.ones_like(x), x - x.mean()], axis=1)
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    residuals = y - design @ coefficients
    return coefficients[1], residuals[-1] / residuals.std()


@pytest.mark.filterwarnings("ignore::lockstep.kernels._jit.KernelCacheWarning")
@pytest.mark.parametrize(("level", "step"), [(100.0, 0.5), (50_000.0, 5.0)])
def test_the_rolling_hedge_is_the_least_squares_line_of_the_window(level: float, step: float) -> None:
    x, y = prices(3000, level, step)
    found = follow(rolling_row, rolling_init(40), x, y)
    assert np.isnan(found[:39]).all()
    expected = np.array([regression(x[t - 39 : t + 1], y[t - 39 : t + 1]) for t in range(39, 3000)])
    np.testing.assert_allclose(found[39:], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.filterwarnings("ignore::lockstep.kernels._jit.KernelCacheWarning")
def test_rows_without_one_of_the_prices_change_nothing() -> None:
    x, y = prices(200)
    holes = np.insert(np.arange(200.0), [50, 50, 120], np.nan)
    with_holes: list[Any] = [np.where(np.isnan(holes), np.nan, v[np.nan_to_num(holes).astype(int)]) for v in (x, y)]
    known = ~np.isnan(holes)
    rolling = follow(rolling_row, rolling_init(20), *with_holes)
    np.testing.assert_array_equal(rolling[known], follow(rolling_row, rolling_init(20), x, y))
    wandering = follow(kalman_row, kalman_init(), *with_holes, 1e-6, 1e-4)
    np.testing.assert_array_equal(wandering[known], follow(kalman_row, kalman_init(), x, y, 1e-6, 1e-4))
    assert np.isnan(rolling[~known, 1]).all()
    assert np.isnan(wandering[~known, 1]).all()


@pytest.mark.filterwarnings("ignore::lockstep.kernels._jit.KernelCacheWarning")
def test_flat_prices_and_an_exact_line_have_no_surprises() -> None:
    flat = np.full(100, 42.0)
    assert (follow(rolling_row, rolling_init(10), flat, flat)[9:] == 0.0).all()
    x, _ = prices(100)
    line = follow(rolling_row, rolling_init(10), x, 2.0 * x)[9:]
    np.testing.assert_allclose(line[:, 0], 2.0, rtol=1e-9)
    assert (line[:, 1] == 0.0).all()


@pytest.mark.filterwarnings("ignore::lockstep.kernels._jit.KernelCacheWarning")
def test_the_wandering_hedge_is_the_filter_in_matrices() -> None:
    x, y = prices(500)
    drift, noise = 1e-6, 1e-4
    line, covariance = np.zeros(2), np.eye(2)
    expected = []
    for a, b in zip(x / x[0], y / y[0], strict=True):
        seen = np.array([1.0, a])
        covariance = covariance + drift * np.eye(2)
        variance = seen @ covariance @ seen + noise
        surprise = b - seen @ line
        gain = covariance @ seen / variance
        line = line + gain * surprise
        covariance = covariance - np.outer(gain, seen @ covariance)
        expected.append((line[1] * y[0] / x[0], surprise / np.sqrt(variance)))
    found = follow(kalman_row, kalman_init(), x, y, drift, noise)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


def test_legs_hold_one_unit_against_slope_units_and_one_in_all() -> None:
    # 1 unit at 30 against 0.5 units at 20: 30 long and 10 short of 40 in all.
    assert legs(1.0, 0.5, 20.0, 30.0) == (0.75, -0.25)
    assert legs(-1.0, 0.5, 20.0, 30.0) == (-0.75, 0.25)
    assert legs(1.0, -0.5, 20.0, 30.0) == (0.75, 0.25), "a negative slope is hedged by buying both"
