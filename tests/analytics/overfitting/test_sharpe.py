"""Published values: Bailey and Lopez de Prado 2012 (PSR, MinTRL) and 2014 (deflated Sharpe ratio)."""

import math

import numpy as np
import pytest
from holdout import expected_maximum_normal, minimum_track_record_length

from lockstep.analytics.overfitting.sharpe import (
    deflated_sharpe,
    expected_maximum_sharpe,
    highest_of,
    minimum_periods,
    probabilistic_sharpe,
)

DAY = math.sqrt(250)


def test_the_deflated_ratio_of_the_paper() -> None:
    """Annual ratio 2.5 over 1,250 days, 100 trials with variance 0.5, skew -3, kurtosis 10."""
    assert expected_maximum_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(2.5 / DAY, 1250, 100, 0.5 / 250, -3.0, 10.0) == pytest.approx(0.9004, abs=5e-5)


@pytest.mark.parametrize(("trials", "skew", "kurtosis"), [(46, -3.0, 10.0), (88, 0.0, 3.0)])
def test_the_paper_s_numbers_of_trials_that_leave_95_percent(trials: int, skew: float, kurtosis: float) -> None:
    assert deflated_sharpe(2.5 / DAY, 1250, trials, 0.5 / 250, skew, kurtosis) == pytest.approx(0.9505, abs=5e-5)


@pytest.mark.parametrize(("skew", "kurtosis", "published"), [(-2.448, 10.164, 0.913), (0.0, 3.0, 0.982)])
def test_the_probabilistic_ratio_of_the_paper(skew: float, kurtosis: float, published: float) -> None:
    assert probabilistic_sharpe(0.458, 24, skew, kurtosis) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    ("per_year", "skew", "kurtosis", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_the_track_record_of_the_paper(per_year: int, skew: float, kurtosis: float, years: float) -> None:
    """An annual ratio of 2 against 1 at 95 %."""
    root = math.sqrt(per_year)
    periods = minimum_periods(2.0 / root, skew, kurtosis, against=1.0 / root)
    assert periods / per_year == pytest.approx(years, abs=5e-3)
    assert periods == pytest.approx(
        minimum_track_record_length(2.0 / root, skewness=skew, kurtosis=kurtosis, benchmark=1.0 / root), rel=1e-9
    )


def test_no_record_is_long_enough_for_a_ratio_that_is_not_above() -> None:
    assert minimum_periods(0.1, against=0.1) == math.inf


def test_the_record_is_where_the_probability_reaches_the_confidence() -> None:
    periods = minimum_periods(0.1, -0.5, 6.0, against=0.02, confidence=0.9)
    assert probabilistic_sharpe(0.1, periods, -0.5, 6.0, against=0.02) == pytest.approx(0.9, abs=1e-12)


@pytest.mark.parametrize("trials", [2, 10, 1000, 10**6])
def test_the_highest_of_many_normal_numbers(trials: int) -> None:
    """Holdout integrates the exact expectation; the paper's approximation is within a tenth for 2, 2 % from 10 on."""
    assert highest_of(trials) == pytest.approx(expected_maximum_normal(trials), rel=0.1 if trials < 10 else 0.025)


def test_a_single_trial_owes_nothing_to_choice() -> None:
    assert highest_of(1.0) == 0.0
    assert highest_of(1.05) == 0.0


def test_many_at_once_are_each_alone() -> None:
    ratios, skews = np.array([0.05, -0.02, 0.3]), np.array([-1.0, 0.0, 2.0])
    together = probabilistic_sharpe(ratios, 500, skews, 4.0)
    alone = [float(probabilistic_sharpe(r, 500, s, 4.0)) for r, s in zip(ratios, skews, strict=True)]
    assert together.tolist() == alone


def test_moments_that_contradict_one_another_give_nan() -> None:
    """Spread 1 - 20 x 0.1 + (5 - 1) / 4 x 0.01 is below zero."""
    assert math.isnan(probabilistic_sharpe(0.1, 100, 20.0, 5.0))
    assert math.isnan(probabilistic_sharpe(0.1, 1))
