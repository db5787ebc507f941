"""Delays drawn from a known law are fitted back."""

import numpy as np
import pytest

from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.latency import fit_latency


def test_a_shifted_exponential_is_found_again() -> None:
    delays = 2_000_000 + np.random.default_rng(5).exponential(500_000.0, 400)
    fit = fit_latency(delays)
    assert fit.constant.value == pytest.approx(2_000_000, abs=5_000)  # the least of 400 is 500,000 / 400 above
    assert fit.jitter.low < 500_000 < fit.jitter.high
    assert fit.jitter.high - fit.jitter.low < 150_000  # about four standard errors of 500,000 / 20


def test_a_constant_delay_has_no_chance_in_it() -> None:
    fit = fit_latency(np.full(50, 7_000))
    assert (fit.constant.value, fit.jitter.value) == (7_000.0, 0.0)


def test_by_hand() -> None:
    # Mean 20, least 11, n = 10: mean of the chance 9 * 10 / 9 = 10, and the shift 11 - 10 / 10.
    fit = fit_latency([11, 12, 14, 15, 18, 20, 22, 25, 28, 35])
    assert (fit.constant.value, fit.jitter.value) == pytest.approx((10.0, 10.0))


def test_too_few_and_impossible_delays_are_refused() -> None:
    with pytest.raises(BacktestError, match="at least 10 measured delays, found 3"):
        fit_latency([1, 2, 3])
    with pytest.raises(BacktestError, match="align the two clocks first"):
        fit_latency(np.arange(-1, 20))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    fits = [fit_latency(1_000 + rng.exponential(300.0, 40)) for _ in range(1_000)]
    for part, truth in (("constant", 1_000.0), ("jitter", 300.0)):
        held = np.mean([getattr(fit, part).low <= truth <= getattr(fit, part).high for fit in fits])
        assert 0.93 < held < 0.97  # 95 %, give or take three standard errors of a thousand draws
