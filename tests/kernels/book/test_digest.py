"""The state hash: the formula of docs/books.md worked out with whole numbers, and what it does and does not see."""

from typing import Any

import numpy as np
import pytest
from tests.twins.book import Order, order_hash

from lockstep.kernels.book.digest import order_digest
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book


def compiled(o: Order) -> int:
    """Return what the kernel adds for an order."""
    numbers: list[Any] = [np.int64(number) for number in (o.id, o.side, o.tick, o.lots, o.rank)]
    return int(order_digest(*numbers)) % 2**64


EXTREMES = [0, 1, -1, 7, 2**31, -(2**31), 2**60, -(2**60), 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("order_id", EXTREMES)
@pytest.mark.parametrize("tick", [value for value in EXTREMES if abs(value) <= 2**60])
def test_an_order_adds_what_the_formula_says(order_id: int, tick: int) -> None:
    for side in (0, 1):
        for lots, rank in ((1, 1), (2**62, 2**40)):
            o = Order(order_id, side, tick, lots, rank)
            assert compiled(o) == order_hash(o)


def test_one_order_worked_out_by_hand() -> None:
    """Id 1, rank 1, bid at tick 0, 1 lot; each step of the formula in turn, by hand in 64 bits."""
    mixed = (0x9E3779B97F4A7C15 + 0xC2B2AE3D27D4EB4F) & (2**64 - 1)
    assert mixed == 0x60EA27F6A71F6764
    mixed ^= 0xD6E8FEB86659FD93
    assert mixed == 0xB602D94EC1469AF7
    mixed ^= mixed >> 32
    assert mixed == 0xB602D94E774443B9
    mixed = mixed * 0xBF58476D1CE4E5B9 % 2**64
    book = Book(0, window=64, slots=1)
    book.apply(EventKind.ADD, 0, 0, 1, 1, 0)
    assert book.digest == mixed ^ (mixed >> 29)


def test_each_of_the_five_facts_of_an_order_is_in_the_hash() -> None:
    base = Order(5, 0, 100, 10, 3)
    others = [Order(6, 0, 100, 10, 3), Order(5, 1, 100, 10, 3), Order(5, 0, 101, 10, 3), Order(5, 0, 100, 9, 3),
              Order(5, 0, 100, 10, 4)]  # fmt: skip
    hashes = [compiled(o) for o in [base, *others]]
    assert len(set(hashes)) == 6


def test_an_empty_book_has_hash_zero_however_it_became_so() -> None:
    book = Book(0, window=64, slots=2)
    assert book.digest == 0
    book.apply(EventKind.ADD, 1, 1000, 4, 9, 0)
    assert book.digest != 0
    book.apply(EventKind.EXECUTE, 1, 1000, 4, 9, 0)
    assert book.digest == book.recount() == 0
