"""The worked examples of Bacon's book and of R's PerformanceAnalytics: 24 months of a portfolio and its benchmark.

Bacon, Practical Portfolio Performance Measurement and Attribution (2nd edition, 2008); the data set
``portfolio_bacon`` and the values its documentation prints. Values are compared as printed (book and R cut digits
off where they should round, hence one unit of the last place), or where more digits are known to those.
"""

import math
from typing import Any

import numpy as np
import pytest

from lockstep.analytics.metrics import metrics_from_returns

PORTFOLIO = np.array([
    .003, .026, .011, -.010, .015, .025, .016, .067, -.014, .040, -.005, .081,
    .040, -.037, -.061, .017, -.049, -.022, .070, .058, -.065, .024, -.005, -.009,
])  # fmt: skip
BENCHMARK = np.array([
    .002, .025, .018, -.011, .014, .018, .014, .065, -.015, .042, -.006, .083,
    .039, -.038, -.062, .015, -.048, .021, .060, .056, -.067, .019, -.003, .0,
])  # fmt: skip
MAR = 0.005
"""Half a percent a month."""

PRINTED = {
    "downside_deviation": (0.0255, 1e-4),
    "downside_potential": (0.0137, 1e-4),
    "downside_frequency": (0.458, 1e-3),
    "upside_frequency": (0.542, 1e-3),
    "upside_risk": (0.02937, 1e-5),
    "upside_potential": (0.01771, 1e-5),
    "volatility_skewness": (1.3230, 1e-4),
    "omega_sharpe": (0.29179, 1e-5),
    "kappa": (0.15664, 1e-5),
    "bernardo_ledoit": (1.779783, 1e-6),
    "d_ratio": (0.40133, 1e-5),
    "mean_absolute_deviation": (0.031083, 1e-6),
    "pain_index": (0.03999, 1e-5),
    "martin_ratio": (1.6945, 1e-4),  # the book prints 1.70
    "pain_ratio": (2.5926, 1e-4),  # R; the book prints 2.66
    "skewness_kurtosis": (-0.034, 1e-3),
    "sharpe_geometric": (0.756775, 1e-6),
    "adjusted_sharpe": (0.7591435, 1e-7),
    "jensen_alpha": (-0.01416944, 1e-8),
    "regression_epsilon": (-0.01313932, 1e-8),
    "fama_beta": (1.0303, 1e-4),
    "selectivity": (-0.0141, 1e-4),
    "net_selectivity": (-0.0178, 1e-4),
    "m2": (0.1006, 1e-4),
    "m2_sortino": (0.1034, 1e-4),
    "m2_excess": (-0.0155, 1e-4),  # R, geometric; the book prints -0.00998
    "specific_risk": (0.0329, 1e-4),
    "systematic_risk": (0.1328, 1e-4),
    "total_risk": (0.1368, 1e-4),
    "treynor_modified": (0.7806, 1e-4),
    "appraisal_ratio": (-0.4302756, 1e-7),
}


def found(required: float = MAR) -> dict[str, Any]:
    yearly = (1.0 + required) ** 12 - 1.0
    return metrics_from_returns(PORTFOLIO, BENCHMARK, required_return=yearly, periods_per_year=12)


@pytest.mark.parametrize("name", PRINTED)
def test_printed_value(name: str) -> None:
    value, unit = PRINTED[name]
    assert abs(found()[name] - value) < unit


def test_growth() -> None:
    assert 1.0 + found()["total_return"] == pytest.approx(1.2181, abs=5e-5)
    assert 1.0 + found()["benchmark_return"] == pytest.approx(1.2498, abs=1e-4)


def test_newer_r_adjusts_the_arithmetic_sharpe_ratio() -> None:
    """It prints 0.7913; the same formula with the arithmetic ratio gives that."""
    result = found()
    ratio = result["sharpe"]
    adjusted = ratio * (1.0 + result["skew"] / 6.0 * ratio - result["kurtosis"] / 24.0 * ratio**2)
    assert adjusted == pytest.approx(0.7913, abs=1e-4)


def test_prospect_ratio_by_its_formula_and_as_r_computes_it() -> None:
    """R prints -0.1347 for a required return of 5 % a month: it subtracts that once from the sum of n terms."""
    felt = np.maximum(PORTFOLIO, 0.0) + 2.25 * np.minimum(PORTFOLIO, 0.0)
    result = found(0.05)
    deviation = math.sqrt(np.mean(np.minimum(PORTFOLIO - 0.05, 0.0) ** 2))
    assert result["downside_deviation"] == pytest.approx(deviation, rel=1e-12)
    assert result["prospect_ratio"] == pytest.approx((felt.mean() - 0.05) / deviation, rel=1e-12)
    as_r = (result["prospect_ratio"] * deviation + 0.05 - 0.05 / 24.0) / deviation
    assert as_r == pytest.approx(-0.1347, abs=1e-4)


def test_burke_ratio_by_its_formula_and_as_r_computes_it() -> None:
    """R prints 0.7447309, modified 3.648421: it compounds each run of losses as if the returns were percents."""
    result = found()
    growth = np.prod(1.0 + PORTFOLIO) ** 0.5 - 1.0
    runs = [[-0.010], [-0.014], [-0.005], [-0.037, -0.061], [-0.049, -0.022], [-0.065], [-0.005, -0.009]]
    sums = math.sqrt(sum(sum(run) ** 2 for run in runs))
    assert result["burke_ratio"] == pytest.approx(growth / sums, rel=1e-12)
    assert result["burke_modified"] == pytest.approx(growth / sums * math.sqrt(24.0), rel=1e-12)
    as_r = math.sqrt(sum(((np.prod(1.0 + np.array(run) / 100) - 1.0) * 100) ** 2 for run in runs))
    assert growth / as_r == pytest.approx(0.7447309, abs=5e-8)


def test_m2_excess_of_the_book_is_another_formula() -> None:
    """Book: -0.00998, arithmetic, with its own rounded inputs; ours is geometric as in R."""
    result = found()
    geometric = (1.0 + result["m2"]) / (1.0 + result["benchmark_annual_return"]) - 1.0
    assert result["m2_excess"] == pytest.approx(geometric, rel=1e-12)


def test_information_and_treynor_by_hand() -> None:
    """Annual returns 0.1036783 and 0.1179834 from the growth above; beta 0.99885 from the sums of products."""
    result = found()
    mine = np.prod(1.0 + PORTFOLIO) ** 0.5 - 1.0
    theirs = np.prod(1.0 + BENCHMARK) ** 0.5 - 1.0
    tracking = np.std(PORTFOLIO - BENCHMARK, ddof=1) * math.sqrt(12.0)
    beta = np.cov(PORTFOLIO, BENCHMARK)[0, 1] / np.var(BENCHMARK, ddof=1)
    assert result["active_premium"] == pytest.approx(mine - theirs, rel=1e-10)
    assert result["tracking_error"] == pytest.approx(tracking, rel=1e-10)
    assert result["information_ratio_geometric"] == pytest.approx((mine - theirs) / tracking, rel=1e-10)
    assert result["treynor_ratio"] == pytest.approx(mine / beta, rel=1e-10)
