"""Columns made of longer bars: known at their closes, and read by a strategy as any other column."""

from typing import Any

import numpy as np
import pytest
from tests.vector.histories import history

from lockstep.data import Bars
from lockstep.data.extra import ExtraColumns
from lockstep.errors import BacktestError
from lockstep.strategies import Strategy
from lockstep.vector import backtest
from lockstep.vector.higher import higher


class AboveLastWeek(Strategy):
    columns = ("weekly_close",)

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        from_last_week = bar.close - bar.extra[0]
        return state, 1.0 * (from_last_week > 0.0)


def test_each_day_sees_the_last_week_that_was_over() -> None:
    bars = history(2, 120)
    columns = higher(bars, "1w", weekly_close="close", double=lambda week: 2.0 * week["close"].to_numpy())
    frame = bars.frame().filter(bars.frame()["symbol"] == "S1")
    times, close = frame["close_time"].to_physical().to_numpy(), frame["close"].to_numpy()
    seen = ExtraColumns(["weekly_close", "double"], columns, ["S1"]).at(times)[0]
    for row, time in enumerate(times):
        # 2020-01-01 was a Wednesday; days end at midnight, so weeks end with the bars of Sundays.
        sundays = [r for r in range(row + 1) if (times[r] // 86_400_000_000_000 + 3) % 7 == 0]
        expected = close[sundays[-1]] if sundays else np.nan
        np.testing.assert_array_equal(seen[row], [expected, 2.0 * expected], err_msg=str(time))
    assert np.isnan(seen[0]).all()
    assert not np.isnan(seen[10]).any()


def test_a_strategy_reads_them() -> None:
    bars = history(2, 120)
    result = backtest(bars, AboveLastWeek(), columns=higher(bars, "1w", weekly_close="close"))
    assert len(result.fills) > 2


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda week: week["close"].head(2), "one number for each of"),
        (lambda week: 1.0, "one number per longer bar"),
        (lambda week: ["a"] * len(week), "must return numbers"),
        ("closing", "have no 'closing'"),
    ],
)
def test_what_is_no_column_is_refused(function: Any, words: str) -> None:
    with pytest.raises(BacktestError, match=words):
        higher(history(1, 60), "1w", mine=function)


def test_a_column_must_be_asked_for() -> None:
    with pytest.raises(BacktestError, match="at least one column"):
        higher(history(1, 60), "1w")


def test_a_symbol_without_a_whole_week_has_an_empty_column() -> None:
    long, short = history(1, 38).frame().drop("symbol", "session"), history(1, 38).frame().drop("symbol", "session")
    bars = Bars.from_frame({"A": long, "B": short.tail(3)}, interval="1d")
    column = higher(bars, "1w", weekly="close")["weekly"]
    assert set(column["symbol"].tolist()) == {"A"}
