"""A book that moves is the same book: state, queues, slots and table, in more room or about other prices."""

import copy
import pickle
from collections.abc import Callable

import pytest
from tests.kernels.book.commands import OrderFlow
from tests.kernels.book.invariants import check_agreement, check_memory
from tests.twins.book import OrderBook

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book


def filled(by_slot: bool) -> tuple[Book, OrderBook, OrderFlow]:
    twin = OrderBook(by_slot=by_slot)
    flow = OrderFlow(11, twin)
    book = Book(flow.middle - 64, window=128, slots=64, far_room=16, entries=0 if by_slot else 256)
    for _ in range(2000):
        command = flow.next()
        assert book.apply(*command) == twin.apply(*command)
    return book, twin, flow


MOVES = {
    "more orders": lambda book: book.grow(Code.NO_ORDER_ROOM),
    "more levels": lambda book: book.grow(Code.NO_LEVEL_ROOM),
    "nothing": lambda book: book.grow(),
    "higher": lambda book: book.grow(base=int(book.row["base"][0]) + 37),
    "far away": lambda book: book.grow(base=-(10**9)),
    "narrower": lambda book: book.grow(window=64),
    "wider": lambda book: book.grow(window=1 << 13),
    "wider and elsewhere": lambda book: book.grow(base=-4096, window=1 << 13),
}


@pytest.mark.parametrize("by_slot", [True, False], ids=["slots", "ids"])
@pytest.mark.parametrize("move", MOVES)
def test_a_move_leaves_the_state_and_all_goes_on_as_before(move: str, by_slot: bool) -> None:
    book, twin, flow = filled(by_slot)
    row = book.row
    MOVES[move](book)
    assert book.row is row, "kernels that know the record by its address still do"
    check_memory(book)
    check_agreement(book, twin)
    for _ in range(2000):
        command = flow.next()
        assert book.apply(*command) == twin.apply(*command)
        assert book.digest == twin.hash
    check_memory(book)
    check_agreement(book, twin)


def test_moving_takes_the_window_to_the_prices() -> None:
    book = Book(0, window=64, slots=0, far_room=4)
    for tick in range(5000, 5004):
        book.apply(EventKind.SET, 1, tick, tick)
    assert int(book.row["far_asks"][0]) == 4
    book.grow(base=4980)
    assert int(book.row["far_asks"][0]) == 0
    assert book.depth(1).tolist() == [[tick, tick, 1] for tick in range(5000, 5004)]


def test_levels_that_a_narrower_window_leaves_outside_get_rows() -> None:
    book = Book(0, window=1024, slots=0, far_room=1)
    for tick in range(0, 1024, 8):
        book.apply(EventKind.SET, 0, tick, 1)
        book.apply(EventKind.SET, 1, tick, 1)
    before = book.depth(0).tolist(), book.depth(1).tolist()
    book.grow(base=500, window=64)
    assert (book.depth(0).tolist(), book.depth(1).tolist()) == before
    assert int(book.row["far_room"][0]) == 128


COPIES: dict[str, Callable[[Book], Book]] = {
    "copy": Book.copy,
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda book: pickle.loads(pickle.dumps(book)),
}


@pytest.mark.parametrize("by_slot", [True, False], ids=["slots", "ids"])
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_goes_its_own_way(way: str, by_slot: bool) -> None:
    book, twin, flow = filled(by_slot)
    other, state = COPIES[way](book), book.digest
    for turn in range(500):
        command = flow.next()
        assert other.apply(*command) == twin.apply(*command)
        if turn == 250:
            other.grow(Code.NO_ORDER_ROOM)
    check_memory(other)
    check_agreement(other, twin)
    assert book.digest == book.recount() == state
    check_memory(book)
