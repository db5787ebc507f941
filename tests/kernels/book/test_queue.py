"""Queues: first come, first served; lots come from events and nowhere else."""

from random import Random

import pytest
from tests.kernels.book.invariants import check_memory, queues

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.tables import NODE


def test_a_node_is_one_cache_line() -> None:
    assert NODE.itemsize == 64


@pytest.mark.parametrize("leaver", range(5))
def test_whoever_leaves_the_others_keep_their_order(leaver: int) -> None:
    book = Book(0, window=64, slots=5)
    for slot in range(5):
        book.apply(EventKind.ADD, 0, 10, 1 + slot, slot, slot)
    book.apply(EventKind.DELETE, 0, 10, 0, leaver, leaver)
    assert queues(book) == {(0, 10): [slot for slot in range(5) if slot != leaver]}
    book.apply(EventKind.ADD, 0, 10, 9, 50, leaver)
    assert queues(book)[0, 10][-1] == leaver
    check_memory(book)


def test_a_reduced_order_stays_where_it_is() -> None:
    book = Book(0, window=64, slots=3)
    for slot in range(3):
        book.apply(EventKind.ADD, 1, 10, 5, slot, slot)
    book.apply(EventKind.REDUCE, 1, 10, 4, 0, 0)
    book.apply(EventKind.EXECUTE, 1, 10, 4, 1, 1)
    assert list(queues(book).values()) == [[0, 1, 2]]
    assert book.depth(1).tolist() == [[10, 7, 3]]


@pytest.mark.parametrize("seed", range(3))
def test_lots_that_rest_are_those_added_less_those_taken(seed: int) -> None:
    random, book = Random(seed), Book(0, window=64, slots=32, entries=64)
    resting: dict[int, int] = {}
    for order_id in range(3000):
        lots = random.randrange(1, 90)
        resting[order_id] = lots
        book.apply(EventKind.ADD, random.randrange(2), random.randrange(-30, 90), lots, order_id)
        while random.random() < 0.55 and resting:
            victim = random.choice(list(resting))
            part = random.randrange(1, resting[victim] + 1)
            kind = random.choice((EventKind.REDUCE, EventKind.EXECUTE))
            assert book.apply(kind, 0, 0, part, victim) == Code.OK
            resting[victim] -= part
            if not resting[victim]:
                del resting[victim]
        assert sum(int(book.depth(side)[:, 1].sum()) for side in (0, 1)) == sum(resting.values())
    check_memory(book)


def test_a_level_never_sums_to_more_than_it_can_hold() -> None:
    book = Book(0, window=64, slots=4)
    assert book.apply(EventKind.ADD, 0, 10, 2**62 - 5, 1, 0) == Code.OK
    assert book.apply(EventKind.ADD, 0, 10, 5, 2, 1) == Code.OK
    assert book.apply(EventKind.ADD, 0, 10, 1, 3, 2) == Code.BAD_SIZE
    assert book.apply(EventKind.ADD, 0, 11, 6, 4, 3) == Code.OK
    assert book.apply(EventKind.MODIFY, 0, 10, 6, 4, 3) == Code.BAD_SIZE
    assert book.apply(EventKind.MODIFY, 0, 10, 6, 2, 1) == Code.BAD_SIZE
    assert book.depth(0).tolist() == [[11, 6, 1], [10, 2**62, 2]]
    assert book.digest == book.recount()
