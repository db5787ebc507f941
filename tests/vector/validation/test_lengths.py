"""What a length of training or test means."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lockstep.errors import SplitError
from lockstep.vector.validation.lengths import EPOCH, Count, Period, Share, Until, gap_of, later, parse


def day(year: int, month: int, number: int) -> int:
    return date(year, month, number).toordinal() - EPOCH


@pytest.mark.parametrize(
    ("length", "meaning"),
    [
        (252, Count(252)),
        (0.5, Share(0.5)),
        ("180d", Period(0, 180)),
        ("3w", Period(0, 21)),
        ("6mo", Period(6, 0)),
        ("2y", Period(24, 0)),
        ("1y6mo", Period(18, 0)),
        (" 1Y 6MO ", Period(18, 0)),
        ("P6M", Period(6, 0)),
        ("P1Y6M10D", Period(18, 10)),
        ("P2W", Period(0, 14)),
        ("2020-01-31", Until(day(2020, 1, 31))),
        (date(2020, 1, 31), Until(day(2020, 1, 31))),
        (date(1970, 1, 2), Until(1)),
    ],
)
def test_every_way_to_say_a_length(length: Any, meaning: Any) -> None:
    assert parse(length, "train") == meaning


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (0, "train must be at least one session, found 0"),
        (-5, "at least one session"),
        (0.0, "as a share must lie between 0 and 1, found 0.0"),
        (1.5, "as a share must lie between 0 and 1, found 1.5; sessions are whole numbers"),
        (float("nan"), "as a share must lie between"),
        (True, r"train must be a number of sessions \(252\), a share .* found True"),
        (None, "found None"),
        ("6m", "found '6m'; months are written 6mo"),
        ("0d", "found '0d'"),
        ("P", "found 'P'"),
        ("PT5H", "found 'PT5H'"),
        ("", "found ''"),
        ("soon", "found 'soon'"),
        (datetime(2020, 1, 1, tzinfo=UTC), r"a date without a time of day, .* use .date\(\)"),
    ],
)
def test_what_is_no_length(length: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        parse(length, "train")


@pytest.mark.parametrize(
    ("start", "period", "times", "expected"),
    [
        ((2020, 1, 31), Period(1, 0), 1, (2020, 2, 29)),
        ((2021, 1, 31), Period(1, 0), 1, (2021, 2, 28)),
        ((2021, 1, 31), Period(1, 0), 2, (2021, 3, 31)),  # counted from the start, not from 28 February
        ((2020, 2, 29), Period(12, 0), 1, (2021, 2, 28)),
        ((2020, 3, 31), Period(1, 0), -1, (2020, 2, 29)),
        ((2020, 12, 15), Period(1, 10), 1, (2021, 1, 25)),
        ((2020, 1, 1), Period(0, 180), 2, (2020, 12, 26)),  # 2020 has 366 days: day 361
    ],
)
def test_calendar_time(start: tuple[int, int, int], period: Period, times: int, expected: tuple[int, int, int]) -> None:
    assert later(day(*start), period, times) == day(*expected)


def test_calendar_time_beyond_the_calendar_lies_beyond_every_history() -> None:
    assert later(day(2020, 1, 1), Period(12 * 8000, 0)) == day(9999, 12, 31)
    assert later(day(2020, 1, 1), Period(12 * 8000, 0), -1) == day(1, 1, 1)
    assert later(10**9, Period(1, 5)) == day(9999, 12, 31)


def test_shares_are_the_decimals_that_are_written() -> None:
    # 0.29 * 100 is 28.999999999999996 in binary.
    assert Share(0.29).of(100) == Count(29)
    assert Share(0.001).of(100) == Count(1)
    assert gap_of(0.29, 100, "purge") == 29
    assert gap_of(0.001, 100, "purge") == 0
    assert gap_of(5, 100, "purge") == 5


@pytest.mark.parametrize("given", [-1, 1.0, -0.1, float("nan"), True, "5d", None])
def test_what_is_no_gap(given: Any) -> None:
    with pytest.raises(SplitError, match=r"purge must be a number of sessions from 0 \(5\) or a share below 1"):
        gap_of(given, 100, "purge")
