"""Simple moving average cross: by hand, and on real bars against pandas and backtesting.py's published trades."""

import importlib.resources

import numpy as np
import pandas as pd
import pytest

from lockstep.errors import ParameterError
from lockstep.strategies.sma_cross import SmaCross
from tests.strategies.markets import along, block_of, targets


def test_by_hand() -> None:
    # close          10    8    9    9    7   10    8
    # mean of 2            9  8.5    9    8  8.5    9
    # close is             <    >    =    <    >    <
    # At 7 the bar before was a tie, so it has not crossed; 9 came from below, 10 from below, 8 from above.
    assert along(SmaCross(fast=1, slow=2), 10, 8, 9, 9, 7, 10, 8) == [0, 0, 1, 1, 1, 1, -1]
    assert along(SmaCross(fast=1, slow=2, short=False), 10, 8, 9, 9, 7, 10, 8) == [0, 0, 1, 1, 1, 1, 0]


def test_lines_that_start_apart_have_not_crossed() -> None:
    assert along(SmaCross(fast=1, slow=2), 1, 2, 3, 4, 5, 6) == [0] * 6


@pytest.fixture(scope="module")
def goog() -> pd.Series:
    """Closes of the public-domain GOOG bars from 2004-08-19, the span of backtesting.py's own copy."""
    file = importlib.resources.files("bokeh_sampledata") / "_data" / "GOOG.csv"
    with importlib.resources.as_file(file) as path:
        frame = pd.read_csv(path, parse_dates=["Date"]).set_index("Date").sort_index()
    return frame["Close"].loc["2004-08-19":"2013-03-01"]


def crosses(close: pd.Series, fast: int, slow: int) -> dict[int, float]:
    """Rows of strict crosses and their sides, from pandas, in the words of backtesting.py's ``crossover``."""
    a, b = close.rolling(fast).mean().round(9), close.rolling(slow).mean().round(9)
    up = (a.shift() < b.shift()) & (a > b)
    down = (a.shift() > b.shift()) & (a < b)
    return {int(row): 1.0 if up.iloc[row] else -1.0 for row in np.flatnonzero(up | down)}


@pytest.mark.parametrize(("fast", "slow", "trades"), [(10, 30, 66), (10, 20, 94)])
def test_real_bars_give_the_crosses_of_backtesting_py(
    goog: pd.Series, fast: int, slow: int, trades: int
) -> None:
    """backtesting.py 0.6.6 makes 66 trades with 10/30 and 94 with 10/20 (its last one closed at the end)."""
    found = targets(SmaCross(fast=fast, slow=slow), block_of([goog.to_numpy()]))[0]
    changes = {int(row): float(found[row]) for row in 1 + np.flatnonzero(np.diff(found))}
    assert changes == crosses(goog, fast, slow)
    assert len(changes) == trades


def test_the_first_trades_of_backtesting_py_are_decided_the_bar_before_their_entry(goog: pd.Series) -> None:
    """Its run with 10/30 enters short at bar 70, long at 86, short at 113, and for the last time long at 2088."""
    found = targets(SmaCross(fast=10, slow=30), block_of([goog.to_numpy()]))[0]
    rows = (1 + np.flatnonzero(np.diff(found))).tolist()
    assert [(row + 1, found[row]) for row in (*rows[:3], rows[-1])] == [(70, -1), (86, 1), (113, -1), (2088, 1)]


def test_a_fast_average_must_be_the_faster_one() -> None:
    with pytest.raises(ParameterError, match=r"sma_cross: fast must be below slow \(10\), found 10"):
        SmaCross(fast=10, slow=10)
