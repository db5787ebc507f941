"""Hours of the calendar, against the exchange's published days."""

import numpy as np
import pytest

from lockstep.data import Instrument
from lockstep.data.ticks.hours import trading_hours
from lockstep.errors import DataError


def ns(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def test_new_york_has_its_holidays_and_early_closes() -> None:
    hours = trading_hours(Instrument.us_equity("X"), ns("2023-11-20"), ns("2023-11-28"))
    assert hours is not None
    # nyse.com, holidays 2023: closed on November 23, until 13:00 on November 24; New York is at UTC-5 then.
    week = {(str(np.datetime64(int(a), "ns"))[:16], str(np.datetime64(int(b), "ns"))[:16]) for a, b in hours}
    assert ("2023-11-22T14:30", "2023-11-22T21:00") in week
    assert ("2023-11-24T14:30", "2023-11-24T18:00") in week
    assert not any(opens.startswith("2023-11-23") for opens, _ in week)


def test_what_trades_around_the_clock_has_no_hours() -> None:
    assert trading_hours(Instrument.crypto("X"), 0, 1) is None


def test_an_unknown_calendar_is_said() -> None:
    with pytest.raises(DataError, match="calendar 'XNEW' is unknown"):
        trading_hours(Instrument("X", calendar="XNEW"), ns("2023-11-20"), ns("2023-11-28"))
