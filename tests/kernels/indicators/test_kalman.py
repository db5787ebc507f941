"""What the Kalman trend must do by its definition."""

import numpy as np
from tests.kernels.indicators.markets import walk

from lockstep.kernels.indicators import compute


def test_a_straight_line_is_followed_exactly():
    found = compute("kalman", close=10.0 + 0.5 * np.arange(200), level_noise=0.3, slope_noise=0.1)
    np.testing.assert_allclose(found.level[1:], 10.0 + 0.5 * np.arange(1, 200), rtol=1e-12)
    np.testing.assert_allclose(found.slope[1:], 0.5, rtol=1e-12)


def test_without_process_noise_it_is_the_least_squares_line():
    close = walk(n=150)["close"]
    found = compute("kalman", close=close, level_noise=0.0, slope_noise=0.0)
    slope, intercept = np.polyfit(np.arange(150), close, 1)
    np.testing.assert_allclose([found.slope[-1], found.level[-1]], [slope, intercept + 149 * slope], rtol=1e-9)


def test_only_the_ratios_of_the_noises_matter():
    close = walk()["close"]
    one = compute("kalman", close=close, level_noise=0.2, slope_noise=0.03, measurement_noise=1.0)
    ten = compute("kalman", close=close, level_noise=2.0, slope_noise=0.3, measurement_noise=10.0)
    np.testing.assert_allclose(one, ten, rtol=1e-10)
