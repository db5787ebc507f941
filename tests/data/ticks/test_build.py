"""Bars of ticks in the instrument's units, and strategies for bars that run on them."""

import pytest
from tests.vector.ticks.histories import BOOK, SET, TRADE, ticks_of

from lockstep.errors import DataError, NoDataError
from lockstep.strategies import BuyAndHold
from lockstep.vector import backtest

TRADES = ((2.0, TRADE, 0, 100, 6), (2.5, TRADE, 1, 102, 2), (3.0, TRADE, 0, 100, 4))


def test_prices_and_volume_are_in_units() -> None:
    bars = ticks_of(*BOOK, *TRADES, tick=0.25, lot=0.5).bars(trades=2)
    frame = bars.frame()
    assert frame.select("open", "high", "low", "close", "volume").rows() == [(25.0, 25.5, 25.0, 25.5, 4.0)]


def test_sizes_are_in_units_too() -> None:
    ticks = ticks_of(*BOOK, *TRADES, tick=0.25, lot=0.5)
    assert ticks.bars(volume=4.0).rows == 1  # 3 + 1 units, then 2
    assert ticks.bars(value=75.0).rows == 2  # 3 units at 25, then 1 at 25.5 and 2 at 25
    assert ticks.bars(imbalance=3.0).rows == 1  # 3 sold, then 1 bought and 2 sold


def test_many_trades_of_one_moment_are_one_bar() -> None:
    crowd = [(2.0, TRADE, k % 2, 100 + k % 2, 5) for k in range(6)]
    ticks = ticks_of(*BOOK, *crowd, (3.0, TRADE, 0, 100, 4))
    assert ticks.bars(trades=2).frame()["volume"].to_list() == [30.0]
    assert ticks.bars(volume=1.0).frame()["volume"].to_list() == [30.0, 4.0]
    assert ticks.bars(trades=2).source == "memory, a bar every 2 trades"


def test_a_strategy_for_bars_runs_on_ticks() -> None:
    result = backtest(ticks_of(*BOOK, *TRADES).bars("500ms"), BuyAndHold(), cash=1000.0)
    assert result.fills["price"].to_list() == [102.0]  # decided at the first bar's close, filled at the next open


def test_a_measure_is_needed_and_only_one() -> None:
    ticks = ticks_of(*BOOK, *TRADES)
    with pytest.raises(DataError, match="found 0 of them"):
        ticks.bars()
    with pytest.raises(DataError, match="found 2 of them"):
        ticks.bars("1s", trades=3)
    with pytest.raises(DataError, match="above 0, found -1"):
        ticks.bars(trades=-1)
    with pytest.raises(NoDataError, match="no bar of TEST is full"):
        ticks.bars(trades=100)


def test_quotes_without_trades_have_bars_of_the_middle() -> None:
    moves = ((2.2, SET, 0, 101, 3), (2.4, SET, 0, 101, 0), (3.5, SET, 1, 101, 1))
    ticks = ticks_of(*BOOK, *moves, (4.5, SET, 0, 90, 1), tick=0.5)
    with pytest.raises(NoDataError, match=r"TEST's ticks tell no trades, .* say bars\('1m', of='middle'\)"):
        ticks.bars("1s")
    frame = ticks.bars("1s", of="middle").frame()
    rows = frame.select("open", "high", "low", "close", "volume").rows()
    assert rows == [(50.5, 50.5, 50.5, 50.5, 1.0), (50.75, 50.75, 50.5, 50.5, 2.0), (50.25, 50.25, 50.25, 50.25, 1.0)]
    with pytest.raises(DataError, match="of middle prices are measured by interval alone"):
        ticks.bars(trades=5, of="middle")
