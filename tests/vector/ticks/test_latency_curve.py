"""A strategy that is late gets less, by hand."""

import pytest
from tests.vector.ticks.histories import BOOK, SECOND, TRADE, Once, ticks_of

from lockstep.errors import BacktestError
from lockstep.vector.ticks.latency_curve import latency_curve


def test_an_order_that_comes_too_late_is_not_filled() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, 0, 100, 7), (9.0, TRADE, 1, 102, 1))
    curve = latency_curve(ticks, Once(), [0, SECOND // 4, 2 * SECOND], cash=1000.0)
    # It hears of the book at second 1, 1.25 and 3; its order arrives at 1, 1.5 and 5; the trade is at 2.
    assert curve["fills"].to_list() == [1, 1, 0]
    assert curve["profit"].to_list() == [2.0, 2.0, 0.0]
    assert curve["latency_ns"].to_list() == [0, SECOND // 4, 2 * SECOND]


def test_without_a_latency_there_is_no_curve() -> None:
    with pytest.raises(BacktestError, match="at least one latency"):
        latency_curve(ticks_of(*BOOK), Once(), [])
