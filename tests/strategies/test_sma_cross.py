"""Simple moving average cross: by hand, and on real bars against NumPy and backtesting.py's published trades."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from tests.strategies.markets import along, block_of, targets

from lockstep.data.sample import read_quotes
from lockstep.errors import ParameterError
from lockstep.strategies.sma_cross import SmaCross

Floats = npt.NDArray[np.float64]


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
def goog() -> Floats:
    """Closes of the public-domain GOOG bars; they start in 2004-08 and backtesting.py's copy ends on 2013-03-01."""
    quotes = next(quotes for quotes in read_quotes() if quotes.symbol == "GOOG")
    closes: Floats = quotes.values[3]
    return closes[np.array(quotes.days) <= dt.date(2013, 3, 1)]


def crosses(close: Floats, fast: int, slow: int) -> dict[int, float]:
    """Rows of strict crosses and their sides, from NumPy's means, in the words of backtesting.py's ``crossover``."""
    # Rounded, so that averages that are equal on paper are equal.
    a, b = (np.round(sliding_window_view(close, n).mean(axis=1)[slow - n :], 9) for n in (fast, slow))
    up = (a[:-1] < b[:-1]) & (a[1:] > b[1:])
    down = (a[:-1] > b[:-1]) & (a[1:] < b[1:])
    return {int(row) + slow: 1.0 if up[row] else -1.0 for row in np.flatnonzero(up | down)}


@pytest.mark.parametrize(("fast", "slow", "trades"), [(10, 30, 66), (10, 20, 94)])
def test_real_bars_give_the_crosses_of_backtesting_py(goog: Floats, fast: int, slow: int, trades: int) -> None:
    """backtesting.py 0.6.6 makes 66 trades with 10/30 and 94 with 10/20 (its last one closed at the end)."""
    found = targets(SmaCross(fast=fast, slow=slow), block_of([goog]))[0]
    changes = {int(row): float(found[row]) for row in 1 + np.flatnonzero(np.diff(found))}
    assert changes == crosses(goog, fast, slow)
    assert len(changes) == trades


def test_the_first_trades_of_backtesting_py_are_decided_the_bar_before_their_entry(goog: Floats) -> None:
    """Its run with 10/30 enters short at bar 70, long at 86, short at 113, and for the last time long at 2088."""
    found = targets(SmaCross(fast=10, slow=30), block_of([goog]))[0]
    rows = (1 + np.flatnonzero(np.diff(found))).tolist()
    assert [(row + 1, found[row]) for row in (*rows[:3], rows[-1])] == [(70, -1), (86, 1), (113, -1), (2088, 1)]


def test_a_fast_average_must_be_the_faster_one() -> None:
    with pytest.raises(ParameterError, match=r"sma_cross: fast must be below slow \(10\), found 10"):
        SmaCross(fast=10, slow=10)
