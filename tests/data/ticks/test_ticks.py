"""Histories in memory: what blocks, frames and parts of them give."""

import numpy as np
import pytest
from tests.data.ticks.helpers import SECOND, START, block, columns, cut, depths, levels, orders, queues, replayed

from lockstep.data import Instrument
from lockstep.data.ticks import Ticks, Trouble
from lockstep.errors import DataError, NoDataError, OrderStateError
from lockstep.kernels.book.events import EventFlag, EventKind

X = Instrument("X", tick=0.01, lot=0.5)


def test_a_history_knows_its_facts() -> None:
    ticks = Ticks.from_blocks(orders(300), X)
    assert (ticks.symbol, ticks.symbols, ticks.level, ticks.dataset) == ("X", ("X",), "L3", "memory")
    assert (ticks.rows, ticks.span) == (300, (START, START + 299 * SECOND))
    assert not ticks.synthetic
    assert repr(ticks).startswith("Ticks(X; L3; 2023-11-14 22:13:20Z to 2023-11-14 22:18:19Z; 300 events")


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_blocks_hold_the_same_events_in_any_size(size: int) -> None:
    whole = orders(200)
    ticks = Ticks.from_blocks([cut(whole, 0, 50), cut(whole, 50, 200)], X)
    found = columns(ticks, size)
    for name in ("time_ns", "received_ns", "kind", "side", "tick", "lots", "id"):
        assert (getattr(found, name) == getattr(whole, name)).all(), name
    assert max(len(events.kind) for events in ticks.blocks(size)) <= size


def test_blocks_are_read_only_views() -> None:
    ticks = Ticks.from_blocks(levels(100), X)
    (first,), (second,) = (list(ticks.blocks()) for _ in range(2))
    assert np.shares_memory(first.tick, second.tick)
    with pytest.raises(ValueError, match="read-only"):
        first.tick[0] = 1


def test_ids_become_slots_that_are_used_again() -> None:
    ticks = Ticks.from_blocks(orders(2000), X)
    events = columns(ticks)
    assert (events.slot >= 0).all()
    assert ticks.slots == events.slot.max() + 1 < len(set(events.id.tolist()))
    by_id = {order_id: set(events.slot[events.id == order_id].tolist()) for order_id in set(events.id.tolist())}
    assert all(len(slots) == 1 for slots in by_id.values())


ADD, DELETE, EXECUTE = EventKind.ADD, EventKind.DELETE, EventKind.EXECUTE


@pytest.mark.parametrize(
    ("event", "trouble", "words"),
    [
        ((START, ADD, 0, 10, 5, 1), Trouble.ORDER, "event 1 of X: ADD of 5 lots of order 1: DUPLICATE_ORDER"),
        ((START, ADD, 0, 10, -3, 2), Trouble.BAD_SIZE, "event 1 of X: ADD of -3 lots of order 2: BAD_SIZE"),
        ((START, EXECUTE, 0, 10, 0, 1), Trouble.BAD_SIZE, "event 1 of X: EXECUTE of 0 lots of order 1: BAD_SIZE"),
        ((START, EXECUTE, 0, 10, 6, 1), Trouble.ORDER, "event 1 of X: EXECUTE of 6 lots of order 1: BAD_SIZE"),
        ((START, DELETE, 0, 10, 5, 9), Trouble.UNKNOWN_ORDER, "event 1 of X: DELETE of 5 lots of order 9: UNKNOWN_ORD"),
        ((START, 77, 0, 10, 5, 9), Trouble.ORDER, "event 1 of X: kind 77 of 5 lots of order 9: UNKNOWN_KIND"),
    ],
)
def test_an_event_that_no_book_can_do_stops_or_is_counted(
    event: tuple[int, int, int, int, int, int], trouble: Trouble, words: str
) -> None:
    events = block([(START, ADD, 0, 10, 5, 1), event, (START, EXECUTE, 0, 10, 2, 1)])
    with pytest.raises(trouble.error, match=words):
        Ticks.from_blocks(events, X)
    ticks = Ticks.from_blocks(events, X, strict=False)
    assert ticks.findings.counts == {trouble: 1}
    assert ticks.findings.places[trouble][0].startswith(words)
    assert ticks.between(0, 2**62).findings is ticks.findings
    found = columns(ticks)
    assert found.kind.tolist() == [ADD, EventKind.TRADE if event[4] == 6 else EventKind.NONE, EXECUTE]
    assert found.slot.tolist() == [0, -1, 0]


def test_only_an_excerpt_may_name_orders_that_never_came() -> None:
    whole = block([
        (START, EXECUTE, 1, 11, 2, 7), (START, ADD, 0, 10, 5, 1), (START, DELETE, 1, 11, 2, 8),
        (START, EXECUTE, 0, 10, 5, 1),
    ])  # fmt: skip
    with pytest.raises(OrderStateError, match=r"event 0 of X: EXECUTE .* order 7: UNKNOWN_ORDER: say .* excerpt=True"):
        Ticks.from_blocks(whole, X)
    ticks = Ticks.from_blocks(whole, X, excerpt=True)
    assert ticks.findings.counts == {Trouble.UNKNOWN_ORDER: 2}
    found = columns(ticks)
    assert found.kind.tolist() == [EventKind.TRADE, ADD, EventKind.NONE, EXECUTE]
    assert found.slot.tolist() == [-1, 0, -1, 0]


def test_an_order_that_came_and_went_is_known_in_an_excerpt_too() -> None:
    again = block([
        (START, DELETE, 1, 11, 2, 7), (START, ADD, 1, 11, 2, 7), (START, DELETE, 1, 11, 2, 7),
        (START, DELETE, 1, 11, 2, 7),
    ])  # fmt: skip
    with pytest.raises(OrderStateError, match=r"event 3 of X: DELETE of 2 lots of order 7: UNKNOWN_ORDER: mend"):
        Ticks.from_blocks(again, X, excerpt=True)
    told = Ticks.from_blocks(again, X, excerpt=True, strict=False).findings
    assert told.counts == {Trouble.UNKNOWN_ORDER: 1, Trouble.ORDER: 1}


def test_the_level_is_told_by_the_events() -> None:
    assert Ticks.from_blocks(levels(9), X).level == "L2"
    quotes = block([(START, EventKind.QUOTE, 0, 10, 5, 0), (START, EventKind.TRADE, 1, 11, 1, 0)])
    assert Ticks.from_blocks(quotes, X).level == "L1"
    assert Ticks.from_blocks(quotes, X).slots == 0


def test_equal_content_has_equal_hashes() -> None:
    whole = orders(50)
    one, other = Ticks.from_blocks(whole, X), Ticks.from_blocks([cut(whole, 0, 20), cut(whole, 20, 50)], X)
    assert one.data_hash == other.data_hash
    assert one.data_hash != Ticks.from_blocks(whole, Instrument("X")).data_hash
    assert one.data_hash != Ticks.from_blocks(whole._replace(tick=whole.tick + 1), X).data_hash


@pytest.mark.parametrize("at", [1, 333, 999])
def test_a_part_begins_with_the_book_as_it_was(at: int) -> None:
    for whole in (orders(1000), levels(1000)):
        ticks = Ticks.from_blocks(whole, X)
        start = START + at * SECOND
        part, before = ticks.between(start, 2**62), Ticks.from_blocks(cut(columns(ticks), 0, at), X, level=ticks.level)
        events = columns(part)
        head = int((events.flags & EventFlag.SNAPSHOT > 0).sum())
        assert part.rows - head == 1000 - at
        assert events.kind[0] == EventKind.CLEAR
        assert (events.time_ns[:head] == start).all()
        assert (events.received_ns[:head] == start + 5).all()
        assert depths(replayed(part)) == depths(replayed(ticks))
        if ticks.level == "L3":
            assert queues(replayed(part)) == queues(replayed(ticks))
        opening = Ticks.from_blocks(cut(events, 0, head), X, level=ticks.level)
        assert depths(replayed(opening)) == depths(replayed(before))


def test_parts_that_follow_one_another_share_no_event_and_lose_none() -> None:
    ticks = Ticks.from_blocks(levels(100), X)
    edge = START + 40 * SECOND
    news = [columns(part) for part in (ticks.between(0, edge), ticks.between(edge, 2**62))]
    news = [cut(part, int((part.flags & EventFlag.SNAPSHOT > 0).sum()), len(part.kind)) for part in news]
    assert np.concatenate([part.time_ns for part in news]).tolist() == columns(ticks).time_ns.tolist()
    assert ticks.between(0, 2**62).rows == 100
    with pytest.raises(NoDataError, match=r"no event of X from .*: the ticks reach from 2023-11-14 22:13:20Z"):
        ticks.between(0, START)


def test_a_phase_that_holds_is_in_the_picture() -> None:
    ticks = Ticks.from_blocks(
        block([
            (START, EventKind.SET, 0, 10, 5, 0), (START, EventKind.PHASE, -1, 0, 3, 0),
            (START + 9, EventKind.SET, 1, 12, 5, 0),
        ]), X,
    )  # fmt: skip
    events = columns(ticks.between(START + 1, 2**62))
    assert events.kind.tolist() == [EventKind.CLEAR, EventKind.PHASE, EventKind.SET, EventKind.SET]
    assert events.lots[1] == 3


def test_a_frame_is_for_people() -> None:
    frame = Ticks.from_blocks(levels(50), X).frame()
    assert frame.columns == [
        "symbol", "time", "received", "kind", "side", "flags", "price", "size", "tick", "lots", "id", "slot", "sequence"
    ]  # fmt: skip
    row = frame.row(0, named=True)
    assert row["price"] == pytest.approx(row["tick"] * 0.01)
    assert row["size"] == row["lots"] * 0.5
    assert row["kind"] in ("SET", "TRADE")
    assert str(row["time"]) == "2023-11-14 22:13:20+00:00"


def test_what_can_not_be_a_history_is_refused() -> None:
    whole = levels(5)
    with pytest.raises(NoDataError, match="no ticks of X: give at least one event"):
        Ticks.from_blocks([], X)
    with pytest.raises(DataError, match=r"event 1 at .* comes after one at .*: sort the events by time"):
        Ticks.from_blocks(whole._replace(time_ns=whole.time_ns[::-1].copy()), X)
    with pytest.raises(DataError, match="must be of one length"):
        Ticks.from_blocks(whole._replace(lots=whole.lots[:3]), X)
    with pytest.raises(DataError, match="block size is 0"):
        next(Ticks.from_blocks(whole, X).blocks(0))
