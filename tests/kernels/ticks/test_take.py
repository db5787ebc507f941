"""Liquidity that own orders took: gone for them until history trades or cancels it."""

from collections import defaultdict

import numpy as np
import pytest
from tests.kernels.ticks import histories
from tests.kernels.ticks.test_advance import case
from tests.kernels.ticks.ticks_run import P, agree, ahead_of, block_of, buy, drive, event, fills_of, frame_of, sell
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.order_terms import Force

NONE, ADD, REDUCE, _, EXECUTE, MODIFY, SET, CLEAR, QUOTE, TRADE = list(EventKind)[:10]
BID, ASK = 0, 1
SNAPSHOT, LAST = EventFlag.SNAPSHOT, EventFlag.LAST
L2 = [event(0, SET, ASK, P, 10)]
L3 = [event(0, ADD, ASK, P, 10, 1), event(0, ADD, ASK, P, 5, 2)]
END = event(100, NONE)


def lots(fills):
    return [f[3] for f in fills]


def taking(*asks):
    """Immediate orders for (moment, lots)."""
    return [buy(time, size, P, force=1) for time, size in asks]


def test_a_lot_is_sold_once():
    assert lots(fills_of([*L2, END], taking((10, 6), (20, 6), (30, 6)))) == [6, 4]
    assert lots(fills_of([*L3, END], taking((10, 12), (20, 12)), "L3")) == [12, 3]


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (event(20, SET, ASK, P, 10), 0),  # the same again says nothing new
        (event(20, SET, ASK, P, 13), 3),  # three have come
        (event(20, SET, ASK, P, 6), 0),  # four of those taken were traded or canceled
        (event(20, TRADE, ASK, P, 4), 0),
    ],
)
def test_on_l2_only_what_history_adds_is_new(change, more):
    assert lots(fills_of([*L2, change, END], taking((10, 10), (30, 99)))) == [10, *([more] if more else [])]


def test_lots_that_were_taken_are_the_first_to_go():
    # 7 of 10 taken. History loses 5 of them and shows 5 more later: 3 were never taken, 5 are new.
    events = [*L2, event(20, SET, ASK, P, 5), event(30, SET, ASK, P, 10), END]
    assert lots(fills_of(events, taking((10, 7), (25, 99), (40, 99)))) == [7, 3, 5]


def test_a_level_that_was_gone_is_new():
    events = [*L2, event(20, SET, ASK, P, 0), event(30, SET, ASK, P, 8), END]
    assert lots(fills_of(events, taking((10, 10), (40, 99)))) == [10, 8]


def test_a_picture_of_the_book_brings_nothing_back():
    events = [*L2, event(20, CLEAR, -1, flags=SNAPSHOT), event(20, SET, ASK, P, 10, flags=SNAPSHOT | LAST), END]
    assert lots(fills_of(events, taking((10, 8), (30, 99)))) == [8, 2]


def test_a_quote_that_comes_back_brings_nothing_back_unless_a_worse_one_was_seen():
    first, better, worse = (event(t, QUOTE, ASK, P + d, 10) for t, d in ((0, 0), (20, -1), (20, 1)))
    again = event(30, QUOTE, ASK, P, 10)
    script = [*taking((10, 10)), buy(40, 99, P, force=1)]
    assert lots(fills_of([first, better, again, END], script)) == [10]
    assert lots(fills_of([first, worse, again, END], script)) == [10, 10]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        # 12 are taken: all 10 of the first order and 2 of the 5 of the second.
        (event(20, REDUCE, ASK, P, 4, 1), 3),
        (event(20, EXECUTE, ASK, P, 10, 1), 3),
        (event(20, REDUCE, ASK, P, 4, 2), 1),  # the 2 and 2 more are canceled
        (event(20, MODIFY, ASK, P, 16, 1), 9),  # 6 more than before
        (event(20, ADD, ASK, P, 8, 3), 11),
    ],
)
def test_on_l3_taken_lots_belong_to_their_orders(change, left):
    assert lots(fills_of([*L3, change, END], taking((10, 12), (30, 99)), "L3")) == [12, left]


def test_an_order_that_moves_takes_along_what_was_taken_of_it():
    events = [*L3, event(20, MODIFY, ASK, P - 1, 10, 1), END]
    assert lots(fills_of(events, taking((10, 10), (30, 99)), "L3")) == [10, 5]


def test_an_own_order_joins_behind_what_is_left_at_its_price():
    # 6 of 10 taken: 4 stand ahead. The trade of 7 first uses up the 6 that were taken, then 1 of the 4.
    script = [*taking((10, 6)), sell(20, 5, P)]
    assert ahead_of([*L2, END], script) == [4.0]
    assert ahead_of([*L2, event(30, TRADE, ASK, P, 7), END], script) == [3.0]
    assert ahead_of([*L2, event(30, TRADE, ASK, P, 7), event(31, SET, ASK, P, 3), END], script) == [3.0]
    assert ahead_of([*L3, END], script, "L3") == [9.0]
    assert ahead_of([*L3, event(30, EXECUTE, ASK, P, 7, 1), END], script, "L3") == [8.0]


@pytest.mark.parametrize("feed", ["L2", "L3"])
@pytest.mark.parametrize("seed", range(8))
def test_no_more_is_taken_than_history_ever_displayed(feed, seed):
    make = histories.levels if feed == "L2" else histories.orders
    events = make(seed, clears=False, phases=False)
    rng = np.random.default_rng(seed)
    moments = np.sort(rng.integers(events[0][0], events[-1][0], 150)).tolist()
    script = [Ask(t, 0, 0, k % 2, 2 - k % 2, 0, int(rng.integers(1, 40)), 0, Force.IOC) for k, t in enumerate(moments)]
    _, twin = agree(events, script, Settings(book=feed))
    took: dict[tuple[int, int], int] = defaultdict(int)
    for _, _, side, tick, size, *_ in twin.fills:
        took[1 - side, tick] += size
    shown: dict[tuple[int, int], int] = defaultdict(int)
    for book_side, tick, size in additions(events, feed):
        shown[book_side, tick] += size
    assert len(twin.fills) > 20
    assert all(size <= shown[key] for key, size in took.items())


def additions(events, feed):
    """Yield (side, tick, lots) that came on display."""
    level: dict[tuple[int, int], int] = {}
    for _, _, kind, side, _, tick, size, _ in events:
        if feed == "L2" and kind == SET:
            yield side, tick, max(size - level.get((side, tick), 0), 0)
            level[side, tick] = size
        elif kind in (ADD, MODIFY):
            yield side, tick, size


@pytest.mark.parametrize("feed", ["L2", "L3"])
@pytest.mark.parametrize("seed", range(4))
def test_taken_lots_never_exceed_what_is_displayed(feed, seed):
    events, script, settings = case(feed, seed)
    frame = frame_of(events, script, settings)

    def check(run):
        shown = run.book.levels[run.book.levels["lots"] > 0]
        assert (shown["taken"] >= 0).all()
        assert (shown["taken"] <= shown["lots"]).all()
        if feed == "L3":
            live = run.book.nodes[run.book.nodes["lots"] > 0]
            assert live["taken"].sum() == run.book.levels["taken"].sum()

    drive(frame, events, most=1, each=check)
    assert block_of(events).time_ns.size == int(frame.run["events"][0])
