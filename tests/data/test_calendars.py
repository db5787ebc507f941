"""Sessions come from the exchanges' calendars, early closes included."""

import importlib
from datetime import date

import numpy as np
import pytest

from lockstep.data import Instrument
from lockstep.data.calendars import _calendar, all_sessions, instrument_on, session_times
from lockstep.errors import DataError


def days(*dates: date) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(dates, "M8[D]").astype(np.int64)


def shown(times: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[str]:
    return [str(time) for time in times.view("M8[ns]").astype("M8[m]")]


def test_early_closes_and_daylight_saving() -> None:
    """New York, 2023: the day before Independence Day closed at 13:00; January is at UTC-5, July at UTC-4."""
    sessions = session_times(Instrument.us_equity("X"), days(date(2023, 1, 3), date(2023, 7, 3), date(2023, 7, 5)))
    assert shown(sessions.open_time) == ["2023-01-03T14:30", "2023-07-03T13:30", "2023-07-05T13:30"]
    assert shown(sessions.close_time) == ["2023-01-03T21:00", "2023-07-03T17:00", "2023-07-05T20:00"]
    assert not sessions.missing.any()


def test_holidays_and_weekends_are_missing() -> None:
    sessions = session_times(Instrument.us_equity("X"), days(date(2023, 7, 4), date(2023, 7, 5), date(2023, 7, 8)))
    assert sessions.missing.tolist() == [True, False, True]


def test_around_the_clock_a_day_is_a_whole_day_of_its_zone() -> None:
    utc = session_times(Instrument.crypto("X"), days(date(2023, 3, 26)))
    assert (shown(utc.open_time), shown(utc.close_time)) == (["2023-03-26T00:00"], ["2023-03-27T00:00"])
    berlin = session_times(Instrument("X", time_zone="Europe/Berlin"), days(date(2023, 3, 26)))
    assert (shown(berlin.open_time), shown(berlin.close_time)) == (["2023-03-25T23:00"], ["2023-03-26T22:00"])


@pytest.mark.parametrize("calendar", ["XNYS", "XLON", "XTKS", "CMES"])
def test_a_sessions_open_counts_for_its_own_day(calendar: str) -> None:
    """Evening opens (Chicago's futures) too: the session number equals the exchange's label of the day."""
    instrument = instrument_on(calendar, "X")
    labels, opens, closes = all_sessions(calendar, 12_000, 19_000)
    assert len(labels) > 4000
    np.testing.assert_array_equal(instrument.zone.session_days(opens, instrument.session_shift_ns), labels)
    assert (closes > opens).all()


def test_days_before_a_calendars_records_are_missing() -> None:
    """Tokyo's begin in 1997."""
    sessions = session_times(instrument_on("XTKS", "X"), days(date(1995, 1, 4), date(1997, 1, 6)))
    assert sessions.missing.tolist() == [True, False]


def test_a_calendar_that_breaks_is_an_error_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise NotImplementedError("no such Easter")  # stands for exchange_calendars, which raises just this

    monkeypatch.setattr(importlib.import_module("exchange_calendars"), "get_calendar", broken)
    _calendar.cache_clear()
    with pytest.raises(DataError, match=r"'XLON' can't be computed .*no such Easter.*: give open_time"):
        instrument_on("XLON", "X")
