"""What is tried in vain is tried again, but never without end at one moment."""

from itertools import pairwise

from tests.vector.ticks.histories import SET, TRADE, ticks_of

from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.book.tables import ASK, BID
from lockstep.strategies.iceberg import Iceberg
from lockstep.strategies.twap import Twap
from lockstep.strategies.working import RETRY_NS
from lockstep.vector import backtest

THIN = ((1.0, SET, BID, 100, 5), (1.0, SET, ASK, 102, 1), (4.0, TRADE, -1, 101, 1))


def test_orders_that_find_nothing_are_a_while_apart() -> None:
    orders = backtest(ticks_of(*THIN), Twap(lots=3, slices=1, duration_s=1.0), cash=1e4).orders.sort("id")
    sent = orders["sent"].to_physical().to_list()
    # One lot is found at once, and two are asked for at once behind it; then every tenth of a second until 4.0.
    assert orders["filled"].to_list()[0] == 1.0
    assert orders["filled"].sum() == 1.0
    assert all(after - before == RETRY_NS for before, after in pairwise(sent[1:]))
    assert 25 <= len(sent) <= 32


def test_nothing_is_sent_into_a_halt() -> None:
    halted = (*THIN[:2], (1.0, EventKind.PHASE, -1, 0, Phase.HALT), THIN[2])
    assert backtest(ticks_of(*halted), Iceberg(), cash=1e4).orders.height == 0


def test_nothing_is_sent_to_an_empty_side() -> None:
    alone = (THIN[0], THIN[2])
    assert backtest(ticks_of(*alone), Twap(), cash=1e4).orders.height == 0
    assert backtest(ticks_of(*alone), Iceberg(buy=False), cash=1e4).orders.height == 0
