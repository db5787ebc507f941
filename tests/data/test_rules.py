"""Every rule is broken once; the reason names the values."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.data.helpers import MINUTE, at_minutes, minutes

from lockstep.data.columns import Columns
from lockstep.data.rules import TOLERANCE, find_problems


def with_value(column: str, row: int, value: float) -> Columns:
    columns = minutes(10)
    changed = getattr(columns, column).copy()
    changed[row] = value
    return columns._replace(**{column: changed})


BROKEN = [
    ("open", np.nan, "open is nan, expected a finite number"),
    ("high", np.inf, "high is inf, expected a finite number"),
    ("volume", np.nan, "volume is nan, expected a finite number"),
    ("low", 0.0, "low is 0.0, but prices must be above zero"),
    ("close", -1.0, "close is -1.0, but prices must be above zero"),
    ("volume", -5.0, "volume is -5.0, but can't be negative"),
    ("high", 1.0, "high 1.0 is below low 100."),
    ("open", 200.0, "open 200.0 lies outside low 100."),
    ("close", 99.0, "close 99.0 lies outside low 100."),
]


@pytest.mark.parametrize(("column", "value", "reason"), BROKEN)
def test_a_bad_value_is_named(column: str, value: float, reason: str) -> None:
    problems = find_problems(with_value(column, 3, value))
    assert [problem.row for problem in problems.listed] == [3]
    assert problems.listed[0].reason.startswith(reason)
    assert np.flatnonzero(problems.bad).tolist() == [3]


TIMES: list[tuple[Callable[[], Columns], str]] = [
    (
        lambda: at_minutes([0, 5, 3]),
        "the time 2020-01-01 00:03:00Z comes after 2020-01-01 00:05:00Z: rows must be in time order",
    ),
    (lambda: at_minutes([0, 5, 5]), "the time 2020-01-01 00:05:00Z appears twice"),
    (
        lambda: minutes(3)._replace(close_time=minutes(3).close_time + MINUTE * np.array([0, 5, 0])),
        "the bar opens at 2020-01-01 00:02:00Z, before the previous one closes at 2020-01-01 00:07:00Z",
    ),
    (
        lambda: minutes(3)._replace(close_time=minutes(3).close_time - MINUTE * np.array([0, 0, 1])),
        "close time 2020-01-01 00:02:00Z is not after open time 2020-01-01 00:02:00Z",
    ),
]


@pytest.mark.parametrize(("make", "reason"), TIMES)
def test_bad_times_are_named(make: Callable[[], Columns], reason: str) -> None:
    problems = find_problems(make())
    assert [problem.row for problem in problems.listed] == [2]
    assert problems.listed[0].reason.startswith(reason)


def test_rounding_within_the_tolerance_passes() -> None:
    high = minutes(10).high[3]
    assert not find_problems(with_value("close", 3, high * (1 + TOLERANCE / 2))).bad.any()
    assert find_problems(with_value("close", 3, high * (1 + TOLERANCE * 2))).bad.any()


def test_good_bars_and_no_bars_have_no_problems() -> None:
    assert find_problems(minutes(1000)).listed == []
    assert find_problems(minutes(0)).listed == []


def test_the_first_twenty_are_listed_and_all_are_counted() -> None:
    columns = minutes(100)._replace(volume=np.full(100, -1.0))
    problems = find_problems(columns)
    assert [problem.row for problem in problems.listed] == list(range(20))
    assert problems.bad.sum() == 100
