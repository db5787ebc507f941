"""What each convention answers, on cases small enough to compute by hand."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lockstep.analytics.metrics import (
    FORMULAS,
    LOCKSTEP,
    PRESETS,
    Facts,
    metrics_from_equity,
    metrics_from_returns,
    preset,
)
from lockstep.analytics.metrics.facts import periods_per_year
from lockstep.errors import MetricsInputError, UnknownConventionError

HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS
FACTS = Facts(initial_cash=100.0, interval_ns=12 * HOUR_NS)

# Two bars a day on three days, Monday to Wednesday. Session returns: +2 %, -1 %, +3 %.
TIME = 19359 * DAY_NS + np.arange(6) * 12 * HOUR_NS
EQUITY = np.array([101.0, 102.0, 99.0, 100.98, 103.0, 104.0094])


def found(convention: Any, **options: Any) -> dict[str, Any]:
    return metrics_from_equity(EQUITY, TIME, FACTS, convention, **options)


def test_sessions_are_compounded_before_they_are_annualised() -> None:
    """Mean 4/3 %, squares (2/3)^2 + (7/3)^2 + (5/3)^2 = 26/3, deviation sqrt(13/3) %."""
    result = found("lockstep")
    assert result["periods"] == 3
    assert result["mean_return"] == pytest.approx(0.04 / 3)
    assert result["annual_volatility"] == pytest.approx(math.sqrt(13 / 3 * 252) / 100)
    assert result["sharpe"] == pytest.approx(4 / 3 / math.sqrt(13 / 3) * math.sqrt(252))
    assert result["annual_return"] == pytest.approx(1.040094**84 - 1.0)


def test_bars_are_periods_where_the_convention_says_so() -> None:
    assert found(replace(LOCKSTEP, per_bar=True))["periods"] == 6
    result = found("vectorbt")
    assert result["periods"] == 6
    assert result["annual_return"] == pytest.approx(1.040094 ** (730 / 6) - 1.0)  # 730 half days


def test_drawdown_looks_at_bars_or_at_sessions() -> None:
    assert found("lockstep")["max_drawdown"] == pytest.approx(99.0 / 102.0 - 1.0)
    assert found("empyrical")["max_drawdown"] == pytest.approx(-0.01)


def test_the_first_peak_is_the_initial_cash_or_the_first_bar() -> None:
    equity, time = np.array([90.0, 95.0]), TIME[:2]
    for name, expected in (("lockstep", -0.1), ("empyrical", -0.05), ("vectorbt", 0.0), ("backtesting.py", 0.0)):
        result = metrics_from_equity(equity, time, FACTS, name)
        assert result["max_drawdown"] == pytest.approx(expected), name


def test_the_first_return_is_measured_or_dropped() -> None:
    assert found("lockstep")["best_period"] == pytest.approx(0.03)
    dropped = found("backtesting.py")
    assert dropped["periods"] == 2
    assert dropped["total_return"] == pytest.approx(104.0094 / 101.0 - 1.0)


def test_warm_up_counts_in_equity() -> None:
    idle = np.concatenate([np.full(4, 100.0), EQUITY])
    time = TIME[0] + np.arange(-4, 6) * 12 * HOUR_NS
    result = metrics_from_equity(idle, time, replace(FACTS, warm_up=4))
    assert result["warm_up"] == 4
    assert result["periods"] == 5
    assert result["mean_return"] == pytest.approx(0.04 / 5)


def test_downside_is_measured_against_the_risk_free_rate_or_zero() -> None:
    rate = 1.001**252 - 1.0
    ours = metrics_from_returns([0.02, -0.01, 0.03], risk_free=rate)
    assert ours["downside_deviation"] == pytest.approx(math.sqrt(0.011**2 / 3))
    assert ours["sortino"] == pytest.approx((0.04 / 3 - 0.001) / math.sqrt(0.011**2 / 3) * math.sqrt(252))
    theirs = metrics_from_returns([0.02, -0.01, 0.03], risk_free=rate, convention="empyrical")
    assert theirs["downside_deviation"] == pytest.approx(math.sqrt(0.01**2 / 3))
    assert ours["omega"] == pytest.approx((0.019 + 0.029) / 0.011)


def test_a_ratio_over_nothing() -> None:
    for name, up, flat in (("lockstep", math.nan, math.nan), ("empyrical", math.inf, math.nan)):
        assert metrics_from_returns([0.01] * 5, convention=name)["sharpe"] == pytest.approx(up, nan_ok=True)
        assert metrics_from_returns([0.0] * 5, convention=name)["sharpe"] == pytest.approx(flat, nan_ok=True)
    assert metrics_from_returns([0.0] * 5, convention="vectorbt")["sharpe"] == math.inf


@pytest.mark.parametrize(
    ("days", "sessions", "expected"),
    [(1.0, None, 252), (1 / 390, None, 252), (1.0, 365.0, 365), (7.0, None, 52), (30.0, None, 12), (91.0, None, 4),
     (365.0, None, 1), (0.0, None, 252)],
)  # fmt: skip
def test_periods_in_a_year(days: float, sessions: float | None, expected: float) -> None:
    facts = Facts(interval_ns=round(days * DAY_NS), sessions_per_year=sessions)
    assert periods_per_year(LOCKSTEP, facts) == expected


def test_a_market_open_at_weekends_has_365_sessions() -> None:
    equity: Any = 100.0 * np.cumprod(1.0 + np.random.default_rng(1).normal(0.0, 0.01, 28))
    every_day: Any = metrics_from_equity(equity, TIME[0] + np.arange(28) * DAY_NS, Facts(100.0, DAY_NS))
    weekdays = TIME[0] + (np.arange(28) // 5 * 7 + np.arange(28) % 5) * DAY_NS
    business: Any = metrics_from_equity(equity, weekdays, Facts(100.0, DAY_NS))
    assert every_day["sharpe"] == pytest.approx(business["sharpe"] * math.sqrt(365 / 252))


def test_benchmark_starts_at_its_first_level_or_at_a_given_one() -> None:
    level = np.array([math.nan, 50.0, 51.0, 52.0, 53.0, 55.0])
    assert found("lockstep", benchmark=level)["benchmark_return"] == pytest.approx(0.1)
    facts = replace(FACTS, benchmark_start=44.0)
    result = metrics_from_equity(EQUITY, TIME, facts, benchmark=level)
    assert result["benchmark_return"] == pytest.approx(0.25)


def test_an_unknown_convention_is_refused_with_the_list() -> None:
    with pytest.raises(UnknownConventionError, match=r"'quantstats'.*lockstep, empyrical, vectorbt, backtesting.py"):
        preset("quantstats")


@pytest.mark.parametrize(
    ("returns", "benchmark", "text"),
    [
        (["a", "b"], None, "to be numbers"),
        ([[0.1, 0.2]], None, "one series"),
        ([0.1, math.nan], None, "found nan at 1"),
        ([0.1, math.inf], None, "found inf at 1"),
        ([0.1, 0.2], [0.1], "as many values of benchmark as of returns, 2, found 1"),
    ],
)
def test_bad_input_is_refused_with_the_cure(returns: Any, benchmark: Any, text: str) -> None:
    with pytest.raises(MetricsInputError, match=text):
        metrics_from_returns(returns, benchmark)


@pytest.mark.parametrize("convention", PRESETS)
@pytest.mark.parametrize(
    "equity",
    [
        [],
        [100.0],
        [100.0, 100.0],
        [50.0, 0.0, 0.0],
        [0.0, 0.0],
        [0.0, 5.0],
        [100.0, -10.0, -5.0],
        [1e300, 1e-300, 1e300],
    ],
)
def test_whatever_comes_there_is_a_number_for_every_name(convention: str, equity: list[float]) -> None:
    time = TIME[0] + np.arange(len(equity)) * DAY_NS
    result = metrics_from_equity(np.array(equity), time, FACTS, convention, benchmark=np.array(equity))
    assert list(result) == list(FORMULAS)
    assert all(isinstance(value, (float, np.datetime64)) for value in result.values())


@pytest.mark.parametrize("convention", PRESETS)
def test_growth_whose_square_is_no_float_is_no_error(convention: str) -> None:
    """5 % a period, 10,000 periods a year: 1e212. No skew, but a kurtosis below zero: the cube of the ratio counts."""
    result: Any = metrics_from_returns([0.05, 0.0501] * 10, convention=convention, periods_per_year=10_000)
    assert 1e200 < result["annual_return"] < 1e220
    assert result["adjusted_sharpe"] == math.inf
