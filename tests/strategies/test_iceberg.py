"""One slice at a time."""

from typing import Any

import numpy as np
import pytest
from tests.vector.ticks.histories import SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies.iceberg import Iceberg
from lockstep.vector import backtest
from lockstep.vector.ticks.backtest import driven_over

BOOK = ((1.0, SET, BID, 100, 4), (1.0, SET, ASK, 102, 7))
SOLD = tuple((float(t), TRADE, BID, 100, 6) for t in range(2, 20))


@pytest.mark.parametrize("late", [Latency(), Latency(submit=400_000_000, report=500_000_000)])
def test_it_never_has_more_than_a_slice_in_the_market(late: Latency) -> None:
    driven = driven_over(ticks_of(*BOOK, *SOLD), Iceberg(lots=17, show=5), TickExecution(late), 1e4)
    shown = []
    frame: Any = driven.frame
    while driven.step(1)[1]:
        own = frame.own
        shown.append(int(own["remaining"][np.isin(own["state"], (OrderState.SENT, OrderState.RESTING))].sum()))
    assert max(shown) == 5
    assert driven.frame.run["exchange_position"][0] == 17


def test_each_slice_joins_the_end_of_the_queue() -> None:
    result = backtest(ticks_of(*BOOK, *SOLD), Iceberg(lots=12, show=5), cash=1e4)
    # Four are ahead of each: six traded leave two of a slice, and the next six its other three.
    assert result.orders["quantity"].to_list() == [5.0, 5.0, 2.0]
    assert result.orders["ahead_at_entry"].to_list() == [4.0, 4.0, 4.0]
    assert result.fills["quantity"].to_list() == [2.0, 3.0, 2.0, 3.0, 2.0]
    assert [time_ns / SECOND for time_ns in result.fills["time"].to_physical()] == [2.0, 3.0, 4.0, 5.0, 6.0]


def test_a_limit_that_reaches_the_other_side_takes_slice_by_slice() -> None:
    result = backtest(ticks_of(*BOOK, *SOLD), Iceberg(lots=12, show=5, at=102), cash=1e4)
    # Seven are offered at 102: a whole slice and two of the next, whose other three wait, and no more is shown.
    assert result.fills["price"].to_list()[:2] == [102.0, 102.0]
    assert result.fills["quantity"].to_list()[:2] == [5.0, 2.0]
    assert result.fills["maker"].to_list()[:2] == [False, False]


def test_it_begins_once_its_side_has_a_price() -> None:
    late = ((1.0, SET, ASK, 102, 7), (1.35, SET, BID, 100, 4), *SOLD)
    result = backtest(ticks_of(*late), Iceberg(lots=5, show=5), cash=1e4)
    # It looks every tenth of a second.
    assert result.orders["sent"].to_physical()[0] == 1_400_000_000
