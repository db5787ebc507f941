"""The "vectorbt" convention against what vectorbt 1.2.0 said of recorded runs."""

from typing import Any

import numpy as np
import pytest
from tests.analytics.metrics.recorded import (
    VECTORBT_HOURLY,
    VECTORBT_RETURNS,
    VECTORBT_STATS,
    vectorbt_hourly,
    vectorbt_run,
)
from tests.analytics.metrics.run_statistics import as_library, run_metrics


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for label, value in expected.items():
        mine = found[label]
        if label == "Max Drawdown [%]":
            mine = -mine  # vectorbt's report drops the sign
        if isinstance(value, np.datetime64):
            assert mine == value, label
        else:
            assert mine == pytest.approx(value, rel=1e-10, nan_ok=True), label


def test_all_of_portfolio_stats() -> None:
    assert len(VECTORBT_STATS) == 28
    compare(as_library(run_metrics(vectorbt_run(), "vectorbt"), "vectorbt"), VECTORBT_STATS)


def test_returns_accessor() -> None:
    compare(as_library(run_metrics(vectorbt_run(), "vectorbt"), "vectorbt"), VECTORBT_RETURNS)


def test_returns_accessor_with_rates() -> None:
    """risk_free 0.0001 a day; Omega also with 5 % a year, downside with 0.0002 a day (vectorbt's own units)."""
    risk_free = run_metrics(vectorbt_run(), "vectorbt", risk_free=1.0001**365 - 1.0)
    assert risk_free["sharpe"] == pytest.approx(-5.068789158322732, rel=1e-10)
    assert risk_free["alpha"] == pytest.approx(-0.18582523585851385, rel=1e-10)
    assert risk_free["martin_ratio"] == pytest.approx(-13.823130345537608, rel=1e-10)
    both = run_metrics(vectorbt_run(), "vectorbt", risk_free=1.0001**365 - 1.0, required_return=0.05)
    assert both["omega"] == pytest.approx(0.37635629163957385, rel=1e-10)
    required = run_metrics(vectorbt_run(), "vectorbt", required_return=1.0002**365 - 1.0)
    assert required["sortino"] == pytest.approx(-5.822158842330691, rel=1e-10)
    assert required["downside_risk"] == pytest.approx(0.12844854547921475, rel=1e-10)


def test_deflated_sharpe_of_twenty_trials() -> None:
    found = run_metrics(vectorbt_run(), "vectorbt", trials=20, trial_variance=0.5)
    assert found["deflated_sharpe"] == pytest.approx(0.029871416793956385, rel=1e-10)


def test_hourly_bars_are_annualised_by_365_days_of_24_hours() -> None:
    compare(as_library(run_metrics(vectorbt_hourly(), "vectorbt"), "vectorbt"), VECTORBT_HOURLY)
