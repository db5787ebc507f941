"""Times in every spelling come out as the same nanoseconds."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from lockstep.data.times import localise, read_times
from lockstep.data.zone import Zone

NAIVE = datetime(2020, 1, 31, 9, 30)  # noqa: DTZ001 - a wall-clock time is the case
MOMENT = int(datetime(2020, 1, 31, 14, 30, tzinfo=UTC).timestamp()) * 10**9

UTC_SPELLINGS: dict[str, list[Any]] = {
    "ISO with Z": ["2020-01-31T14:30:00Z"],
    "ISO with an offset": ["2020-01-31T09:30:00-05:00"],
    "pandas": ["2020-01-31 09:30:00-05:00"],
    "no colon": ["2020-01-31 15:30:00.000+0100"],
    "without seconds": ["2020-01-31 14:30Z"],
    "text epoch s": ["1580481000"],
    "text epoch ms": ["1580481000000"],
    "text epoch with a fraction": ["1580481000.0"],
    "epoch s": [1_580_481_000],
    "epoch s, float": [1_580_481_000.0],
    "epoch ms": [1_580_481_000_000],
    "epoch us": [1_580_481_000_000_000],
    "epoch ns": [1_580_481_000_000_000_000],
    "aware": [datetime(2020, 1, 31, 14, 30, tzinfo=UTC)],
}


@pytest.mark.parametrize("kind", UTC_SPELLINGS)
def test_moments(kind: str) -> None:
    times = read_times(pl.Series("t", UTC_SPELLINGS[kind]))
    assert times.meaning == "utc"
    assert times.ns.tolist() == [MOMENT]
    assert not times.bad.any()


def test_each_epoch_is_read_by_its_own_size() -> None:
    """Binance's dumps went from milliseconds to microseconds in 2025."""
    times = read_times(pl.Series("t", [1_580_481_000_000, 1_580_481_000_000_000]))
    assert times.ns.tolist() == [MOMENT, MOMENT]


@pytest.mark.parametrize(
    "value",
    ["2020-01-31 09:30", "2020-01-31T09:30:00", "2020/01/31 09:30:00.000", NAIVE],
)
def test_wall_clock_times_need_a_zone(value: object) -> None:
    times = read_times(pl.Series("t", [value]))
    assert times.meaning == "local"
    assert localise(times, Zone("America/New_York")).ns.tolist() == [MOMENT]


@pytest.mark.parametrize(
    "value",
    [
        "2020-01-31",
        "20200131",
        "2020/01/31",
        "2020-01-31 00:00:00",
        20200131,
        date(2020, 1, 31),
        "2020-01-31 00:00:00+09:00",
    ],
)
def test_dates(value: object) -> None:
    times = read_times(pl.Series("t", [value]))
    assert times.meaning == "dates"
    assert times.ns.view("M8[ns]").astype("M8[D]").astype(str).tolist() == ["2020-01-31"]


def test_fractions_are_kept_to_the_nanosecond() -> None:
    assert read_times(pl.Series("t", ["2020-01-31T14:30:00.123456789Z"])).ns.tolist() == [MOMENT + 123_456_789]


def test_a_format_is_obeyed() -> None:
    times = read_times(pl.Series("t", ["31.01.20 1430", "x"]), "%d.%m.%y %H%M")
    assert (times.meaning, times.bad.tolist()) == ("local", [False, True])
    assert times.ns[0] == MOMENT


@pytest.mark.parametrize("value", ["soon", "2020-02-30", "31/01/2020", "2020-01-31 25:00", "", None])
def test_unreadable_times_are_marked_and_named(value: str | None) -> None:
    times = read_times(pl.Series("When", ["2020-01-31", value], dtype=pl.String))
    assert times.bad.tolist() == [False, True]
    assert times.reason(1).startswith(
        f"{value!r} in column 'When' is not a time: expected e.g." if value else "no time in column 'When'"
    )


@pytest.mark.parametrize(
    "value",
    [
        "3000-01-31",
        "1600-01-31 09:30",
        "9999-12-31T23:59:59Z",
        date(3000, 1, 31),
        datetime(1600, 1, 31, 9, 30),  # noqa: DTZ001 - a wall-clock time is the case
        datetime(3000, 1, 31, 9, 30, tzinfo=UTC),
        99_999_999_999,
        9_999_999_999_999,
    ],
)
def test_times_beyond_what_nanoseconds_hold_are_bad_and_never_wrap_around(value: object) -> None:
    times = read_times(pl.Series("t", [value]))
    assert times.bad.tolist() == [True]
    assert "from 1680 to 2259" in times.reason(0)


def test_a_format_does_not_lead_beyond_what_nanoseconds_hold() -> None:
    assert read_times(pl.Series("t", ["31.01.3000", "31.01.2000"]), "%d.%m.%Y").bad.tolist() == [True, False]


def test_the_rarer_kind_of_mixed_zones_is_reported() -> None:
    times = read_times(pl.Series("t", ["2020-01-31 09:30", "2020-01-31 09:31Z", "2020-01-31 09:32"]))
    assert times.bad.tolist() == [False, True, False]
    assert "has a zone, other rows differ" in times.reason(1)
    times = read_times(pl.Series("t", ["2020-01-31 09:30Z", "2020-01-31 09:31", "2020-01-31 09:32-05:00"]))
    assert times.bad.tolist() == [False, True, False]
    assert "has no zone, other rows differ" in times.reason(1)


def test_offsets_may_change_with_daylight_saving() -> None:
    times = read_times(pl.Series("t", ["2020-03-06 09:30:00-05:00", "2020-03-09 09:30:00-04:00"]))
    assert not times.bad.any()
    assert (np.diff(times.ns) == (3 * 24 - 1) * 3600 * 10**9).all()


def test_hours_that_never_happened_are_bad() -> None:
    times = read_times(pl.Series("t", ["2021-03-14 02:30", "2021-03-14 09:30", "2021-11-07 01:30"]))
    local = localise(times, Zone("America/New_York"))
    assert local.bad.tolist() == [True, False, True]
    assert local.reason(0).startswith("2021-03-14 02:30 never happened in America/New_York (daylight saving)")
    assert local.reason(2).startswith("2021-11-07 01:30 happened twice")
