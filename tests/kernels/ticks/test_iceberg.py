"""Icebergs: one portion to an event at their price, all of them where a trade goes through. By hand, and the twin."""

import pytest
from numba import carray
from tests.kernels.ticks.ticks_run import P, ahead_of, buy, drive, ends_of, event, fills_of, frame_of, outcome, sell
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import Force, Prevention
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.call import address_of
from lockstep.kernels.ticks.desk import order_rows, submit_iceberg
from lockstep.kernels.ticks.tables import TICK_RUN

ADD, EXECUTE, SET, TRADE, NONE = (EventKind[n] for n in ("ADD", "EXECUTE", "SET", "TRADE", "NONE"))
BID, ASK = 0, 1
END = event(900, NONE)
LEVEL = [event(0, SET, BID, P, 30), event(0, SET, ASK, P + 5, 50)]
ICE = buy(10, 10, display=4)  # four, four and two


def test_a_trade_at_its_price_takes_one_portion():
    # 45 lots less 30 ahead: 15 reach it. The level has all traded: the next portion has nobody ahead.
    events = [*LEVEL, event(20, TRADE, BID, P, 45)]
    assert fills_of(events, [ICE]) == [(1, 20, P, 4, 1)]
    assert ahead_of(events, [ICE]) == [0.0]
    more = [*events, event(30, TRADE, BID, P, 3), event(40, TRADE, BID, P, 9), event(50, TRADE, BID, P, 9)]
    assert fills_of(more, [ICE])[1:] == [(1, 30, P, 3, 1), (1, 40, P, 1, 1), (1, 50, P, 2, 1)]


def test_a_refill_joins_behind_the_free_lots_that_have_not_traded():
    # 20 lots came behind the order. Of 50, 30 trade ahead of it and 4 are counted for what it got: 16 are left.
    events = [*LEVEL, event(15, SET, BID, P, 50), event(30, TRADE, BID, P, 34)]
    assert ahead_of(events, [ICE]) == [16.0]
    after = [*events, event(31, SET, BID, P, 16), event(40, TRADE, BID, P, 18)]
    assert fills_of(after, [ICE]) == [(1, 30, P, 4, 1), (1, 40, P, 2, 1)]


@pytest.mark.parametrize(
    "through", [event(20, TRADE, BID, P - 1, 7), event(20, EventKind.HIDDEN, BID, P - 1, 7), event(20, SET, ASK, P, 7)]
)
def test_a_trade_through_and_a_meeting_take_all_portions(through):
    # Seven: the first portion and three of the second, whose last lot joins behind the 30 that are displayed.
    assert fills_of([*LEVEL, through], [ICE]) == [(1, 20, P, 7, 1)]
    assert ahead_of([*LEVEL, through], [ICE]) == [30.0]
    assert fills_of([*LEVEL, through, event(30, TRADE, BID, P, 40)], [ICE])[1:] == [(1, 30, P, 1, 1)]


def test_the_next_portion_stands_behind_later_own_orders():
    script = [ICE, buy(11, 6)]
    events = [*LEVEL, event(20, TRADE, BID, P, 37), event(30, TRADE, BID, P, 5), event(40, TRADE, BID, P, 3)]
    # Four for the iceberg, three for the other; its last three, and two for the second portion; and the rest of it.
    assert fills_of(events, script) == [
        (1, 20, P, 4, 1), (2, 20, P, 3, 1), (2, 30, P, 3, 1), (1, 30, P, 2, 1), (1, 40, P, 2, 1)
    ]  # fmt: skip


QUEUE = [event(0, ADD, BID, P, 10, 1), event(0, ADD, BID, P, 20, 2), event(0, ADD, ASK, P + 5, 50, 9)]
BEHIND = event(20, ADD, BID, P, 40, 3)


@pytest.mark.parametrize("by_id", [False, True])
def test_an_l3_refill_joins_the_end_of_the_queue(by_id):
    # An execution behind it gives it one portion; then all that is displayed is ahead: 10, 20 and 31 of 40.
    events = [*QUEUE, BEHIND, event(30, EXECUTE, BID, P, 9, 3)]
    assert fills_of(events, [ICE], "L3") == [(1, 30, P, 4, 1)]
    assert ahead_of(events, [ICE], "L3", by_id=by_id) == [61.0]
    later = [*events, event(40, ADD, BID, P, 5, 4), event(50, EXECUTE, BID, P, 31, 3)]
    assert ahead_of(later, [ICE], "L3", by_id=by_id) == [30.0]
    assert fills_of([*later, event(60, EXECUTE, BID, P, 5, 4)], [ICE], "L3")[1:] == [(1, 60, P, 4, 1)]


def test_a_smaller_iceberg_keeps_its_place_and_hides_less():
    smaller = Ask(15, 2, 1, BID, 0, P, 3)
    assert ahead_of([*LEVEL, event(18, NONE)], [ICE, smaller]) == [30.0]
    assert ends_of([*LEVEL, event(20, TRADE, BID, P, 45)], [ICE, smaller]) == [("FILLED", "NONE", 3)]


def test_what_an_own_order_takes_off_it_was_hidden():
    script = [sell(10, 10, P + 3, display=4), buy(20, 7, P + 5, prevention=Prevention.DECREMENT)]
    events = [*LEVEL, event(30, TRADE, ASK, P + 3, 9), END]
    assert fills_of(events, script) == [(1, 30, P + 3, 3, 1)]


def test_what_does_not_rest_shows_nothing():
    wrong = [
        buy(20, 6, force=Force.FOK, display=2), buy(21, 6, force=Force.IOC, display=2), buy(22, 6, display=-1),
        buy(23, 1001, display=1),
    ]  # fmt: skip
    assert ends_of([*LEVEL, END], wrong) == [("REJECTED", "BAD_DISPLAY", 0)] * 4
    assert ends_of([*LEVEL, END], [buy(23, 1000, display=1), Ask(30, 2, 1, BID, 0, P, 1001)]) == []


@kernel(cache=True)
def sends_one(address: int) -> int:
    desk = carray(pointer(address), 1, TICK_RUN)[0]
    if order_rows(desk) == 0:
        submit_iceberg(desk, BID, P, 10, 4)
    return 0


def test_the_desk_sends_one():
    events = [*LEVEL, event(20, TRADE, BID, P, 45), event(30, TRADE, BID, P - 1, 45)]
    frame = frame_of(events, [], Settings(), act=address_of(sends_one))
    assert drive(frame, events) == Stop.END
    assert [(f[1], f[3], f[4]) for f in outcome(frame)["fills"]] == [(20, P, 4), (30, P, 6)]
