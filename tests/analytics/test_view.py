"""What a view accepts, and what it says to what it doesn't."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from tests.analytics.views import MINUTE_NS, random_view, small_view

from lockstep.analytics.view import RunView, wall_time
from lockstep.errors import LockstepError, RunViewError


def test_a_missing_column_is_named_with_the_cure() -> None:
    fills = random_view(50).fills.drop("fee")
    with pytest.raises(RunViewError, match=r"fills must have the columns .*; fee is missing: add it"):
        random_view(50, fills=fills)


@pytest.mark.parametrize("kind", [pl.Datetime("ns"), pl.Datetime("ns", "Europe/Berlin"), pl.Int64])
def test_times_must_say_that_they_are_utc(kind: Any) -> None:
    equity = random_view(50).equity.with_columns(pl.col("time").dt.replace_time_zone(None).cast(pl.Datetime("ns")))
    if kind == pl.Int64:
        equity = equity.with_columns(pl.col("time").cast(pl.Int64))
    elif kind.time_zone:
        equity = equity.with_columns(pl.col("time").dt.replace_time_zone(kind.time_zone))
    with pytest.raises(RunViewError, match=r"equity\.time must be a Datetime in UTC, found .*: cast it"):
        random_view(50, equity=equity)


def test_an_account_of_a_strategy_is_checked_too() -> None:
    with pytest.raises(LockstepError, match=r"strategies\['x'\] must have the columns time, equity"):
        random_view(50, strategies={"x": pl.DataFrame({"equity": [1.0]})})


def test_a_run_without_a_row_is_refused() -> None:
    with pytest.raises(RunViewError, match="at least one row, found none"):
        random_view(50, equity=random_view(50).equity.clear())


@pytest.mark.parametrize(("source", "expected"), [("synthetic", True), (" Synthetic ", True), ("yahoo", False)])
def test_synthetic_is_read_from_the_source(source: str, expected: bool) -> None:
    assert random_view(50, source=source).synthetic is expected


def test_symbols_stand_in_the_order_of_their_fills() -> None:
    view = random_view(50, trades=0)
    fills = random_view(50, trades=40).fills
    order = fills.filter(pl.col("symbol") == "MSFT").head(3).vstack(fills.filter(pl.col("symbol") == "GOOG").head(1))
    assert random_view(50, fills=order).traded_symbols == ("MSFT", "GOOG", "AAPL")
    assert view.traded_symbols == view.symbols


def test_a_day_with_several_rows_is_intraday_on_the_sessions_clock() -> None:
    assert random_view(50, step_ns=MINUTE_NS).intraday
    assert not random_view(50).intraday
    # 23:00 and 01:00 UTC are one evening in New York, but two dates in UTC.
    evening = datetime(2024, 3, 5, 23, tzinfo=UTC)
    days = [evening, evening + timedelta(hours=2)]
    assert small_view([1.0, 1.0], days, zone="America/New_York").intraday
    assert not small_view([1.0, 1.0], days).intraday


def test_the_first_row_stands_in_for_an_unknown_initial_equity() -> None:
    assert small_view([90.0, 95.0]).initial_equity == 90.0
    assert small_view([90.0, 95.0], initial=100.0).initial_equity == 100.0


def test_wall_time_is_what_the_clock_showed() -> None:
    # New York was UTC-5 until 2024-03-10 07:00 UTC, UTC-4 from then.
    times = pl.Series([datetime(2024, 3, 8, 21, tzinfo=UTC), datetime(2024, 3, 11, 20, tzinfo=UTC)])
    shown = wall_time(times.cast(pl.Datetime("ns", "UTC")), "America/New_York")
    assert shown.dtype == pl.Datetime("ms")
    assert shown.to_list() == [datetime(2024, 3, 8, 16), datetime(2024, 3, 11, 16)]  # noqa: DTZ001 a clock's face


def test_a_view_can_not_be_changed() -> None:
    view: RunView = random_view(50)
    with pytest.raises(AttributeError):
        view.title = "other"  # type: ignore[misc]
