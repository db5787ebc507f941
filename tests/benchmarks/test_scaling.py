"""The line through measured times."""

import pytest
from benchmarks.scaling import fit


def test_a_straight_line_is_found_exactly() -> None:
    slope, intercept, worst = fit([1.0, 10.0, 100.0], [2.5, 7.0, 52.0])  # 2 + 0.5 x
    assert (slope, intercept, worst) == pytest.approx((0.5, 2.0, 0.0), abs=1e-12)


def test_what_is_not_linear_shows_as_a_deviation() -> None:
    x = [1.0, 10.0, 100.0]
    assert fit(x, [value**2 for value in x])[2] > 0.5


def test_small_and_large_runs_count_alike() -> None:
    # A tenth more at the smallest: plain least squares would lose it among a thousand seconds.
    slope, intercept, _ = fit([1.0, 10.0, 100.0, 1000.0], [1.1, 10.0, 100.0, 1000.0])
    assert slope == pytest.approx(1.0, rel=0.01)
    assert intercept == pytest.approx(0.1, rel=0.1)
