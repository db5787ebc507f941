"""Requests that reach the exchange: every kind of order, by hand, with the twin beside."""

from dataclasses import replace

import pytest
from tests.kernels.ticks.ticks_run import P, ahead_of, buy, ends_of, event, fills_of, sell

from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType

SET, TRADE, PHASE, NONE = EventKind.SET, EventKind.TRADE, EventKind.PHASE, EventKind.NONE
BID, ASK = 0, 1
POST_ONLY, REDUCE_ONLY, MARKET = OrderFlag.POST_ONLY, OrderFlag.REDUCE_ONLY, OrderType.MARKET
# 10 bid at P; 4, 6 and 20 offered at P + 2, P + 3 and P + 5.
TOUCH = [event(0, SET, BID, P, 10), event(0, SET, ASK, P + 2, 4), event(0, SET, ASK, P + 3, 6)]
TOUCH += [event(0, SET, ASK, P + 5, 20)]
END = event(100, NONE)
DAY = [*TOUCH, END]


def cancel(time, order):
    return replace(buy(time, 0), action=1, order=order)


def change(time, order, lots, tick=P):
    return replace(buy(time, lots, tick), action=2, order=order)


def test_a_limit_order_takes_what_it_may_and_the_rest_waits():
    assert fills_of(DAY, [buy(10, 12, P + 3)]) == [(1, 10, P + 2, 4, 0), (1, 10, P + 3, 6, 0)]
    # The remaining 2 wait at P + 3 and trade as maker.
    events = [*TOUCH, event(20, TRADE, BID, P + 3, 9), END]
    assert fills_of(events, [buy(10, 12, P + 3)])[2:] == [(1, 20, P + 3, 2, 1)]


def test_an_ioc_order_never_waits():
    assert ends_of(DAY, [buy(10, 12, P + 3, force=Force.IOC)]) == [("CANCELED", "NOT_FILLED", 10)]
    assert ends_of(DAY, [buy(10, 12, P + 1, force=Force.IOC)]) == [("CANCELED", "NOT_FILLED", 0)]
    assert ends_of(DAY, [buy(10, 3, P + 2, force=Force.IOC)]) == [("FILLED", "NONE", 3)]


def test_a_fok_order_trades_all_or_nothing():
    assert ends_of(DAY, [buy(10, 10, P + 3, force=Force.FOK)]) == [("FILLED", "NONE", 10)]
    assert ends_of(DAY, [buy(10, 11, P + 3, force=Force.FOK)]) == [("REJECTED", "NOT_ENOUGH", 0)]


def test_a_fok_order_counts_neither_what_was_taken_nor_what_lies_behind_an_own_order():
    assert ends_of(DAY, [buy(10, 1, P + 2), buy(11, 10, P + 3, force=Force.FOK)])[1] == ("REJECTED", "NOT_ENOUGH", 0)
    script = [sell(10, 1, P + 3), buy(11, 5, P + 5, force=Force.FOK)]
    assert ends_of(DAY, script) == [("REJECTED", "NOT_ENOUGH", 0)]


def test_a_market_order_walks_as_far_as_it_takes():
    prices = [(P + 2, 4), (P + 3, 6), (P + 5, 20)]
    assert [f[2:4] for f in fills_of(DAY, [buy(10, 99, 0, type=MARKET)])] == prices
    assert ends_of(DAY, [buy(10, 99, 0, type=MARKET)]) == [("CANCELED", "NOT_FILLED", 30)]


@pytest.mark.parametrize("tick", [P + 500, P + 90_000])
def test_a_market_order_reaches_levels_far_from_the_window(tick):
    events = [event(0, SET, ASK, tick, 7), END]
    assert fills_of(events, [buy(10, 9, 0, type=MARKET)]) == [(1, 10, tick, 7, 0)]


def test_orders_rest_and_trade_far_from_the_window():
    far = P + 5_000
    events = [event(0, SET, ASK, far, 7), event(20, TRADE, ASK, far, 9), END]
    assert fills_of(events, [sell(10, 5, far)]) == [(1, 20, far, 2, 1)]


def test_a_post_only_order_never_takes():
    assert ends_of(DAY, [buy(10, 1, P + 2, flags=POST_ONLY)]) == [("REJECTED", "WOULD_TRADE", 0)]
    assert ahead_of(DAY, [buy(10, 1, P, flags=POST_ONLY)]) == [10.0]
    # History still shows the 4 lots at P + 2; they are taken, and there is nothing to trade with.
    assert ahead_of(DAY, [buy(10, 4, P + 2), buy(11, 1, P + 2, flags=POST_ONLY)]) == [0.0]


def test_a_reduce_only_order_is_cut_to_the_position():
    script = [buy(10, 4, P + 2), sell(20, 9, P, flags=REDUCE_ONLY)]
    assert ends_of(DAY, script) == [("FILLED", "NONE", 4), ("FILLED", "NONE", 4)]
    assert ends_of(DAY, [sell(20, 9, P, flags=REDUCE_ONLY)]) == [("REJECTED", "NOTHING_TO_REDUCE", 0)]


def test_reduce_only_orders_that_wait_never_turn_the_position():
    # Long 4; two orders wait to sell 3 each; the trade of 50 fills one and a third of the other, which then ends.
    script = [buy(10, 4, P + 2), sell(20, 3, P + 4, flags=REDUCE_ONLY), sell(21, 3, P + 4, flags=REDUCE_ONLY)]
    events = [*TOUCH, event(30, TRADE, ASK, P + 4, 50), END]
    assert fills_of(events, script)[1:] == [(2, 30, P + 4, 3, 1), (3, 30, P + 4, 1, 1)]
    assert ends_of(events, script)[2] == ("CANCELED", "NOTHING_TO_REDUCE", 1)


def test_a_gtd_order_ends_at_its_time_before_the_market_of_that_moment():
    at_expiry = [*TOUCH, event(49, TRADE, BID, P, 13), event(50, TRADE, BID, P, 13), END]
    script = [buy(10, 5, P, force=Force.GTD, expiry=50)]
    assert fills_of(at_expiry, script) == [(1, 49, P, 3, 1)]
    assert ends_of(at_expiry, script) == [("EXPIRED", "EXPIRED", 3)]
    late = [buy(10, 3, P + 2, force=Force.GTD, expiry=11)]
    assert ends_of(DAY, late, entry=1) == [("REJECTED", "EXPIRED", 0)]
    assert ends_of(DAY, late) == [("FILLED", "NONE", 3)]


def test_an_order_that_would_trade_with_an_own_one_takes_what_comes_before_and_ends():
    script = [sell(10, 5, P + 3), buy(20, 9, P + 5)]
    assert fills_of(DAY, script) == [(2, 20, P + 2, 4, 0)]
    assert ends_of(DAY, script) == [("CANCELED", "SELF_TRADE", 4)]


@pytest.mark.parametrize("lots", [0, -3])
def test_an_order_of_no_size_is_rejected(lots):
    assert ends_of(DAY, [buy(10, lots)]) == [("REJECTED", "BAD_SIZE", 0)]


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.AUCTION, Phase.HALT])
def test_outside_continuous_trading_orders_are_rejected_and_cancels_pass(phase):
    events = [*TOUCH, event(15, PHASE, -1, 0, phase), END]
    script = [buy(10, 5), buy(20, 5), cancel(30, 1)]
    assert ends_of(events, script) == [("CANCELED", "REQUESTED", 0), ("REJECTED", "WRONG_PHASE", 0)]


def test_a_smaller_size_keeps_the_place_and_all_else_loses_it():
    grown = [*TOUCH, event(20, SET, BID, P, 50), END]
    assert ahead_of(grown, [buy(10, 5), change(30, 1, 3)]) == [10.0]
    assert ahead_of(grown, [buy(10, 5), change(30, 1, 6)]) == [50.0]
    assert ahead_of(grown, [buy(10, 5), change(30, 1, 5, P + 1)]) == [0.0]


def test_a_replacement_counts_what_was_filled():
    # 2 of 5 are filled; asked for 4 in all, 2 remain; asked for 2 in all, nothing does.
    events = [*TOUCH, event(20, TRADE, BID, P, 12), event(40, TRADE, BID, P, 30), END]
    assert fills_of(events, [buy(10, 5), change(30, 1, 4)]) == [(1, 20, P, 2, 1), (1, 40, P, 2, 1)]
    assert ends_of(events, [buy(10, 5), change(30, 1, 2)]) == [("CANCELED", "REQUESTED", 2)]


def test_a_replacement_may_trade():
    assert fills_of(DAY, [buy(10, 5), change(20, 1, 5, P + 2)]) == [(1, 20, P + 2, 4, 0)]


@pytest.mark.parametrize(
    ("order", "changed"),
    [
        (buy(10, 5, P, flags=POST_ONLY), change(20, 1, 5, P + 2)),
        (buy(10, 5), change(20, 1, 0)),
        (buy(10, 5), change(20, 1, -3, P + 2)),
    ],
)
def test_a_refused_replacement_leaves_the_order_as_it_was(order, changed):
    events = [*TOUCH, event(30, TRADE, BID, P, 12), event(40, TRADE, BID, P, 30), END]
    fills = [(1, 30, P, 2, 1), (1, 40, P, 3, 1)]
    assert fills_of(events, [order, changed]) == fills
    # The answer frees the order for another request.
    assert ends_of(events, [order, changed, cancel(35, 1)]) == [("CANCELED", "REQUESTED", 2)]


def test_no_replacement_is_taken_outside_continuous_trading():
    events = [*TOUCH, event(15, PHASE, -1, 0, Phase.HALT), event(40, PHASE, -1, 0, Phase.CONTINUOUS)]
    events += [event(50, TRADE, BID, P, 12), END]
    assert fills_of(events, [buy(10, 5), change(20, 1, 1)]) == [(1, 50, P, 2, 1)]


def test_a_replaced_reduce_only_order_keeps_count_of_what_was_filled():
    # Long 4, 1 of them sold; asked for 9 in all, which is cut to the 3 that are left: 4 in all.
    script = [buy(10, 4, P + 2), sell(15, 2, P + 4, flags=REDUCE_ONLY), change(30, 2, 9, P + 6)]
    events = [*TOUCH, event(20, TRADE, ASK, P + 4, 1), event(40, TRADE, ASK, P + 6, 90), END]
    assert fills_of(events, script)[1:] == [(2, 20, P + 4, 1, 1), (2, 40, P + 6, 3, 1)]
    assert ends_of(events, script)[1] == ("FILLED", "NONE", 4)


def test_a_cancel_that_comes_after_the_fill_is_too_late():
    events = [*TOUCH, event(25, TRADE, BID, P, 99), END]
    assert ends_of(events, [buy(10, 5), cancel(20, 1)], cancel=10) == [("FILLED", "NONE", 5)]
    assert ends_of(events, [buy(10, 5), cancel(20, 1)], cancel=4) == [("CANCELED", "REQUESTED", 0)]
    # At the very moment of the trade the market comes first.
    assert ends_of(events, [buy(10, 5), cancel(20, 1)], cancel=5) == [("FILLED", "NONE", 5)]
