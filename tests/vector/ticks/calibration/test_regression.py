"""Straight lines by hand, and intervals that hold the truth as often as they say."""

import numpy as np
import pytest

from lockstep.vector.ticks.calibration.regression import least_squares


def test_by_hand() -> None:
    # Through (0, 1), (1, 3), (2, 2): slope 1/2, level 3/2; off by -1/2, 1, -1/2 with leverages 5/6, 1/3, 5/6.
    level, slope = least_squares(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 2.0]))
    assert (level.value, slope.value) == pytest.approx((1.5, 0.5))
    # Off by -3, 3/2, -3 over 1 - leverage; the slope takes -1/2, 0, 1/2 of them, the level 5/6, 2/6, -1/6: the squares
    # of their standard errors are 4.5 and 2.5 ** 2 + 2 * 0.5 ** 2 = 6.75.
    assert (slope.high - slope.value) / (level.high - level.value) == pytest.approx((4.5 / 6.75) ** 0.5)


@pytest.mark.parametrize("count", [20, 100])
def test_intervals_hold_the_truth_as_often_as_they_say(count: int) -> None:
    """Errors are skewed, and larger for larger orders; of few, the intervals are a little longer than they need be."""
    rng = np.random.default_rng(3)
    held = np.zeros((1_000, 2))
    for k in range(len(held)):
        root = np.sqrt(rng.integers(1, 40, count))
        observed = 0.5 + 0.3 * root + (rng.exponential(1.0, count) - 1.0) * root / 4.0
        fit = least_squares(np.column_stack([np.ones(count), root]), observed)
        held[k] = [part.low <= truth <= part.high for part, truth in zip(fit, (0.5, 0.3), strict=True)]
    assert (held.mean(axis=0) > 0.93).all()
    assert (held.mean(axis=0) < 0.985).all()
