"""Delays drawn from a known law are fitted back."""

import numpy as np
import pytest

from lockstep.data.ticks.execution import Latency
from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.latency import LatencyFits, fit_latency, pooled_jitter


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


def test_chance_in_common_by_hand() -> None:
    # Degrees of freedom weigh: nine times 10 of the ten above, and nine times 5 of ten more.
    ten, five = fit_latency([11, 12, 14, 15, 18, 20, 22, 25, 28, 35]), fit_latency([*[2] * 5, *[11] * 5])
    assert five.jitter.value == pytest.approx(5.0)  # (6.5 - 2) * 10 / 9
    assert pooled_jitter([ten, five]).value == pytest.approx((9 * 10 + 9 * 5) / 18)
    with pytest.raises(BacktestError, match="no latency was fitted"):
        pooled_jitter([])


def test_chance_in_common_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(9)
    held = []
    for _ in range(1_000):
        found = pooled_jitter(fit_latency(shift + rng.exponential(300.0, n)) for shift, n in ((0, 12), (900, 25)))
        held.append(found.low <= 300.0 <= found.high)
    assert 0.93 < np.mean(held) < 0.97


def test_what_was_fitted_replaces_what_was_set_and_nothing_else() -> None:
    base = Latency(submit=1, cancel=2, replace=3, report=4, feed=5, recorded_reports=Latency.recorded([0], [9]))
    assert LatencyFits().into(base) == base
    fitted = LatencyFits(submit=fit_latency(np.full(10, 70)), report=fit_latency(np.full(10, 80))).into(base)
    assert (fitted.submit, fitted.cancel, fitted.replace, fitted.report, fitted.feed) == (70, 2, 3, 80, 5)
    assert fitted.recorded_reports is None
