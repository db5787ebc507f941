"""Whole arrays of times agree with the standard library, one by one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.data.zone import Zone
from lockstep.errors import DataError

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/London",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
]
seconds = st.integers(0, 2_000_000_000)


@given(zone=st.sampled_from(ZONES), times=st.lists(seconds, min_size=1, max_size=30))
def test_session_days_equal_the_standard_library(zone: str, times: list[int]) -> None:
    expected = [
        (
            datetime.fromtimestamp(t, UTC).astimezone(ZoneInfo(zone)).date() - datetime(1970, 1, 1, tzinfo=UTC).date()
        ).days
        for t in times
    ]
    assert Zone(zone).session_days(np.array(times, np.int64) * 10**9).tolist() == expected


@given(zone=st.sampled_from(ZONES), times=st.lists(seconds, min_size=1, max_size=30))
def test_wall_clock_times_come_back(zone: str, times: list[int]) -> None:
    """To the zone's clock and back, except for hours that happened twice."""
    utc = np.array(times, np.int64) * 10**9
    offsets = [datetime.fromtimestamp(t, UTC).astimezone(ZoneInfo(zone)).utcoffset() for t in times]
    local = utc + np.array([offset.total_seconds() for offset in offsets if offset is not None], np.int64) * 10**9
    back, twice, never = Zone(zone).to_utc(local)
    assert not never.any()
    assert (back == utc)[~twice].all()


def test_hours_that_happened_twice_or_never_are_marked() -> None:
    """New York 2021: 02:30 on March 14 never happened, 01:30 on November 7 did twice (first at 05:30 UTC)."""
    local = np.array(["2021-03-14T02:30", "2021-11-07T01:30", "2021-07-01T12:00"], "M8[ns]").astype(np.int64)
    utc, twice, never = Zone("America/New_York").to_utc(local)
    assert never.tolist() == [True, False, False]
    assert twice.tolist() == [False, True, False]
    assert utc[1:].view("M8[ns]").astype("M8[m]").astype(str).tolist() == [
        "2021-11-07T05:30",
        "2021-07-01T16:00",
    ]


def test_a_day_starts_after_the_gap_when_midnight_never_happened() -> None:
    """Beirut skipped 00:00 to 01:00 on 2022-03-27: the day began at 22:00 UTC on the 26th."""
    day = (datetime(2022, 3, 27, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    start = Zone("Asia/Beirut").day_start_ns(day)
    assert datetime.fromtimestamp(start / 1e9, UTC) == datetime(2022, 3, 26, 22, tzinfo=UTC)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(DataError, match="'Mars/Olympus' is unknown: write an IANA name"):
        Zone("Mars/Olympus")
