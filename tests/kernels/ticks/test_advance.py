"""The tick engine against its twin, tick by tick, block by block, and where it must stop."""

from dataclasses import replace

import numpy as np
import pytest
from tests.kernels.ticks import histories
from tests.kernels.ticks.ticks_run import (
    P,
    agree,
    block_of,
    buy,
    drive,
    event,
    frame_of,
    log_of,
    outcome,
    sell,
    slots_of,
)
from tests.twins.tick_run import Settings

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import Force, OrderType, Reason
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.tables import OrderState

FEEDS = {"L1": histories.quotes, "L2": histories.levels, "L3": histories.orders}
SEEDS = range(20)


def case(feed, seed):
    """A random history, a script about it, and settings of all kinds."""
    rng = np.random.default_rng(seed)
    events = FEEDS[feed](seed)
    apart = bool(seed % 2)
    settings = Settings(
        book="L3" if feed == "L3" else "L2", apart=apart, feed=int(rng.integers(0, 60)) * apart,
        entry=int(rng.integers(0, 100)), cancel=int(rng.integers(0, 100)), replace=int(rng.integers(0, 100)),
        report=int(rng.integers(0, 100)), jitter=int(rng.choice([0, 0, 40])), seed=seed,
        on_feed=bool(rng.integers(0, 2)), on_report=bool(rng.integers(0, 2)), model=int(rng.integers(0, 6)),
        power=float(rng.choice([1.0, 2.0, 3.0])), maker_fee=-0.0001, taker_fee=0.0005, lot_fee=0.01,
        tick_size=0.01, lot_size=0.1, sample=int(rng.choice([0, 500])),
        day_ends=[int(events[len(events) * k // 4][0]) for k in (1, 2, 3)],
    )  # fmt: skip
    return events, histories.script(seed, events), settings


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_is_that_of_its_twin(feed, seed):
    agree(*case(feed, seed))


def test_the_cases_hold_what_they_are_to_prove():
    made, ends, followed = {0: 0, 1: 0}, set(), 0
    for feed in FEEDS:
        for seed in SEEDS:
            twin = agree(*case(feed, seed))[1]
            for maker in made:
                made[maker] += sum(1 for fill in twin.fills if fill[5] == maker)
            ends |= {(order[1], order[2]) for order in twin.closed}
            followed += sum(1 for fill in twin.fills if twin.orders[fill[0]].type == OrderType.TRAILING_STOP)
    assert min(made.values()) > 200
    assert followed > 50
    assert len(ends) == 17  # filled; canceled for six reasons; rejected for nine; expired
    # Stops that could not come in when they were triggered.
    assert ends >= {(4, Reason.WOULD_TRADE), (4, Reason.NOT_ENOUGH)}


def whole(frame):
    """All that two runs that are the same have in common."""
    own = vars(frame)["own"][: int(frame.run["own_used"][0])]
    return outcome(frame), frame.book.digest, frame.book.depth(0).tolist(), frame.book.depth(1).tolist(), own.tolist()


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_blocks_of_any_size_make_one_run(feed, seed, block):
    events, script, settings = case(feed, seed)
    one, many = frame_of(events, script, settings), frame_of(events, script, settings)
    assert drive(one, events) == drive(many, events, block=block) == Stop.END
    assert whole(one) == whole(many)


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(6))
def test_one_thing_at_a_time_makes_the_same_run(feed, seed):
    events, script, settings = case(feed, seed)
    one, many = frame_of(events, script, settings), frame_of(events, script, settings)
    assert drive(one, events) == drive(many, events, most=1) == Stop.END
    assert whole(one) == whole(many)


@pytest.mark.parametrize("feed", ["L2", "L3"])
def test_after_each_event_the_books_are_those_of_the_batch(feed):
    events, script, settings = case(feed, 3)
    states = []

    def note(frame):
        states.append((int(frame.run["events"][0]), frame.book.digest, frame.book.depth(0).tolist()))

    stepped = frame_of(events, script, settings)
    drive(stepped, events, most=1, each=note)
    for count in range(0, len(events), 29):
        batch = frame_of(events, script, settings)
        batch.give(block_of(events[:count], slots_of(events)))
        if settings.apart:
            batch.give(block_of(events[:count], slots_of(events)), seen=True)
        assert batch.advance()[0] in (Stop.EVENTS, Stop.SEEN)
        state = (count, batch.book.digest, batch.book.depth(0).tolist())
        assert state == next(s for s in states if s[0] == count)


# What the tests below compare is who comes first when all falls on one moment.
TOUCH = [event(0, EventKind.SET, 0, P, 10), event(0, EventKind.SET, 1, P + 2, 10)]


def test_the_market_comes_before_a_request_of_the_same_moment():
    # The request arrives at 20, when the offer at P + 2 shrinks to 3 and one at P + 1 appears: it takes what is new.
    events = [*TOUCH, event(20, EventKind.SET, 1, P + 2, 3), event(20, EventKind.SET, 1, P + 1, 2)]
    frame, _ = agree([*events, event(30, EventKind.NONE)], [buy(10, 9, P + 2)], Settings(entry=10))
    assert [(f[3], f[4]) for f in outcome(frame)["fills"]] == [(P + 1, 2), (P + 2, 3)]


def test_an_expiry_comes_before_a_cancel_of_the_same_moment():
    script = [buy(10, 5, force=Force.GTD, expiry=20), replace(buy(15, 0), action=1, order=1)]
    frame, _ = agree([*TOUCH, event(30, EventKind.NONE)], script, Settings(cancel=5))
    assert outcome(frame)["orders"][0][1:3] == (OrderState.EXPIRED, Reason.EXPIRED)


def test_a_strategy_hears_a_moment_as_a_whole():
    # Three events of one moment, the second of them the last of a group: one act, after the third.
    events = [event(5, EventKind.SET, 0, P + k, 5, flags=k % 2) for k in range(3)]
    for settings in (Settings(on_feed=True), Settings(on_feed=True, apart=True)):
        frame, _ = agree([*events, event(9, EventKind.NONE)], [], settings)
        first = [row for row in log_of(frame) if row[0] == 5]
        assert [row[1] for row in first] == [P + 2]


def test_a_live_feed_need_not_wait_for_the_event_after():
    # A block that ends leaves open whether its last moment is over; `known_ns` says that it is.
    events = [event(t, EventKind.SET, 0, P + t % 3, 5) for t in range(10, 90, 10)]
    script = [buy(20, 3), sell(50, 2, P + 2)]
    whole_run, live = (frame_of(events, script, Settings(on_feed=True)) for _ in range(2))
    drive(whole_run, events)
    for row in events:
        live.give(block_of([row]))
        live.run["known_ns"] = row[0]
        assert live.advance()[0] == Stop.EVENTS
        assert log_of(live)[-1][0] == row[0]  # it has acted upon this very event
    assert log_of(live) == log_of(whole_run)
    assert outcome(live)["fills"] == outcome(whole_run)["fills"]


@pytest.mark.parametrize("block", [1, 2, 50])
def test_a_strict_run_stops_before_an_event_that_cannot_be(block):
    events = [*TOUCH, event(20, EventKind.SET, 0, P, -1), event(30, EventKind.SET, 0, P, 7)]
    frame = frame_of(events, [], Settings(), strict=1)
    assert drive(frame, events, block=block) == Stop.EVENT
    assert int(frame.run["events"][0]) == 2  # the third event of the history...
    assert int(frame.run["next"][0]) == 2 % block  # ...and where it stands in its block
    assert Code(int(frame.run["refused"][0])) == Code.BAD_SIZE
    assert int(frame.run["now_ns"][0]) == 20
    assert frame.book.best(0) == (P, 10)


@pytest.mark.parametrize("script", [[], [buy(10, 1, P - 5)]])
def test_a_book_that_is_whole_and_crossed_stops_a_strict_run_and_is_counted_by_a_tolerant_one(script):
    crossing = [event(20, EventKind.SET, 0, P + 2, 5, flags=0), event(20, EventKind.SET, 1, P + 2, 0)]
    crossing += [event(30, EventKind.SET, 0, P + 4, 5, flags=0), event(31, EventKind.SET, 1, P + 4, 1)]
    crossing += [event(40, EventKind.PHASE, -1, 0, 1), event(50, EventKind.PHASE, -1, 0, 2)]
    events = [*TOUCH, *crossing, event(60, EventKind.SET, 0, P + 4, 0)]
    strict = frame_of(events, script, Settings(), strict=1)
    assert drive(strict, events) == Stop.EVENT
    assert Code(int(strict.run["refused"][0])) == Code.CROSSED
    assert (int(strict.run["events"][0]), int(strict.run["now_ns"][0])) == (5, 31)  # the sixth event has made it so
    frame, _ = agree(events, script, Settings())
    assert int(frame.refusals[Code.CROSSED]) == 2  # at 31 and at 50; not in the auction, nor before a group's last


def test_a_tolerant_run_counts_what_cannot_be_by_its_code():
    events = [*TOUCH, event(20, EventKind.SET, 0, P, -1), event(21, EventKind.SET, 5, P, 1), event(22, 99)]
    events += [event(23, EventKind.SET, 1, P + 3, -4), event(30, EventKind.SET, 0, P, 7)]
    for script in ([], [buy(10, 1)]):  # own orders that rest take another way through the engine
        frame = frame_of(events, script, Settings(), strict=0)
        assert drive(frame, events) == Stop.END
        found = {Code(k).name: int(n) for k, n in enumerate(frame.refusals) if n}
        assert found == {"BAD_SIZE": 2, "BAD_SIDE": 1, "UNKNOWN_KIND": 1}
        assert frame.book.best(0) == (P, 7)
        assert int(frame.run["events"][0]) == len(events)


def test_samples_stay_on_their_grid_and_wait_for_something_to_happen():
    # The grid is 3, 13, 23 ...: each sample is followed by the first at or after the next event.
    events = [event(t, EventKind.SET, 0, P, t) for t in (3, 14, 95, 120)]
    frame, _ = agree(events, [], Settings(sample=10))
    assert [time for time, _ in outcome(frame)["samples"]] == [3, 23, 103]
