"""Series of returns against empyrical's."""

import warnings
from typing import Any

import numpy as np
import pytest

from lockstep.analytics.metrics.aggregate import (
    aggregate_returns,
    cumulative_returns,
    drawdown_series,
    simple_returns,
)
from lockstep.errors import MetricsInputError


@pytest.fixture(scope="module")
def empyrical() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import empyrical

        return empyrical


@pytest.fixture
def returns() -> Any:
    return np.random.default_rng(8).normal(0.0, 0.02, 700)


def test_series(empyrical: Any, returns: Any) -> None:
    np.testing.assert_allclose(cumulative_returns(returns), empyrical.cum_returns(returns), atol=1e-13)
    np.testing.assert_allclose(drawdown_series(returns), empyrical.stats.drawdown_series(returns), atol=1e-13)
    levels = np.cumprod(1.0 + returns)
    np.testing.assert_allclose(simple_returns(levels), empyrical.simple_returns(levels), atol=1e-15)


@pytest.mark.parametrize(("ours", "theirs"), [("month", "monthly"), ("quarter", "quarterly"), ("year", "yearly")])
def test_spans(empyrical: Any, returns: Any, ours: Any, theirs: str) -> None:
    import pandas as pd

    index = pd.bdate_range("2021-03-10", periods=len(returns))
    days = index.to_numpy().astype("datetime64[D]")
    first, found = aggregate_returns(days.astype(np.int64), returns, ours)
    expected = empyrical.aggregate_returns(pd.Series(returns, index), theirs)
    np.testing.assert_allclose(found, expected.to_numpy(), atol=1e-13)
    assert first[0] == np.datetime64({"month": "2021-03-01", "quarter": "2021-01-01", "year": "2021-01-01"}[ours])


def test_weeks_begin_on_mondays_across_new_year() -> None:
    """Thursday 2020-12-31 and Friday 2021-01-01 share a week, Monday 2021-01-04 begins the next."""
    days = np.array(["2020-12-31", "2021-01-01", "2021-01-04"], "datetime64[D]")
    first, found = aggregate_returns(days.astype(np.int64), np.array([0.1, 0.2, -0.5]), "week")
    assert first.tolist() == np.array(["2020-12-28", "2021-01-04"], "datetime64[D]").tolist()
    assert found.tolist() == pytest.approx([1.1 * 1.2 - 1.0, -0.5])


def test_nothing_and_nonsense() -> None:
    empty = np.empty(0)
    assert len(aggregate_returns(empty.astype(np.int64), empty, "month")[1]) == 0
    with pytest.raises(MetricsInputError, match="week, month, quarter or year"):
        aggregate_returns(np.array([1]), np.array([0.1]), "decade")  # type: ignore[arg-type]
