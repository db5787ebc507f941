"""A book's memory: sizes that can't be, growth from nothing to the most rows there are, and reading."""

from typing import Any

import numpy as np
import pytest
from tests.kernels.book.blocks import block
from tests.kernels.book.commands import Command
from tests.kernels.book.invariants import check_memory

from lockstep.errors import BookRoomError
from lockstep.kernels.book import frame
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.replay import apply_one


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"window": 32}, "window must be a power of two from 64 up, found 32"),
        ({"window": 100}, "window must be a power of two from 64 up, found 100"),
        ({"slots": -1}, "slots and far_room must be 0 or more"),
        ({"far_room": -1}, "slots and far_room must be 0 or more"),
        ({"entries": 3}, "entries 0 or a power of two; found 4096, 1024, 3"),
        ({"base": 2**60 + 1}, "base must lie within"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Book(**{"base": 0, **sizes})


@pytest.mark.parametrize("sizes", [{"slots": 2**31}, {"window": 1 << 30}, {"far_room": 2**30, "slots": 0}])
def test_more_rows_than_int32_can_number_are_refused_before_memory_is_asked_for(sizes: dict[str, int]) -> None:
    with pytest.raises(BookRoomError, match=r"at most 2,147,483,647 rows, found .* take a smaller window"):
        Book(0, **sizes)


def test_growth_beyond_the_most_rows_stops_with_an_error_and_the_book_as_it_was(monkeypatch) -> None:
    book = Book(0, window=64, slots=8, far_room=4)
    for slot in range(8):
        book.apply(EventKind.ADD, 0, slot, 1, slot, slot)
    before = book.digest
    monkeypatch.setattr(frame, "MOST_ROWS", 2 * (64 + 4) + 15)
    with pytest.raises(BookRoomError, match=r"found 152: 2 x \(window 64 \+ far_room 4\) \+ slots 16"):
        book.apply(EventKind.ADD, 0, 9, 1, 8, 8)
    assert book.digest == book.recount() == before
    assert book.apply(EventKind.DELETE, 0, 3, 0, 3, 3) == Code.OK
    assert book.apply(EventKind.ADD, 0, 9, 1, 8, 3) == Code.OK


def test_a_book_without_any_room_grows_from_nothing() -> None:
    book = Book(0, window=64, slots=1, far_room=0, entries=1)
    for order_id in range(200):
        assert book.apply(EventKind.ADD, order_id % 2, 100 * order_id, 1, order_id) == Code.OK
    assert len(book.depth(0)) == len(book.depth(1)) == 100
    assert book.digest == book.recount()
    levels = Book(0, window=64, slots=0, far_room=0)
    assert levels.apply(EventKind.SET, 0, 500, 3) == Code.OK
    assert levels.best(0) == (500, 3)


@pytest.mark.parametrize(("slots", "entries"), [(1 << 12, 2), (1, 1 << 12), (100, 256), (8, 16)])
def test_only_what_is_scarce_grows(slots: int, entries: int) -> None:
    book = Book(0, window=64, slots=slots, entries=entries)
    for order_id in range(300):
        book.apply(EventKind.ADD, 0, 5, 1, order_id)
    check_memory(book)
    assert int(book.row["slots"][0]) <= max(slots, 512)
    assert len(book.entries) <= max(entries, 1024)


def test_depth_is_best_first_and_no_longer_than_asked() -> None:
    book = Book(0, window=64, slots=8)
    for slot, (side, tick) in enumerate([(0, 3), (0, 70), (0, 3), (0, -900), (1, 80), (1, 75)]):
        book.apply(EventKind.ADD, side, tick, 10 + slot, slot, slot)
    assert book.depth(0).tolist() == [[70, 11, 1], [3, 22, 2], [-900, 13, 1]]
    assert book.depth(0, 2).tolist() == [[70, 11, 1], [3, 22, 2]]
    assert book.depth(1, 0).shape == (0, 3)
    assert book.best(1) == (75, 15)


def test_numbers_of_any_type_run_the_same_machine_code() -> None:
    book = Book(0, window=64, slots=8)
    book.apply(1, 0, 5, 1, 0, 0)
    kernel: Any = apply_one
    compiled = len(kernel.signatures)
    others: list[Any] = [np.int8(1), np.int32(7), np.uint8(4), np.int64(1), np.int16(1)]
    book.apply(EventKind.ADD, *others)
    assert len(kernel.signatures) == compiled
    assert book.best(1) == (7, 4)


def test_fractions_are_no_ticks_and_no_lots() -> None:
    book: Any = Book(0, window=64, slots=8)
    for tick, lots in ((5.0, 1), (5, 1.5)):
        with pytest.raises(TypeError, match="float"):
            book.apply(EventKind.ADD, 0, tick, lots, 1, 0)
    assert book.digest == 0


def test_columns_that_may_not_be_written_are_replayed() -> None:
    events = block([Command(EventKind.ADD, 0, 5, 3, 1, 0), Command(EventKind.ADD, 1, 9, 4, 2, 1)])
    for column in events:
        column.flags.writeable = False
    book = Book(0, window=64, slots=8)
    assert book.replay(events).events == 2
    assert book.best(1) == (9, 4)
