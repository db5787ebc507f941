"""Stops that wait for a trade, and orders that last for a day: by hand, with the twin beside."""

import pytest
from tests.kernels.ticks.ticks_run import P, buy, ends_of, event, fills_of, sell
from tests.twins.tick_run import Ask

from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType

SET, TRADE, HIDDEN, PHASE, NONE = (EventKind[n] for n in ("SET", "TRADE", "HIDDEN", "PHASE", "NONE"))
BID, ASK = 0, 1
STOP, STOP_LIMIT = OrderType.STOP, OrderType.STOP_LIMIT
# 10 bid at P; 4, 6 and 20 offered at P + 2, P + 3 and P + 5.
TOUCH = [event(0, SET, BID, P, 10), event(0, SET, ASK, P + 2, 4), event(0, SET, ASK, P + 3, 6)]
TOUCH += [event(0, SET, ASK, P + 5, 20)]
END = event(100, NONE)


@pytest.mark.parametrize("kind", [TRADE, HIDDEN])
def test_a_stop_comes_in_when_a_trade_reaches_it_and_all_of_that_moment_has_happened(kind):
    events = [*TOUCH, event(20, SET, ASK, P + 1, 1), event(30, kind, ASK, P + 2, 1), event(30, SET, ASK, P + 2, 0), END]
    assert fills_of(events, [buy(10, 5, P + 2, type=STOP)]) == [(1, 30, P + 1, 1, 0), (1, 30, P + 3, 4, 0)]
    assert fills_of(events, [buy(10, 5, P + 3, type=STOP)]) == []  # beyond the trade


def test_quotes_trigger_nothing_and_sides_have_their_directions():
    events = [*TOUCH, event(20, SET, ASK, P + 1, 1), event(40, TRADE, BID, P, 3), END]
    assert fills_of(events, [buy(10, 5, P + 1, type=STOP)]) == []
    assert fills_of(events, [sell(10, 5, P, type=STOP)]) == [(1, 40, P, 5, 0)]
    assert fills_of(events, [buy(10, 1, P, type=STOP)]) == [(1, 40, P + 1, 1, 0)]


def test_a_stop_whose_trigger_was_reached_before_it_came_comes_in_at_once():
    events = [*TOUCH, event(5, TRADE, ASK, P + 2, 1), END]
    assert fills_of(events, [buy(10, 1, P + 2, type=STOP)]) == [(1, 10, P + 2, 1, 0)]


def test_a_stop_limit_waits_in_the_book_for_what_its_limit_does_not_reach():
    events = [*TOUCH, event(30, TRADE, ASK, P + 2, 1), event(40, TRADE, BID, P + 2, 9), END]
    assert fills_of(events, [buy(10, 6, P + 2, type=STOP_LIMIT)]) == [(1, 30, P + 2, 4, 0), (1, 40, P + 2, 2, 1)]


def test_what_a_stop_trades_reaches_the_next_and_buys_come_first():
    # The trade at P + 2 reaches the first, which takes 4 there and 6 at P + 3: that reaches the second.
    script = [buy(10, 10, P + 2, type=STOP), buy(11, 3, P + 3, type=STOP), sell(12, 2, P + 2, type=STOP)]
    events = [*TOUCH, event(30, TRADE, ASK, P + 2, 1), END]
    fills = [(1, 30, P + 2, 4, 0), (1, 30, P + 3, 6, 0), (2, 30, P + 5, 3, 0), (3, 30, P, 2, 0)]
    assert fills_of(events, script) == fills


def test_a_waiting_stop_is_canceled_changed_and_expires():
    events = [*TOUCH, event(60, TRADE, ASK, P + 2, 1), END]
    stop = buy(10, 5, P + 2, type=STOP)
    assert ends_of(events, [stop, Ask(20, 1, 1)]) == [("CANCELED", "REQUESTED", 0)]
    assert fills_of(events, [stop, Ask(20, 2, 1, 0, 0, P + 2, 3)]) == [(1, 60, P + 2, 3, 0)]
    assert fills_of(events, [stop, Ask(20, 2, 1, 0, 0, P + 2, 3, trigger=1)]) == []
    assert fills_of(events, [stop, Ask(20, 2, 1, 0, 0, P + 2, 0)])[0] == (1, 60, P + 2, 4, 0)  # refused: as it was
    until = buy(10, 5, P + 2, type=STOP, force=Force.GTD, expiry=60)
    assert ends_of(events, [until]) == [("EXPIRED", "EXPIRED", 0)]


def test_a_stop_that_can_not_come_in_is_canceled_with_the_reason():
    events = [*TOUCH, event(60, TRADE, ASK, P + 2, 1), END]
    only = buy(10, 5, P + 2, type=STOP_LIMIT, flags=OrderFlag.POST_ONLY)
    assert ends_of(events, [only]) == [("CANCELED", "WOULD_TRADE", 0)]
    assert ends_of(events, [buy(10, 5, P + 2, type=STOP, force=Force.FOK)]) == [("FILLED", "NONE", 5)]


def test_nothing_is_triggered_in_an_auction_and_the_latest_trade_counts_when_trading_begins():
    events = [*TOUCH, event(20, PHASE, -1, 0, Phase.AUCTION), event(30, TRADE, ASK, P + 2, 1)]
    stop = [buy(10, 1, P + 2, type=STOP)]
    assert fills_of([*events, END], stop) == []
    assert fills_of([*events, event(40, PHASE, -1, 0, Phase.CONTINUOUS), END], stop) == [(1, 40, P + 2, 1, 0)]


def test_a_day_order_ends_with_the_first_day_that_ends_after_it_came():
    script = [buy(10, 5, force=Force.DAY), buy(50, 5, force=Force.DAY), buy(70, 5, force=Force.DAY)]
    ends = [("EXPIRED", "EXPIRED", 0)] * 2  # the last is as one without end
    assert ends_of([*TOUCH, END], script, day_ends=[20, 60]) == ends
    assert fills_of([*TOUCH, event(60, TRADE, BID, P, 99), END], script, day_ends=[20, 60]) == []
