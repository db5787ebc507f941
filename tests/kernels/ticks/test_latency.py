"""How long messages travel, in what order they arrive, and that nobody acts on what it has not heard."""

from typing import Any

import numpy as np
import pytest
from tests.kernels.ticks.test_advance import FEEDS, case
from tests.kernels.ticks.ticks_run import P, agree, buy, drive, event, frame_of, log_of, outcome
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels.book.events import EventKind
from lockstep.kernels.ticks.latency import FEED_DRAWS, delay_feed, recorded, uniform

SET, TRADE, NONE = EventKind.SET, EventKind.TRADE, EventKind.NONE
TOUCH = [event(0, SET, 0, P, 10), event(0, SET, 1, P + 2, 10)]
DAY = [*TOUCH, event(1_000, NONE)]


def ended(events, script, **settings):
    """Return (id, state, moment heard) of each order that has ended."""
    frame, _ = agree(events, script, Settings(**settings))
    return sorted((o[0], o[1], o[8]) for o in outcome(frame)["orders"])


def arrived(events, script, **settings):
    """Return when each order that has ended reached the exchange."""
    frame, _ = agree(events, script, Settings(**settings))
    return {int(o["id"]): int(o["arrived_ns"]) for o in frame.written("orders")}


def test_requests_take_the_time_of_their_kind_and_reports_come_back():
    script = [buy(10, 5), Ask(100, 2, 1, 0, 0, P, 3), Ask(200, 1, 1)]
    settings = {"entry": 7, "replace": 20, "cancel": 50, "report": 11}
    assert arrived(DAY, script, **settings) == {1: 17}
    assert ended(DAY, script, **settings) == [(1, 4, 200 + 50 + 11)]


def test_no_request_overtakes_another_about_the_same_order():
    # The cancel alone would take 5 and arrive at 16, before its order at 30: it waits for it.
    script = [buy(10, 5), Ask(11, 1, 1)]
    assert ended(DAY, script, entry=20, cancel=5, report=3) == [(1, 4, 33)]


def test_requests_about_different_orders_do_overtake():
    script = [buy(10, 5), buy(100, 1, P + 2), Ask(101, 1, 1)]
    assert ended(DAY, script, entry=40, cancel=2) == [(1, 4, 103), (2, 3, 140)]


def test_jitter_is_the_same_for_the_same_seed_alone():
    script = [buy(t, 1, P + 2) for t in range(10, 200, 10)]
    one, same, other = (arrived(DAY, script, entry=5, jitter=30, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    delays = np.array([time - 10 * order for order, time in one.items()])
    assert (delays >= 5).all()


def test_jitter_is_exponential_with_its_mean():
    draws = np.array([uniform(12345, k) for k in range(20_000)])
    assert (draws > 0).all()
    assert (draws <= 1).all()
    # Of -ln u the mean is 1 and the standard deviation 1: the mean of 20,000 lies within 5 / sqrt(20,000).
    assert abs((-np.log(draws)).mean() - 1.0) < 5 / np.sqrt(20_000)


def test_recorded_delays_are_interpolated_and_hold_at_the_ends():
    script = [buy(t, 1, P + 2) for t in (10, 150, 400)]
    requests = [(100, 20), (200, 60)]
    # 20 before the first record; half way between 20 and 60; 60 after the last.
    assert arrived(DAY, script, recorded_requests=requests) == {1: 30, 2: 190, 3: 460}
    heard = ended(DAY, script, recorded_requests=requests, recorded_reports=[(0, 5)])
    assert [moment for _, _, moment in heard] == [35, 195, 465]


def test_each_kind_of_request_has_a_table_of_its_own_or_its_constant():
    script = [buy(10, 5), Ask(200, 2, 1, 0, 0, P - 1, 5), Ask(500, 1, 1)]
    tables: Any = {"recorded_cancels": [(0, 50)], "recorded_replaces": [(0, 30), (200, 70), (900, 70)]}
    assert ended(DAY, script, entry=7, cancel=1, replace=1, report=3, **tables) == [(1, 4, 500 + 50 + 3)]
    # The replacement reaches the exchange at 270: a trade at 260 finds the order where it was, one at 280 does not.
    for moment, lots in ((260, 5), (280, 0)):
        events = [*TOUCH, event(moment, TRADE, 0, P, 15), event(1_000, NONE)]
        frame, _ = agree(events, script[:2], Settings(entry=7, replace=1, **tables))
        assert sum(fill[4] for fill in outcome(frame)["fills"]) == lots


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(10))
def test_chance_in_the_feed_is_that_of_the_twin_wherever_blocks_end(feed, seed):
    events, script, settings = case(feed, seed)
    settings.apart, settings.feed_jitter = True, 60
    settings.on_feed = seed % 3 != 0
    one, _ = agree(events, script, settings)
    other, _ = agree(events, script, settings, block=7 + seed)
    assert log_of(one) == log_of(other)
    settings.feed_jitter = 0
    assert log_of(agree(events, script, settings)[0]) != log_of(one)


def test_chance_in_the_feed_is_one_for_a_moment_and_the_mean_is_what_was_asked():
    received = np.repeat(np.arange(20_000) * 1_000_000, 3)
    late = received.copy()
    delay_feed(late, np.zeros(1, FEED_DRAWS), 7, 1_000)
    shares = (late - received).reshape(-1, 3)
    assert (shares == shares[:, :1]).all()
    assert (shares >= 0).all()
    assert abs(shares.mean() / 1_000 - 1.0) < 5 / np.sqrt(20_000)
    parts, draws = received.copy(), np.zeros(1, FEED_DRAWS)
    for a, b in ((0, 1), (1, 2), (2, 31_000), (31_000, 60_000)):
        delay_feed(parts[a:b], draws, 7, 1_000)
    assert (parts == late).all()


def test_a_table_of_delays_is_sorted():
    table = recorded(np.array([200, 100]), np.array([60, 20]))
    assert table["time_ns"].tolist() == [100, 200]
    assert table["delay_ns"].tolist() == [20, 60]


def test_the_feed_is_heard_late_and_never_before_it_happens():
    events = [*TOUCH, event(100, SET, 0, P + 1, 5, received=140), event(200, SET, 0, P, 5, received=150),
              event(300, NONE)]  # fmt: skip
    frame, _ = agree(events, [], Settings(apart=True, feed=10, on_feed=True))
    # At 10 the touch; the event of 100 at 150. That of 200 says it was received at 150: clocks, and 210 is the soonest.
    # The last one is heard after the exchange has stopped.
    heard = [(0, None), (10, P), (150, P + 1), (210, P + 1), (310, P + 1)]
    assert [(row[0], row[1]) for row in log_of(frame)] == heard


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(10))
def test_the_future_changes_nothing_that_was_decided_before_it(feed, seed):
    events, script, settings = case(feed, seed)
    cut = len(events) * 2 // 3
    moment = events[cut][0]
    past = [e for e in events if e[0] < moment]
    # Another future: nothing but a strange trade in the far distance.
    other = [*past, event(moment + 5, NONE), event(events[-1][0] + 10, TRADE, 0, P - 20, 500)]
    runs = []
    for history in (events, other):
        frame = frame_of(history, script, settings)
        drive(frame, history)
        found = outcome(frame)
        decided = [row for row in found["log"] if row[0] < moment]
        runs.append(
            (decided, [f for f in found["fills"] if f[1] < moment], [o for o in found["orders"] if o[8] < moment])
        )
    assert runs[0] == runs[1]
    assert len(runs[0][0]) > 10


def test_what_a_strategy_knows_of_the_book_waits_for_the_feed():
    # Own knowledge at 30: the order of 10 is unknown to be filled, though at the exchange it has been since 20.
    events = [*TOUCH, event(20, TRADE, 0, P, 99), event(60, NONE), event(90, NONE)]
    frame, _ = agree(events, [buy(10, 5), Ask(30, 1, 9), Ask(70, 1, 9)], Settings(report=40))
    position = {row[0]: row[5] for row in log_of(frame)}
    assert position[30] == 0
    assert position[70] == 5
