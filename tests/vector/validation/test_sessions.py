"""Sessions, by number and by day."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from lockstep.errors import SplitError
from lockstep.vector.validation.lengths import Count, Period, Share, Until
from lockstep.vector.validation.sessions import Mark, Sessions

DAYS = [date(2020, 1, 2), date(2020, 1, 3), date(2020, 1, 6)]


@pytest.mark.parametrize(
    "given",
    [
        DAYS,
        tuple(DAYS),
        np.array(DAYS, dtype="datetime64[D]"),
        np.array(DAYS, dtype="datetime64[ns]"),
        np.array(DAYS),
        np.array([18263, 18264, 18267]),
        np.array([18263, 18264, 18267], dtype=np.int32),
        pl.Series(DAYS),
    ],
)
def test_every_way_to_say_the_days(given: Any) -> None:
    sessions = Sessions.of(given)
    assert sessions.total == 3
    assert [sessions.date(i) for i in range(3)] == DAYS
    assert Sessions.of(sessions) is sessions


def test_a_number_has_no_days() -> None:
    sessions = Sessions.of(10)
    assert (sessions.total, sessions.days, sessions.date(3)) == (10, None, None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (1, "at least 2 sessions, found 1"),
        (True, "at least 2 sessions"),
        ([], "at least 2 sessions' days"),
        ([DAYS[1], DAYS[0]], r"ascending, each once, found 2: give np.unique\(sessions\)"),
        ([DAYS[0], DAYS[0]], "each once"),
        ("2020", "expected a number of sessions or their dates, found '2020'"),
        (3.5, "found 3.5"),
        (np.array([1.5, 2.5]), "found float64"),
        (np.ones((2, 2), dtype=np.int64), "found int64"),
        (np.array([object(), object()]), "expected dates of sessions"),
    ],
)
def test_what_are_no_sessions(given: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        Sessions.of(given)


def test_places_by_count_and_share() -> None:
    sessions = Sessions.of(10)
    assert sessions.after(Mark(2, None), Count(3), "x", 2) == Mark(8, None)
    assert sessions.after(Mark(2, None), Share(0.5), "x") == Mark(7, None)
    assert sessions.after(Mark(2, None), Count(20), "x") == Mark(22, None)


def test_places_by_calendar_keep_the_day_they_stand_for() -> None:
    sessions = Sessions.of(DAYS)
    weekend = sessions.after(sessions.start(), Period(0, 2), "x")
    assert weekend == Mark(2, 18265)  # Saturday 4 January: two sessions lie before it
    assert sessions.after(weekend, Period(0, 2), "x") == Mark(2, 18267)
    assert sessions.after(sessions.start(), Until(18264), "x") == Mark(1, 18264)


def test_a_calendar_span_is_full_up_to_a_week_after_the_last_session() -> None:
    sessions = Sessions.of(DAYS)
    assert sessions.after(sessions.start(), Until(18267 + 7), "x").position == 3
    assert sessions.after(sessions.start(), Until(18267 + 8), "x").position == 4


def test_calendar_time_needs_days() -> None:
    with pytest.raises(SplitError, match=r"train is given in calendar time, but only the number of sessions is known"):
        Sessions.of(10).after(Mark(0, None), Period(1, 0), "train")
