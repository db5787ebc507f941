"""Returns by day, month and year, by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from tests.analytics.views import small_view

from lockstep.analytics.plots.monthly_chart import month_table, monthly
from lockstep.analytics.plots.periods import daily_returns, monthly_returns, yearly_returns
from lockstep.analytics.plots.sharpe_chart import rolling_sharpe


def day(year: int, month: int, date: int, hour: int = 21) -> datetime:
    return datetime(year, month, date, hour, tzinfo=UTC)


DAYS = [day(2023, 11, 15), day(2023, 11, 30), day(2023, 12, 29), day(2024, 1, 31), day(2024, 3, 28)]
EQUITY = [105.0, 110.0, 99.0, 118.8, 106.92]
# November: 110 / 100 - 1 = 10 %; December: 99 / 110 - 1 = -10 %; 2023: 99 / 100 - 1 = -1 %.
# January: 118.8 / 99 - 1 = 20 %; March: 106.92 / 118.8 - 1 = -10 %; 2024: 106.92 / 99 - 1 = 8 %. No row in February.


def test_months_and_years_by_hand() -> None:
    view = small_view(EQUITY, DAYS, initial=100.0)
    months = monthly_returns(view)
    assert months.select("year", "month").rows() == [(2023, 11), (2023, 12), (2024, 1), (2024, 3)]
    assert months["return"].to_list() == pytest.approx([0.10, -0.10, 0.20, -0.10])
    years = yearly_returns(view)
    assert years["year"].to_list() == [2023, 2024]
    assert years["return"].to_list() == pytest.approx([-0.01, 0.08])


def test_the_heat_map_shows_these_numbers() -> None:
    view = small_view(EQUITY, DAYS, initial=100.0)
    years, table = month_table(view)
    assert years == [2023, 2024]
    none = float("nan")
    expected = [
        [none] * 10 + [0.10, -0.10, -0.01],
        [0.20, none, -0.10] + [none] * 9 + [0.08],
    ]
    assert np.allclose(table, expected, equal_nan=True)
    trace = monthly(view).data[0]
    assert np.allclose(np.array(trace.z, dtype=float), expected, equal_nan=True)
    assert list(trace.x)[-1] == "Year"
    assert list(trace.text[0][10:]) == ["+10.0%", "-10.0%", "-1.0%"]
    # Years don't set the colours' ends.
    assert (trace.zmin, trace.zmax) == pytest.approx((-0.20, 0.20))


def test_the_month_is_the_sessions_clocks() -> None:
    # 2024-02-01 02:00 UTC is still January in New York.
    view = small_view([110.0, 121.0], [day(2024, 1, 30), day(2024, 2, 1, 2)], initial=100.0)
    assert monthly_returns(view)["month"].to_list() == [1, 2]
    assert monthly_returns(small_view([110.0, 121.0], view.equity["time"].to_list(), zone="America/New_York"))[
        "month"
    ].to_list() == [1]


def test_bars_of_a_day_are_compounded() -> None:
    times = [day(2024, 1, 2, 15), day(2024, 1, 2, 20), day(2024, 1, 3, 15), day(2024, 1, 3, 20)]
    daily = daily_returns(small_view([101.0, 102.0, 90.0, 104.04], times, initial=100.0))
    assert daily["return"].to_list() == pytest.approx([0.02, 0.02])
    assert daily["time"].to_list() == [times[1], times[3]]


def test_a_session_column_decides_the_day() -> None:
    times = [day(2024, 1, 2, 20), day(2024, 1, 2, 23), day(2024, 1, 3, 20)]
    view = small_view([101.0, 102.0, 103.02], times, initial=100.0)
    session = (datetime(2024, 1, 2, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    equity = view.equity.with_columns(session=pl.Series([session, session + 1, session + 1]))
    daily = daily_returns(replace(view, equity=equity))
    assert daily["date"].cast(pl.String).to_list() == ["2024-01-02", "2024-01-03"]
    assert daily["return"].to_list() == pytest.approx([0.01, 0.02])


def test_nothing_grows_from_nothing() -> None:
    view = small_view([0.0, 50.0], [day(2024, 1, 2), day(2024, 2, 2)], initial=100.0)
    assert monthly_returns(view)["return"].to_list() == [-1.0, None]


def test_rolling_sharpe_by_hand() -> None:
    # Window 2: mean 0.02, deviations ±0.01, so s = 0.01 sqrt(2); sqrt(4) x 0.02 / s = 2 sqrt(2). Then mean 0.03, s 0.
    ratio = rolling_sharpe(pl.Series([0.01, 0.03, 0.03]), 2, 4.0)
    assert ratio.to_list() == [None, pytest.approx(2 * 2**0.5), None]


def test_rolling_sharpe_takes_the_risk_free_rate_off_each_day() -> None:
    # 1.21 ^ (1/2) - 1 = 10 % a period: excess 0 and 0.2, mean 0.1, s = 0.1 sqrt(2), times sqrt(2) = 1.
    ratio = rolling_sharpe(pl.Series([0.1, 0.3]), 2, 2.0, 0.21)
    assert ratio[1] == pytest.approx(1.0)
