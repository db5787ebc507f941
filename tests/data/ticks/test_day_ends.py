"""Closing times in UTC, on both sides of a change of clocks."""

from datetime import UTC, datetime

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.day_ends import day_ends


def ns(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000_000  # type: ignore[misc, arg-type]


def test_new_york_closes_an_hour_earlier_by_utc_once_its_clocks_are_put_forward() -> None:
    # 2024-03-10: from 16:00 EST (21:00 UTC) to 16:00 EDT (20:00 UTC).
    ends = day_ends(Instrument.us_equity("X"), ns(2024, 3, 8, 15), ns(2024, 3, 11, 15))
    assert ends[:2].tolist() == [ns(2024, 3, 8, 21), ns(2024, 3, 11, 20)]
    assert ends[-1] > ns(2024, 3, 11, 15)


def test_no_day_ends_on_a_holiday_and_an_early_close_ends_its_day() -> None:
    # Thanksgiving of 2024 was November 28; on the day after New York closed at 13:00 (18:00 UTC).
    ends = day_ends(Instrument.us_equity("X"), ns(2024, 11, 27, 15), ns(2024, 12, 2, 15))
    assert ends[:3].tolist() == [ns(2024, 11, 27, 21), ns(2024, 11, 29, 18), ns(2024, 12, 2, 21)]


def test_between_sessions_the_next_close_is_known() -> None:
    friday_night, sunday = ns(2024, 3, 8, 22), ns(2024, 3, 10, 12)
    assert day_ends(Instrument.us_equity("X"), friday_night, sunday)[0] == ns(2024, 3, 11, 20)


def test_where_the_calendar_ends_every_day_is_one() -> None:
    ends = day_ends(Instrument.us_equity("X"), ns(2060, 1, 1), ns(2060, 1, 4))
    assert ends[:3].tolist() == [ns(2060, 1, 1, 21), ns(2060, 1, 2, 21), ns(2060, 1, 3, 21)]
    through = day_ends(Instrument.us_equity("X"), ns(2024, 1, 1), ns(2060, 1, 4))
    assert (np.diff(through) > 0).all()
    assert through[-1] > ns(2060, 1, 4)


def test_a_market_that_never_closes_has_days_of_utc() -> None:
    ends = day_ends(Instrument("X", "crypto"), ns(2024, 1, 1), ns(2024, 1, 2, 23))
    assert ends[:2].tolist() == [ns(2024, 1, 2), ns(2024, 1, 3)]
    assert (np.diff(ends) == 86_400_000_000_000).all()
