"""The "empyrical" convention against empyrical: its published fixtures, and every function on random returns."""

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockstep.analytics.metrics import FORMULAS, metrics_from_returns

Floats = npt.NDArray[np.float64]

# Inputs and values of empyrical's own tests (tests/conftest.py and tests/test_stats.py, Apache-2.0). The fixture
# starts with a nan, which empyrical leaves out of means but counts in the number of years.
MIXED = np.array([1.0, 10.0, -4.0, 2.0, 3.0, 2.0, 1.0, -10.0]) / 100
BENCHMARK = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]) / 100
POSITIVE = np.array([1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]) / 100
NEGATIVE = np.array([0.0, -6.0, -7.0, -1.0, -9.0, -2.0, -6.0, -8.0, -5.0]) / 100


@pytest.fixture(scope="module")
def empyrical() -> Iterator[Any]:
    """The oracle. Importing it warns of packages it would like; dividing by zero warns when it is used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import empyrical

        yield empyrical


def ours(returns: Floats, benchmark: Floats | None = None, **options: Any) -> dict[str, Any]:
    return metrics_from_returns(returns, benchmark, convention="empyrical", **options)


# --- published values ------------------------------------------------------------------------------------------------


def test_values_that_do_not_count_the_missing_return() -> None:
    found = ours(MIXED, BENCHMARK[1:])
    assert found["total_return"] == pytest.approx(0.03893, abs=5e-6)  # printed with five digits
    assert found["annual_volatility"] == pytest.approx(0.9136465399704637, rel=1e-13)
    assert found["sharpe"] == pytest.approx(1.7238613961706866, rel=1e-13)
    assert found["max_drawdown"] == pytest.approx(-0.1, rel=1e-13)
    assert found["tail_ratio"] == pytest.approx(0.9556962025316452, rel=1e-13)


def test_values_that_count_the_missing_return_as_a_flat_day() -> None:
    """Its number of years counts the nan: a return of zero in its place gives the same growth over nine days."""
    found = ours(np.concatenate([[0.0], MIXED]))
    assert found["annual_return"] == pytest.approx(1.9135925373194231, rel=1e-12)
    assert found["cagr"] == pytest.approx(1.9135925373194231, rel=1e-12)
    assert found["calmar"] == pytest.approx(19.135925373194233, rel=1e-12)


def test_omega_of_the_fixture() -> None:
    assert ours(MIXED, required_return=10.0)["omega"] == pytest.approx(0.83354263497557934, rel=1e-12)
    # Against one percent a day: its "flat line" fixture, handed over as the risk-free rate of each day.
    yearly = 1.01**252 - 1.0
    assert ours(MIXED, risk_free=yearly)["omega"] == pytest.approx(0.8125, rel=1e-12)


def test_sharpe_of_other_fixtures() -> None:
    assert ours(POSITIVE)["sharpe"] == pytest.approx(52.915026221291804, rel=1e-12)
    assert ours(NEGATIVE)["sharpe"] == pytest.approx(-24.406808633910085, rel=1e-12)


def test_sharpe_with_a_series_of_risk_free_rates_is_that_of_the_difference() -> None:
    """0.34111411441060574 is for mixed returns with the benchmark as the risk-free rate of each day."""
    assert ours(MIXED - BENCHMARK[1:])["sharpe"] == pytest.approx(0.34111411441060574, rel=1e-12)


def test_falling_fixture() -> None:
    found = ours(NEGATIVE)
    assert found["total_return"] == pytest.approx(-0.36590730, abs=5e-9)
    # All negative: (1 - 0.0) is the only peak, so the drawdown is the total return.
    assert found["max_drawdown"] == pytest.approx(found["total_return"], rel=1e-13)


def test_alpha_and_beta_of_the_fixture() -> None:
    found = ours(MIXED, NEGATIVE[1:])
    assert found["alpha"] == pytest.approx(-0.9997853834885004, rel=1e-13)
    assert found["beta"] == pytest.approx(-0.71296296296296313, rel=1e-12)


# --- every function on random returns --------------------------------------------------------------------------------

sizes = st.integers(0, 30) | st.integers(200, 600)


@st.composite
def series(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Two series of one length: normal, fat-tailed, one-sided, or rounded so that ties and zeros occur."""
    size = draw(sizes)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from(["normal", "fat", "up", "down", "rounded", "constant"]))
    scale = draw(st.sampled_from([1e-5, 1e-2, 0.2]))
    pair = rng.standard_t(4, (2, size)) if shape == "fat" else rng.normal(0.05, 1.0, (2, size))
    if shape in ("up", "down"):
        pair = np.abs(pair) * (1.0 if shape == "up" else -1.0)
    if shape == "constant":
        pair[0] = rng.normal()
    pair = np.clip(pair * scale, -0.9, 3.0)
    if shape == "rounded":
        pair = np.round(pair / scale) * scale
        pair = np.clip(pair, -0.9, 3.0)
    return np.ascontiguousarray(pair[0]), np.ascontiguousarray(pair[1])


def yearly(rate: float) -> float:
    """An annual rate that is ``rate`` a day."""
    return (1.0 + rate) ** 252 - 1.0


SIMPLE: dict[str, Callable[[Any, Floats, float], float]] = {
    "total_return": lambda e, r, f: e.cum_returns_final(r),
    "annual_return": lambda e, r, f: e.annual_return(r),
    "cagr": lambda e, r, f: e.cagr(r),
    "annual_volatility": lambda e, r, f: e.annual_volatility(r),
    "max_drawdown": lambda e, r, f: e.max_drawdown(r),
    "calmar": lambda e, r, f: e.calmar_ratio(r),
    "sharpe": lambda e, r, f: e.sharpe_ratio(r, risk_free=f),
    "stability": lambda e, r, f: e.stability_of_timeseries(r),
    "tail_ratio": lambda e, r, f: e.tail_ratio(r),
    "value_at_risk": lambda e, r, f: e.value_at_risk(r),
    "conditional_value_at_risk": lambda e, r, f: e.conditional_value_at_risk(r),
}

RELATIVE: dict[str, Callable[[Any, Floats, Floats, float], float]] = {
    "alpha": lambda e, r, b, f: e.alpha(r, b, risk_free=f),
    "beta": lambda e, r, b, f: e.beta(r, b, risk_free=f),
    "up_alpha": lambda e, r, b, f: e.up_alpha_beta(r, b, risk_free=f)[0],
    "up_beta": lambda e, r, b, f: e.up_alpha_beta(r, b, risk_free=f)[1],
    "down_alpha": lambda e, r, b, f: e.down_alpha_beta(r, b, risk_free=f)[0],
    "down_beta": lambda e, r, b, f: e.down_alpha_beta(r, b, risk_free=f)[1],
    "excess_sharpe": lambda e, r, b, f: e.excess_sharpe(r, b),
    "capture": lambda e, r, b, f: e.capture(r, b),
    "up_capture": lambda e, r, b, f: e.up_capture(r, b),
    "down_capture": lambda e, r, b, f: e.down_capture(r, b),
    "up_down_capture": lambda e, r, b, f: e.up_down_capture(r, b),
    "batting_average": lambda e, r, b, f: e.batting_average(r, b)["batting average"],
    "batting_average_up": lambda e, r, b, f: e.batting_average(r, b)["up market"],
    "batting_average_down": lambda e, r, b, f: e.batting_average(r, b)["down market"],
}


def agree(name: str, mine: float, theirs: float, scale: float = 0.0) -> None:
    """Equal to 1e-9 relative; what is rounding error on both sides counts as zero."""
    assert mine == pytest.approx(float(theirs), rel=1e-9, abs=1e-12 + scale, nan_ok=True), name


@settings(max_examples=150)
@given(series(), st.sampled_from([0.0, 0.0001, -0.0003]))
def test_every_simple_function(empyrical: Any, pair: tuple[Floats, Floats], rate: float) -> None:
    returns = pair[0]
    found = ours(returns, risk_free=yearly(rate))
    with np.errstate(all="ignore"):
        for name, function in SIMPLE.items():
            agree(name, found[name], function(empyrical, returns, rate))


@settings(max_examples=150)
@given(series(), st.sampled_from([0.0, 0.0001, -0.0003]))
def test_every_function_of_a_required_return(empyrical: Any, pair: tuple[Floats, Floats], rate: float) -> None:
    returns = pair[0]
    found = ours(returns, required_return=yearly(rate))
    with np.errstate(all="ignore"):
        agree("downside_risk", found["downside_risk"], empyrical.downside_risk(returns, rate))
        agree("sortino", found["sortino"], empyrical.sortino_ratio(returns, rate))
        agree("omega", found["omega"], empyrical.omega_ratio(returns, required_return=yearly(rate)))


@settings(max_examples=150)
@given(series(), st.sampled_from([0.0, 0.0001, -0.0003]))
def test_every_function_of_a_benchmark(empyrical: Any, pair: tuple[Floats, Floats], rate: float) -> None:
    returns, benchmark = pair
    found = ours(returns, benchmark, risk_free=yearly(rate))
    with np.errstate(all="ignore"):
        for name, function in RELATIVE.items():
            agree(name, found[name], function(empyrical, returns, benchmark, rate))


def test_skew_and_kurtosis_are_scipys_defaults() -> None:
    """Empyrical's report takes them from scipy.stats; a hand calculation for 0, 0, 3: m2 = 2, m3 = 2, m4 = 6."""
    found = ours(np.array([0.0, 0.0, 3.0]) / 100)
    assert found["skew"] == pytest.approx(2.0 / 2.0**1.5, rel=1e-12)
    assert found["kurtosis"] == pytest.approx(6.0 / 4.0 - 3.0, rel=1e-12)


def test_every_metric_labelled_empyrical_is_compared_above() -> None:
    labelled = {name for name, entry in FORMULAS.items() if "empyrical" in entry.labels}
    compared = {*SIMPLE, *RELATIVE, "downside_risk", "sortino", "omega", "skew", "kurtosis"}
    assert labelled == compared


def test_no_number_is_an_exception_of_its_own() -> None:
    assert all(math.isnan(v) or v in (0.0, 1.0) for v in ours(np.empty(0)).values() if isinstance(v, float))
