"""An own order comes to another: which of them ends is what the one that comes in says. All by hand, and the twin."""

import pytest
from tests.kernels.ticks.ticks_run import P, buy, ends_of, event, fills_of, sell
from tests.twins.tick_run import Ask

from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import Force, OrderType, Prevention

SET, TRADE, NONE = EventKind.SET, EventKind.TRADE, EventKind.NONE
BID, ASK = 0, 1
END = event(900, NONE)
ROOM = [event(0, SET, BID, P, 10), event(0, SET, ASK, P + 5, 50)]
"""Five ticks between the sides, in which the first own order offers four."""
OFFER = sell(10, 4, P + 3)
NEWEST, OLDEST, BOTH, DECREMENT = (Prevention[name] for name in ("NEWEST", "OLDEST", "BOTH", "DECREMENT"))


@pytest.mark.parametrize(
    ("mode", "ends", "taken"),
    [
        (NEWEST, [("CANCELED", "SELF_TRADE", 0)], 0),
        (OLDEST, [("CANCELED", "SELF_TRADE", 0), ("FILLED", "NONE", 6)], 6),
        (BOTH, [("CANCELED", "SELF_TRADE", 0), ("CANCELED", "SELF_TRADE", 0)], 0),
        (DECREMENT, [("CANCELED", "SELF_TRADE", 0), ("FILLED", "NONE", 2)], 2),  # four of six are gone, for four
    ],
)
@pytest.mark.parametrize("report", [0, 7])
def test_the_order_that_comes_in_says_what_happens(mode, ends, taken, report):
    script = [OFFER, buy(20, 6, P + 5, prevention=mode)]
    assert ends_of([*ROOM, END], script, report=report) == ends
    assert fills_of([*ROOM, END], script, report=report) == ([(2, 20, P + 5, taken, 0)] if taken else [])


def test_an_order_that_lost_lots_to_another_keeps_the_rest():
    script = [sell(10, 10, P + 3), buy(20, 6, P + 5, prevention=DECREMENT)]
    events = [*ROOM, event(30, TRADE, ASK, P + 3, 9), END]
    assert ends_of(events, script) == [("FILLED", "NONE", 4), ("CANCELED", "SELF_TRADE", 0)]
    assert fills_of(events, script) == [(1, 30, P + 3, 4, 1)]


def test_equal_sizes_take_both():
    script = [OFFER, buy(20, 4, P + 5, prevention=DECREMENT)]
    assert ends_of([*ROOM, END], script) == [("CANCELED", "SELF_TRADE", 0)] * 2


def test_a_market_order_passes_own_ones_level_by_level():
    events = [event(0, SET, BID, P, 10), event(0, SET, ASK, P + 5, 3), event(0, SET, ASK, P + 8, 50), END]
    script = [OFFER, sell(11, 2, P + 6), sell(12, 2, P + 9), buy(20, 5, type=OrderType.MARKET, prevention=OLDEST)]
    assert fills_of(events, script) == [(4, 20, P + 5, 3, 0), (4, 20, P + 8, 2, 0)]
    gone = ("CANCELED", "SELF_TRADE", 0)
    assert ends_of(events, script) == [gone, gone, ("FILLED", "NONE", 5)]  # the third stands beyond


@pytest.mark.parametrize(
    ("mode", "offered", "end"),
    [
        (OLDEST, 50, "FILLED"),
        (OLDEST, 5, "REJECTED"),
        (NEWEST, 50, "REJECTED"),
        (BOTH, 50, "REJECTED"),
        (DECREMENT, 50, "REJECTED"),
    ],
)
def test_fill_or_kill_counts_past_own_orders_that_go_out_of_its_way(mode, offered, end):
    events = [event(0, SET, BID, P, 10), event(0, SET, ASK, P + 5, offered), END]
    script = [OFFER, buy(20, 6, P + 5, force=Force.FOK, prevention=mode)]
    ends = ends_of(events, script)
    assert ends[-1][0] == end
    assert len(ends) == (2 if end == "FILLED" else 1)  # where it is rejected the offer stays


@pytest.mark.parametrize("mode", [OLDEST, BOTH, DECREMENT])
def test_post_only_is_refused_before_an_own_order_whatever_it_says(mode):
    script = [OFFER, buy(20, 6, P + 4, flags=1, prevention=mode)]
    assert ends_of([*ROOM, END], script) == [("REJECTED", "WOULD_TRADE", 0)]


def test_a_stop_and_a_replaced_order_keep_what_they_said():
    stop = buy(11, 2, P + 5, type=OrderType.STOP, trigger=0, prevention=OLDEST)
    events = [*ROOM, event(30, TRADE, ASK, P + 5, 1), END]
    # The trade goes through the offer, which gives its lot, and triggers the stop, which ends the offer.
    assert ends_of(events, [OFFER, stop]) == [("CANCELED", "SELF_TRADE", 1), ("FILLED", "NONE", 2)]
    moved = [OFFER, buy(20, 6, P + 1, prevention=OLDEST), Ask(30, 2, 2, BID, 0, P + 5, 6)]
    assert ends_of([*ROOM, END], moved) == [("CANCELED", "SELF_TRADE", 0), ("FILLED", "NONE", 6)]


@pytest.mark.parametrize("mode", [Prevention.NONE, 5, -1])
def test_own_orders_never_trade_with_each_other(mode):
    assert ends_of([*ROOM, END], [buy(20, 6, prevention=mode)]) == [("REJECTED", "BAD_PREVENTION", 0)]
