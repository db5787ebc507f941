"""The "backtesting.py" convention against what backtesting.py 0.6.6 said of recorded runs."""

from typing import Any

import numpy as np
import pytest
from tests.analytics.metrics.recorded import (
    BACKTESTING,
    BACKTESTING_HOURLY,
    backtesting_hourly,
    backtesting_run,
)
from tests.analytics.metrics.run_statistics import as_library, run_metrics

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
