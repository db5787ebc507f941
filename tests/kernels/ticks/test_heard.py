"""What reports tell: orders as the strategy knows them, rows that are used again, several answers to one request."""

import numpy as np
import pytest
from tests.kernels.ticks.test_advance import FEEDS, case
from tests.kernels.ticks.ticks_run import P, agree, buy, drive, ends_of, event, frame_of, log_of, outcome, sell
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import Force, OrderFlag

SET, TRADE, NONE = EventKind.SET, EventKind.TRADE, EventKind.NONE
TOUCH = [event(0, SET, 0, P, 10), event(0, SET, 1, P + 2, 10)]


def known(events, script, **settings):
    """Return {moment: (position, open orders)} as the strategy knew them when it acted."""
    frame, _ = agree(events, script, Settings(**settings))
    return {row[0]: row[5:7] for row in log_of(frame)}


def look(time):
    """Act at a moment without asking for anything that is."""
    return Ask(time, 1, 99)


def test_an_order_is_open_from_its_sending_to_the_report_of_its_end():
    script = [buy(10, 5, P + 2), look(25), look(45), look(46)]
    found = known([*TOUCH, event(90, NONE)], script, entry=20, report=15)
    assert [found[t] for t in (25, 45, 46)] == [(0, 1), (5, 0), (5, 0)]  # a report comes before a timer of its moment


def test_partial_fills_leave_an_order_open_until_the_last():
    events = [*TOUCH, event(20, TRADE, 0, P, 12), event(40, TRADE, 0, P, 3), event(90, NONE)]
    found = known(events, [buy(10, 5), look(30), look(50)])
    assert [found[t] for t in (30, 50)] == [(2, 1), (5, 0)]


def test_an_order_that_was_cut_and_filled_at_once_is_closed():
    script = [buy(10, 4, P + 2), sell(20, 9, P, flags=OrderFlag.REDUCE_ONLY), look(30)]
    assert known([*TOUCH, event(90, NONE)], script)[30] == (0, 0)


def test_the_answer_to_an_order_is_none_to_a_request_sent_meanwhile():
    # Asked to cancel at 12, before the answer to the order is heard at 25; the cancel at 30 is a second one: not sent.
    script = [buy(10, 5), Ask(12, 1, 1), Ask(30, 1, 1), look(60)]
    frame = frame_of([*TOUCH, event(90, NONE)], script, Settings(entry=5, cancel=30, report=10))
    drive(frame, [*TOUCH, event(90, NONE)])
    assert [(o[1], o[7], o[8]) for o in outcome(frame)["orders"]] == [(4, 42, 52)]
    assert int(frame.run["report_count"][0]) == 0  # nothing is on its way for a second answer


def test_rows_are_used_again_and_orders_keep_their_numbers():
    script = [buy(t, 1, P + 2, force=Force.IOC) for t in range(10, 200, 10)]
    events = [*TOUCH, event(500, NONE)]
    frame, _ = agree(events, script, Settings())
    assert int(frame.run["own_used"][0]) == 1
    assert [int(o["id"]) for o in frame.written("orders")] == list(range(1, 20))


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(8))
def test_when_all_reports_are_in_the_strategy_knows_what_the_exchange_does(feed, seed):
    events, script, settings = case(feed, seed)
    script = [a for a in script if a.time < events[-1][0]]
    events = [*events, event(events[-1][0] + 100_000, NONE)]
    frame, twin = agree(events, script, settings)
    assert int(frame.run["position"][0]) == int(frame.run["exchange_position"][0])
    own = vars(frame)["own"]
    resting = own[vars(frame)["resting"][: int(frame.run["resting_count"][0])]]
    assert np.array_equal(resting["local_remaining"], resting["remaining"])
    assert np.array_equal(resting["local_tick"], resting["tick"])
    assert sorted(resting["id"].tolist()) == sorted(o.id for o in twin.exchange.resting)


def test_a_second_cancel_of_an_order_that_has_ended_is_answered_and_forgotten():
    events = [*TOUCH, event(20, TRADE, 0, P, 99), event(300, NONE)]
    assert ends_of(events, [buy(10, 5), Ask(15, 1, 1)], cancel=50, report=100) == [("FILLED", "NONE", 5)]


def test_an_order_ends_at_the_exchange_before_the_strategy_hears_of_it():
    # Filled at 30, canceled at 45, and a fill at 99 of which no report comes before the run is over at 100.
    events = [*TOUCH, event(30, TRADE, 0, P, 15), event(99, TRADE, 0, P - 2, 50), event(100, NONE)]
    script = [buy(10, 5), buy(20, 3, P - 1), Ask(40, 1, 2), buy(50, 4, P - 2), buy(60, 2, P - 9)]
    frame, _ = agree(events, script, Settings(cancel=5, report=7))
    frame.finish()
    times = {int(o["id"]): (int(o["ended_ns"]), int(o["heard_ns"])) for o in frame.written("orders")}
    assert times == {1: (30, 37), 2: (45, 52), 3: (99, 0), 4: (100, 0)}
