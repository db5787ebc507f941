"""Drawdowns against a hand calculation and against a loop that walks the equity."""

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.analytics.views import DAY_NS, FIRST_NS, time_series

from lockstep.analytics.plots.underwater import drawdowns, underwater


def days(count: int) -> Any:
    return time_series(FIRST_NS + np.arange(count, dtype=np.int64) * DAY_NS)


def naive(equity: list[float], initial: float) -> list[tuple[int, int, int | None, float, int]]:
    """Walk the rows: (row of the high, of the low, of the recovery, depth, bars), in order of time."""
    path = [initial, *equity]
    found: list[tuple[int, int, int | None, float, int]] = []
    high, low = 0, 0
    for row, value in enumerate(path):
        if value >= path[high]:
            if low > high:
                found.append((max(high - 1, 0), low - 1, row - 1, path[low] / path[high] - 1, row - high))
            high = low = row
        elif value < path[low]:
            low = row
    if low > high:
        last = len(path) - 1
        found.append((max(high - 1, 0), low - 1, None, path[low] / path[high] - 1, last - high))
    return found


def test_by_hand() -> None:
    # Highs 100, 110 and 120; 110 -> 99 is -10 %, 120 -> 90 is -25 % and never recovers.
    equity = np.array([100.0, 110.0, 104.5, 99.0, 110.0, 120.0, 108.0, 90.0, 96.0])
    depth = underwater(equity, 100.0)
    assert depth == pytest.approx([0, 0, -0.05, -0.1, 0, 0, -0.1, -0.25, -0.2])
    times = days(9)
    table = drawdowns(times, equity, 100.0)
    assert table["depth"].to_list() == pytest.approx([-0.25, -0.1])
    assert table["peak_time"].to_list() == [times[5], times[1]]
    assert table["trough_time"].to_list() == [times[7], times[3]]
    assert table["recovery_time"].to_list() == [None, times[4]]
    # 120 stands on row 5, the end is row 8; 110 stands on row 1 and is back on row 4.
    assert table["bars"].to_list() == [3, 3]


def test_a_loss_from_the_first_bar_is_measured_from_the_initial_equity() -> None:
    table = drawdowns(days(3), np.array([95.0, 90.0, 100.0]), 100.0)
    assert table["depth"].to_list() == pytest.approx([-0.1])
    assert table["peak_time"][0] == days(3)[0]
    assert table["bars"].to_list() == [3]


def test_a_run_that_only_rises_has_none() -> None:
    table = drawdowns(days(3), np.array([1.0, 2.0, 3.0]), 1.0)
    assert table.is_empty()
    assert table.columns == ["peak_time", "trough_time", "recovery_time", "depth", "bars"]


def test_only_the_deepest_are_returned() -> None:
    equity = np.array([100.0, 99.0, 100.0, 90.0, 100.0, 95.0, 100.0])
    assert drawdowns(days(7), equity, 100.0, 2)["depth"].to_list() == pytest.approx([-0.1, -0.05])


def test_equity_below_zero_is_deeper_than_a_whole_loss() -> None:
    assert underwater(np.array([100.0, -50.0]), 100.0) == pytest.approx([0.0, -1.5])


@given(st.lists(st.integers(1, 12).map(float), min_size=1, max_size=80), st.integers(1, 12).map(float))
def test_equals_the_walk(equity: list[float], initial: float) -> None:
    times: list[datetime] = days(len(equity)).to_list()
    table = drawdowns(days(len(equity)), np.array(equity), initial, 100)
    expected = sorted(naive(equity, initial), key=lambda row: row[3])
    found = table.select("peak_time", "trough_time", "recovery_time", "depth", "bars").rows()
    assert found == [
        (times[high], times[low], None if back is None else times[back], depth, bars)
        for high, low, back, depth, bars in expected
    ]
