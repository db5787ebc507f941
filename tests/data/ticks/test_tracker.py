"""The book that goes along with a feed: slots, pictures, and room that grows."""

import numpy as np
import pytest
from tests.data.ticks.helpers import START, block, cut, depths, levels, orders, queues

from lockstep.data.ticks.reader import Level
from lockstep.data.ticks.tracker import EMPTY, Tracker, read_only, with_slots
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, TickBlock
from lockstep.kernels.book.frame import Book


def book_of(events: TickBlock, slots: int) -> Book:
    book = Book(900, window=256, slots=slots)
    assert book.replay(read_only(events)).code == Code.OK
    return book


def test_a_slot_stands_for_one_order_at_a_time() -> None:
    """Replayed by hand with a dictionary: no slot is given while another order has it."""
    events, tracker = orders(3000), Tracker("L3")
    found = tracker.resolve(events)
    assert not found.codes.any()
    assert tracker.slots == found.slots.max() + 1
    owner: dict[int, int] = {}
    rest: dict[int, int] = {}
    for kind, order_id, lots, slot in zip(events.kind, events.id, events.lots, found.slots, strict=True):
        if kind == EventKind.ADD:
            assert slot not in owner
            owner[slot], rest[order_id] = order_id, lots
            continue
        assert owner[slot] == order_id
        rest[order_id] -= lots
        if not rest[order_id]:
            del owner[slot]


@pytest.mark.parametrize("at", [0, 1, 50, 999])
def test_a_picture_gives_the_book_with_its_queues(at: int) -> None:
    events, tracker = cut(orders(1000), 0, at), Tracker("L3")
    resolved = with_slots(events, tracker.resolve(events))
    picture = tracker.picture(7, 8)
    assert (picture.time_ns == 7).all()
    assert (picture.received_ns == 8).all()
    assert (picture.flags & EventFlag.SNAPSHOT > 0).all()
    assert np.flatnonzero(picture.flags & EventFlag.LAST).tolist() == [len(picture.kind) - 1]
    slots = max(tracker.slots, 1)
    one, other = book_of(picture, slots), book_of(resolved, slots)
    assert depths(one) == depths(other)
    assert queues(one) == queues(other)
    assert len(picture.kind) == EMPTY + len(queues(other))


@pytest.mark.parametrize(("level", "kind"), [("L2", EventKind.SET), ("L1", EventKind.QUOTE)])
def test_a_picture_of_levels(level: Level, kind: EventKind) -> None:
    rows = [(START + at, kind, at % 2, 1000 + (5 if at % 2 else -5) + at % 3, at % 4, 0) for at in range(200)]
    tracker, book = Tracker(level), Book(900, window=256, slots=0)
    events = block(rows)
    assert not tracker.follow(events)
    book.replay(read_only(events))
    picture = tracker.picture(0, 0)
    assert set(picture.kind[EMPTY:].tolist()) <= {kind}
    assert depths(book_of(picture, 0)) == depths(book)


def test_prices_far_apart_and_many_orders_find_room() -> None:
    count = 3000
    away = [(1 if at % 2 else -1) * (1 + 37 * at) for at in range(count)]
    rows = [(START, EventKind.ADD, at % 2, 1_000_000 + far, 1, at + 1) for at, far in enumerate(away)]
    tracker = Tracker("L3")
    assert not tracker.resolve(block(rows)).codes.any()
    picture = tracker.picture(0, 0)
    assert len(picture.kind) == EMPTY + count
    assert picture.tick[EMPTY:].tolist() == [row[3] for row in rows]


def test_the_phase_is_known() -> None:
    tracker = Tracker("L2")
    assert tracker.phase == Phase.CONTINUOUS
    tracker.follow(block([(START, EventKind.SET, 0, 10, 5, 0), (START, EventKind.PHASE, -1, 0, Phase.HALT, 0)]))
    assert tracker.phase == Phase.HALT
    assert tracker.picture(0, 0).lots[1] == Phase.HALT


@pytest.mark.parametrize("kind", [EventKind.QUOTE, EventKind.SET, EventKind.ADD])
def test_crossed_books_are_marked_in_continuous_trading_once_they_are_whole(kind: EventKind) -> None:
    levels_of: dict[EventKind, Level] = {EventKind.QUOTE: "L1", EventKind.SET: "L2", EventKind.ADD: "L3"}
    phase = EventKind.PHASE
    events = block([
        (START, kind, 0, 10, 5, 1), (START, kind, 1, 10, 5, 2), (START, EventKind.TRADE, 0, 10, 5, 3),
        (START, phase, -1, 0, Phase.AUCTION, 0), (START, phase, -1, 0, Phase.CONTINUOUS, 0),
        (START, EventKind.HIDDEN, 0, 10, 5, 3), (START, EventKind.CLEAR, -1, 0, 0, 0),
    ])  # fmt: skip
    events.flags[5] = 0
    found = Tracker(levels_of[kind]).resolve(events)
    assert np.flatnonzero(found.codes == Code.CROSSED).tolist() == [1, 2, 4]
    assert not found.codes[[0, 3, 5, 6]].any()
    assert with_slots(events, found).kind.tolist() == events.kind.tolist()


def test_what_can_not_be_applied_keeps_the_book(recwarn: pytest.WarningsRecorder) -> None:
    tracker = Tracker("L2")
    refused = tracker.follow(levels(10)._replace(lots=np.full(10, -1)))
    assert sum(refused.values()) == int((levels(10).kind == EventKind.SET).sum())
    assert len(tracker.picture(0, 0).kind) == EMPTY
    assert not recwarn.list


def test_a_price_that_was_left_out_is_no_place_to_begin_at() -> None:
    events = block([(START, EventKind.NONE, 0, 1 << 61, 5, 0), (START, EventKind.SET, 0, 10, 5, 0)])
    tracker = Tracker("L2")
    assert not tracker.resolve(events).codes.any()
    assert tracker.picture(0, 0).tick[EMPTY:].tolist() == [10]
