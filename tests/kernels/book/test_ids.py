"""The table of live ids: found while they live, whatever their neighbours do."""

from random import Random
from typing import Any

import numpy as np
import pytest
from tests.kernels.book.invariants import check_memory

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.ids import home_of

MASK = np.uint64(63)


def ids_at(home: int, count: int) -> list[int]:
    """Return ids whose search begins at one entry of a table of 64."""
    order_ids: Any = np.arange(20_000)
    return [int(k) for k in order_ids if int(home_of(k, MASK)) == home][:count]


@pytest.mark.parametrize("home", [10, 62])
def test_ids_that_collide_are_found_after_any_of_them_left(home: int) -> None:
    """62: the cluster goes on at the table's beginning."""
    mine, neighbours = ids_at(home, 5), ids_at((home + 1) % 64, 3)
    for seed in range(40):
        random, book = Random(seed), Book(0, window=64, slots=32, entries=64)
        order_ids = random.sample(mine + neighbours, 8)
        for order_id in order_ids:
            book.apply(EventKind.ADD, 0, 5, 1, order_id)
        for leaver in random.sample(order_ids, 8):
            assert book.apply(EventKind.DELETE, 0, 5, 0, leaver) == Code.OK
            assert book.apply(EventKind.DELETE, 0, 5, 0, leaver) == Code.UNKNOWN_ORDER
            order_ids.remove(leaver)
            for order_id in order_ids:
                assert book.apply(EventKind.ADD, 0, 5, 1, order_id) == Code.DUPLICATE_ORDER
        assert (book.entries["slot"] == -1).all()


def test_slots_given_back_are_taken_again_before_new_ones() -> None:
    book = Book(0, window=64, slots=4, entries=16)
    for round_ in range(100):
        for order_id in range(3):
            book.apply(EventKind.ADD, 0, 5, 1, 1000 * round_ + order_id)
        for order_id in range(3):
            book.apply(EventKind.DELETE, 0, 5, 0, 1000 * round_ + order_id)
    assert int(book.row["next_slot"][0]) == 3
    check_memory(book)


def test_the_table_is_never_more_than_half_full() -> None:
    book = Book(0, window=64, slots=64, entries=2)
    for order_id in range(50):
        book.apply(EventKind.ADD, 0, 5, 1, order_id * 7919)
        assert 2 * (order_id + 1) <= len(book.entries)
    check_memory(book)
