"""The "backtesting.py" convention against what backtesting.py 0.6.6 said of recorded runs."""

import math
from typing import Any

import numpy as np
import pytest
from tests.analytics.metrics.recorded import (
    BACKTESTING,
    BACKTESTING_HOURLY,
    DAY_NS,
    backtesting_hourly,
    backtesting_run,
)
from tests.analytics.metrics.run_statistics import as_library, run_metrics

from lockstep.analytics.metrics import Facts, metrics_from_equity

# Its compute_stats on the daily run with risk_free_rate=0.03.
RISK_FREE = {"sharpe": 1.0706009990227385, "sortino": 1.856296861585053, "alpha": 0.037507384041741405}


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for label, value in expected.items():
        if isinstance(value, np.datetime64):
            assert found[label] == value, label
        else:
            assert found[label] == pytest.approx(value, rel=1e-10, nan_ok=True), label


def test_all_statistics_of_a_daily_run() -> None:
    assert len(BACKTESTING) == 32
    found = as_library(run_metrics(backtesting_run(), "backtesting.py"), "backtesting.py")
    assert found.keys() == BACKTESTING.keys()
    compare(found, BACKTESTING)


def test_intraday_bars_are_compounded_to_days_and_weekends_make_a_year_of_365() -> None:
    compare(as_library(run_metrics(backtesting_hourly(), "backtesting.py"), "backtesting.py"), BACKTESTING_HOURLY)


def test_risk_free_rate() -> None:
    found = run_metrics(backtesting_run(), "backtesting.py", risk_free=0.03)
    assert {name: found[name] for name in RISK_FREE} == pytest.approx(RISK_FREE, rel=1e-10)


@pytest.mark.parametrize(
    ("equity", "average", "longest"),
    [
        ([100.0, 90.0, 100.0, 95.0], -0.1, 2.0),  # the last bar alone is below: not counted
        ([100.0, 101.0, 95.0], -0.0594059405940594, math.nan),  # nothing else: its depth is the average
        ([100.0, 90.0, 95.0, 80.0], -0.2, 3.0),
        ([100.0, 101.0, 102.0], math.nan, math.nan),
    ],
)
def test_what_counts_as_a_drawdown(equity: list[float], average: float, longest: float) -> None:
    """Its compute_drawdown_duration_peaks on four small curves (where it has no duration it returns a depth)."""
    time = (19359 + np.arange(len(equity))) * DAY_NS
    found = metrics_from_equity(equity, time, Facts(100.0, DAY_NS), "backtesting.py")
    assert found["average_drawdown"] == pytest.approx(average, rel=1e-12, nan_ok=True)
    assert found["max_drawdown_duration"] == pytest.approx(longest, nan_ok=True)
