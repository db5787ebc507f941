"""When sessions and weeks end, from the calendar alone."""

from typing import Any

import numpy as np
import pytest

from lockstep.data import Instrument
from lockstep.data.sessions import session_edges, week_ends

STOCK, COIN = Instrument.us_equity("STOCK"), Instrument.crypto("COIN")


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def shown(times: Any) -> list[str]:
    return [str(time)[:16] for time in times.view("M8[ns]")]


def test_an_early_close_and_a_change_of_clocks() -> None:
    days = np.array([day("2023-11-03"), day("2023-11-06"), day("2023-11-24")])
    opens, closes = session_edges(STOCK, days)
    assert shown(opens) == ["2023-11-03T13:30", "2023-11-06T14:30", "2023-11-24T14:30"]
    assert shown(closes) == ["2023-11-03T20:00", "2023-11-06T21:00", "2023-11-24T18:00"]


def test_a_day_that_is_no_session_keeps_the_regular_hours() -> None:
    opens, closes = session_edges(STOCK, np.array([day("2023-11-25")]))
    assert shown(opens) + shown(closes) == ["2023-11-25T14:30", "2023-11-25T21:00"]


def test_a_session_that_opens_in_the_evening() -> None:
    future = Instrument("ES", "future", "nowhere", "America/New_York", "18:00", "17:00")
    opens, closes = session_edges(future, np.array([day("2023-11-21")]))  # no such calendar: hours by the clock
    assert shown(opens) + shown(closes) == ["2023-11-20T23:00", "2023-11-21T22:00"]


def test_around_the_clock_a_day_is_a_day_of_its_zone() -> None:
    berlin = Instrument("B", time_zone="Europe/Berlin")
    opens, closes = session_edges(berlin, np.array([day("2023-10-29")]))  # 25 hours long
    assert shown(opens) + shown(closes) == ["2023-10-28T22:00", "2023-10-29T23:00"]


@pytest.mark.parametrize(
    ("instrument", "date", "end"),
    [
        (STOCK, "2023-11-20", "2023-11-24T18:00"),  # the Friday after Thanksgiving
        (STOCK, "2023-04-03", "2023-04-06T20:00"),  # Good Friday is closed
        (STOCK, "2001-09-14", "2001-09-10T20:00"),  # nothing traded from Tuesday on
        (COIN, "2023-11-26", "2023-11-27T00:00"),
        (COIN, "2023-11-27", "2023-12-04T00:00"),
    ],
)
def test_weeks_end_with_their_last_session(instrument: Instrument, date: str, end: str) -> None:
    assert shown(week_ends(instrument, np.array([day(date)]))) == [end]


def test_without_a_calendar_a_week_ends_on_monday() -> None:
    unknown = Instrument("X", "equity", "nowhere", "America/New_York", "09:30", "16:00")
    assert shown(week_ends(unknown, np.array([day("2023-11-20")]))) == ["2023-11-27T05:00"]


def test_nothing_has_no_edges() -> None:
    empty = np.empty(0, np.int64)
    assert len(session_edges(STOCK, empty)[0]) == len(week_ends(STOCK, empty)) == 0
