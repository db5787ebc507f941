"""The user's columns are seen as of the moment they became known, and no earlier."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd  # noqa: TID253 - what a pandas user has loaded already
import polars as pl
import pytest
from tests.vector.histories import DAY_NS, START, history

from lockstep.data.extra import ExtraColumns
from lockstep.errors import BacktestError
from lockstep.kernels.bar import Bar
from lockstep.kernels.ops import where
from lockstep.strategies.base import Strategy
from lockstep.vector import backtest

FIRST = int(START.astype("datetime64[ns]").astype(np.int64))


class Follow(Strategy):
    """Hold what a column says."""

    columns = ("mood",)

    @staticmethod
    def init(params: Any) -> tuple[int]:
        return (0,)

    @staticmethod
    def step(state: tuple[int], bar: Bar, params: Any) -> tuple[tuple[int], float]:
        return state, where(bar.extra[0] > 0.5, 1.0, 0.0)


def test_a_value_is_seen_from_the_first_close_at_or_after_it_was_known() -> None:
    known = [FIRST + 3 * DAY_NS, FIRST + 6 * DAY_NS + 1]  # exactly at the third close; just after the sixth
    mood = pl.DataFrame({"known_at": known, "value": [1.0, 0.0]})
    result = backtest(history(1, 10), Follow(), columns={"mood": mood})
    assert result.orders["row"].to_list() == [0, 2, 6][-len(result.orders) :]
    assert result.orders.filter(pl.col("wanted") > 0)["row"].to_list() == [2]
    assert result.orders.filter(pl.col("wanted") < 0)["row"].to_list() == [6]


def test_values_can_differ_by_symbol() -> None:
    frame = {"known_at": [10, 10, 20], "value": [1.0, 2.0, 3.0], "symbol": ["A", "B", "A"]}
    columns = ExtraColumns(("mood",), {"mood": frame}, ["A", "B", "C"])
    seen = columns.at(np.array([5, 10, 20]))[:, :, 0]
    np.testing.assert_array_equal(seen, [[np.nan, 1.0, 3.0], [np.nan, 2.0, 2.0], [np.nan] * 3])


def test_times_may_be_datetimes() -> None:
    frame = pl.DataFrame({"known_at": START + np.arange(2), "value": [1.0, 2.0]})
    assert ExtraColumns(("m",), {"m": frame}, ["A"]).at(np.array([FIRST]))[0, 0, 0] == 1.0


@pytest.mark.parametrize(
    "known_at",
    [
        ["2020-01-01T00:00:00-05:00"],
        [datetime(2020, 1, 1, tzinfo=ZoneInfo("America/New_York"))],
        pl.Series(["2020-01-01"]).str.to_datetime().dt.replace_time_zone("America/New_York"),
        pd.Series(pd.to_datetime(["2020-01-01"])).dt.tz_localize("America/New_York"),
    ],
)
def test_times_with_a_zone_are_seen_when_they_have_come(known_at: Any) -> None:
    """Midnight in New York is five in UTC."""
    columns = ExtraColumns(("m",), {"m": {"known_at": known_at, "value": [1.0]}}, ["A"])
    five = FIRST + 5 * DAY_NS // 24
    np.testing.assert_array_equal(columns.at(np.array([five - 1, five]))[0, :, 0], [np.nan, 1.0])


@pytest.mark.parametrize(
    "known_at",
    [
        np.array(["NaT"], "M8[ns]"),
        [None],
        [1.5],
        np.array(["3000-01-01"], "M8[D]"),
        pl.Series([None], dtype=pl.Datetime),
    ],
)
def test_a_value_without_a_time_is_refused_rather_than_seen_from_the_beginning(known_at: Any) -> None:
    with pytest.raises(BacktestError, match="must be times or int64 ns, found"):
        ExtraColumns(("m",), {"m": {"known_at": known_at, "value": [1.0]}}, ["A"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "reads the column 'mood'"),
        ({"mood": {"value": [1.0]}}, "lacks 'known_at'"),
        ({"mood": {"known_at": [2, 1], "value": [1.0, 2.0]}}, "must not go back in time: sort the frame .row 1."),
        ({"mood": {"known_at": [1, 2], "value": [1.0]}}, "must be equally long columns"),
        ({"mood": {"known_at": [1], "value": ["a"]}}, "'value' must be numbers"),
        ({"mood": 3}, "lacks 'known_at'"),
        ({"mood": {"known_at": ["soon"], "value": [1.0]}}, "must be times or int64 ns"),
    ],
)
def test_columns_that_can_t_be_joined_are_refused(given: Any, message: str) -> None:
    with pytest.raises(BacktestError, match=message):
        backtest(history(1, 10), Follow(), columns=given)
