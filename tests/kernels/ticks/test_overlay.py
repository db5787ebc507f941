"""Market events beside own orders: queues, trades shared, displayed orders met. All expected values by hand."""

import pytest
from tests.kernels.ticks.ticks_run import P, ahead_of, buy, drive, event, fills_of, frame_of
from tests.twins.tick_run import Settings

from lockstep.kernels.book.events import EventFlag, EventKind, Phase
from lockstep.kernels.ticks.advance import Stop

ADD, REDUCE, DELETE, EXECUTE, MODIFY, SET = (
    EventKind[n] for n in ("ADD", "REDUCE", "DELETE", "EXECUTE", "MODIFY", "SET")
)
CLEAR, QUOTE, TRADE, HIDDEN, PHASE = (EventKind[n] for n in ("CLEAR", "QUOTE", "TRADE", "HIDDEN", "PHASE"))
BID, ASK = 0, 1
SNAPSHOT = EventFlag.SNAPSHOT


# Ten and twenty lots stand ahead of an own order that joins at 10; forty come behind it at 20.
QUEUE = [event(0, ADD, BID, P, 10, 1), event(0, ADD, BID, P, 20, 2), event(0, ADD, ASK, P + 5, 50, 9)]
BEHIND = event(20, ADD, BID, P, 40, 3)
JOIN = [buy(10, 5)]


@pytest.mark.parametrize(
    ("change", "ahead"),
    [
        (event(30, DELETE, BID, P, 0, 1), 20.0),
        (event(30, DELETE, BID, P, 0, 2), 10.0),
        (event(30, DELETE, BID, P, 0, 3), 30.0),
        (event(30, REDUCE, BID, P, 4, 2), 26.0),
        (event(30, REDUCE, BID, P, 4, 3), 30.0),
        (event(30, EXECUTE, BID, P, 7, 1), 23.0),
        (event(30, EXECUTE, BID, P, 10, 1), 20.0),
        (event(30, MODIFY, BID, P, 6, 1), 26.0),  # smaller: keeps its place
        (event(30, MODIFY, BID, P, 11, 1), 20.0),  # larger: goes to the end
        (event(30, MODIFY, BID, P - 1, 10, 1), 20.0),
        (event(30, MODIFY, BID, P, 41, 3), 30.0),
        (event(30, ADD, BID, P, 99, 4), 30.0),
        (event(30, DELETE, ASK, P + 5, 0, 9), 30.0),
        (event(30, TRADE, BID, P, 25), 30.0),  # with an order that nobody saw: says nothing about this queue
    ],
)
@pytest.mark.parametrize("by_id", [False, True])
def test_the_place_in_an_l3_queue_is_exact(change, ahead, by_id):
    assert ahead_of([*QUEUE, BEHIND, change], JOIN, "L3", by_id=by_id) == [ahead]


def test_an_execution_behind_trades_with_the_own_order_first():
    events = [*QUEUE, BEHIND, event(30, EXECUTE, BID, P, 3, 3), event(40, EXECUTE, BID, P, 9, 3)]
    assert fills_of(events, JOIN, "L3") == [(1, 30, P, 3, 1), (1, 40, P, 2, 1)]


def test_an_execution_of_the_order_right_before_the_own_one_passes_it_by():
    # It was not the first in its queue, as now and then happens: all the same it stood before the own order.
    assert fills_of([*QUEUE, BEHIND, event(30, EXECUTE, BID, P, 20, 2)], JOIN, "L3") == []


def test_an_execution_at_a_worse_price_trades_through_for_no_more_than_its_lots():
    events = [*QUEUE, event(0, ADD, BID, P - 2, 30, 4), event(30, EXECUTE, BID, P - 2, 3, 4)]
    assert fills_of(events, [buy(10, 9)], "L3") == [(1, 30, P, 3, 1)]


def test_two_own_orders_share_an_execution_in_order_of_price_and_entry():
    script = [buy(10, 4), buy(11, 4), buy(12, 2, P + 1)]
    events = [*QUEUE, BEHIND, event(30, EXECUTE, BID, P, 7, 3)]
    assert fills_of(events, script, "L3") == [(3, 30, P + 1, 2, 1), (1, 30, P, 4, 1), (2, 30, P, 1, 1)]


def test_orders_of_a_snapshot_stand_ahead_until_the_lots_ahead_are_back():
    # 30 lots were ahead. After the snapshot 25 are back at the price, then 15 more of which the first belong ahead.
    events = [*QUEUE, BEHIND, event(30, CLEAR, -1, flags=SNAPSHOT)]
    events += [event(30, ADD, BID, P, 25, 11, flags=SNAPSHOT), event(30, ADD, BID, P, 15, 12, flags=SNAPSHOT)]
    events += [event(30, ADD, BID, P, 8, 13, flags=SNAPSHOT), event(30, ADD, ASK, P + 5, 50, 14, flags=3)]
    assert ahead_of(events, JOIN, "L3") == [40.0]
    assert ahead_of([*events, event(40, EXECUTE, BID, P, 25, 11)], JOIN, "L3") == [15.0]
    assert fills_of([*events, event(40, EXECUTE, BID, P, 3, 13)], JOIN, "L3") == [(1, 40, P, 3, 1)]


def test_an_order_of_a_snapshot_that_stands_before_an_own_one_stands_before_later_ones_too():
    # Of the 30 lots ahead of the first own order 10 never come back; the second joins behind it when 20 are ahead.
    picture = [event(30, CLEAR, -1, flags=SNAPSHOT), event(30, ADD, BID, P, 20, 11, flags=3)]
    again = [event(50, CLEAR, -1, flags=SNAPSHOT), event(50, ADD, BID, P, 25, 12, flags=SNAPSHOT)]
    events = [*QUEUE, *picture, *again, event(50, ADD, BID, P, 4, 13, flags=3)]
    assert ahead_of(events, [*JOIN, buy(40, 5)], "L3") == [29.0, 29.0]


LEVEL = [event(0, SET, BID, P, 30), event(0, SET, ASK, P + 5, 50)]


def test_trades_bring_an_l2_order_forward_and_then_fill_it():
    events = [*LEVEL, event(20, TRADE, BID, P, 12), event(30, SET, BID, P, 18), event(40, TRADE, BID, P, 20)]
    assert ahead_of(events[:3], JOIN) == [18.0]
    assert ahead_of(events[:4], JOIN) == [18.0]
    assert fills_of(events, JOIN) == [(1, 40, P, 2, 1)]


def test_a_trade_is_shared_by_all_own_orders_at_its_price_and_better():
    # 45 lots: 3 at the better price, 30 that stand ahead, 5 for the first and 7 for the second of 12.
    script = [buy(10, 5), buy(11, 12), buy(12, 3, P + 1)]
    events = [*LEVEL, event(20, TRADE, BID, P, 45)]
    assert fills_of(events, script) == [(3, 20, P + 1, 3, 1), (1, 20, P, 5, 1), (2, 20, P, 7, 1)]


def test_a_trade_through_is_bounded_by_its_lots_and_ignores_the_queue():
    assert fills_of([*LEVEL, event(20, TRADE, BID, P - 1, 4)], JOIN) == [(1, 20, P, 4, 1)]


def test_a_hidden_trade_reaches_better_prices_alone_and_moves_no_queue():
    events = [*LEVEL, event(20, HIDDEN, BID, P, 40)]
    assert fills_of(events, JOIN) == []
    assert ahead_of(events, JOIN) == [30.0]
    assert fills_of([*LEVEL, event(20, HIDDEN, BID, P - 1, 40)], JOIN) == [(1, 20, P, 5, 1)]


def test_a_trade_whose_side_is_unknown_reaches_nobody():
    assert fills_of([*LEVEL, event(20, TRADE, -1, P - 1, 40)], JOIN) == []


@pytest.mark.parametrize("model", range(6))
def test_a_level_that_vanishes_and_returns_has_nobody_ahead(model):
    events = [*LEVEL, event(20, SET, BID, P, 0), event(30, SET, BID, P, 25)]
    assert ahead_of(events, JOIN, model=model, power=2.0) == [0.0]


def test_a_picture_of_an_l2_book_expires_nothing_and_keeps_the_place():
    events = [*LEVEL, event(20, CLEAR, -1, flags=SNAPSHOT), event(20, SET, BID, P, 100, flags=SNAPSHOT)]
    events += [event(20, SET, ASK, P + 5, 5, flags=3)]
    assert ahead_of(events, JOIN) == [30.0]
    smaller = [*events[:3], event(20, SET, BID, P, 12, flags=3)]
    assert ahead_of(smaller, JOIN) == [12.0]  # never more than the level shows


@pytest.mark.parametrize("model", range(1, 6))
def test_no_order_overtakes_an_earlier_one_of_its_price(model):
    # 50 ahead of the first, 60 of the second: the models alone would let the second pass when 60 of 100 are canceled.
    events = [event(0, SET, BID, P, 50), event(20, SET, BID, P, 60), event(40, SET, BID, P, 100)]
    first, second = ahead_of([*events, event(50, SET, BID, P, 40)], [buy(10, 5), buy(30, 5)], model=model, power=3.0)
    assert first <= second


@pytest.mark.parametrize(("book", "kind"), [("L2", SET), ("L3", ADD)])
def test_a_displayed_order_that_crosses_own_ones_trades_with_them_at_their_prices(book, kind):
    # Inside the spread: 4 at P + 2 and 6 at P + 1 wait; 7 are offered at P + 1.
    events = [event(0, kind, BID, P, 30, 1), event(0, kind, ASK, P + 5, 50, 2), event(20, kind, ASK, P + 1, 7, 3)]
    script = [buy(10, 6, P + 1), buy(11, 4, P + 2)]
    assert fills_of(events, script, book) == [(2, 20, P + 2, 4, 1), (1, 20, P + 1, 3, 1)]


def test_an_order_that_moves_across_an_own_one_trades_with_it():
    events = [*QUEUE, event(30, MODIFY, ASK, P, 3, 9)]
    assert fills_of(events, JOIN, "L3") == [(1, 30, P, 3, 1)]


@pytest.mark.parametrize("book", ["L2", "L3"])
def test_nothing_meets_outside_continuous_trading_and_all_that_crosses_when_it_begins(book):
    kind = SET if book == "L2" else ADD
    events = [event(0, kind, BID, P, 30, 1), event(20, PHASE, -1, 0, Phase.AUCTION), event(30, kind, ASK, P - 1, 4, 2)]
    assert fills_of(events, JOIN, book) == []
    assert fills_of([*events, event(40, PHASE, -1, 0, Phase.CONTINUOUS)], JOIN, book) == [(1, 40, P, 4, 1)]


def test_a_quote_says_what_is_gone_and_what_is_out_of_sight():
    touch = [event(0, QUOTE, BID, P, 30), event(0, QUOTE, ASK, P + 5, 50)]
    assert ahead_of([*touch, event(20, QUOTE, BID, P + 1, 9)], JOIN) == [30.0]  # still there, for all we know
    assert ahead_of([*touch, event(20, QUOTE, BID, P - 1, 9)], JOIN) == [0.0]
    assert ahead_of([*touch, event(20, QUOTE, BID, 0, 0)], JOIN) == [0.0]
    assert ahead_of([*touch, event(20, QUOTE, BID, P, 8)], JOIN) == [8.0]
    later = event(20, QUOTE, ASK, P + 5, 40)
    assert ahead_of([*touch, later], [buy(10, 5, P - 1)]) == [float("inf")]
    assert ahead_of([*touch, later], [buy(10, 5, P + 1)]) == [0.0]
    assert ahead_of([*touch, event(20, QUOTE, BID, P - 1, 9)], [buy(10, 5, P - 1)]) == [9.0]


def test_an_event_of_no_side_is_refused_before_anything_is_read():
    events = [*LEVEL, event(20, SET, 7, P, 5)]
    frame = frame_of(events, JOIN, Settings(), strict=1)
    assert drive(frame, events) == Stop.EVENT
