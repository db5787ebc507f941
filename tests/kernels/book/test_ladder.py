"""The ladder: prices, places and rows turn into one another; the next best place is found wherever it is."""

from random import Random

import numpy as np
import pytest
from tests.kernels.book.invariants import places_in_bits

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.ladder import next_place, place_at, tick_at
from lockstep.kernels.book.tables import NOWHERE
from lockstep.kernels.borrow import borrow

BASE = 1000


@kernel
def place_of(book, side: int, tick: int) -> int:
    return place_at(borrow(book)[0], side, tick)


@kernel
def tick_of(book, side: int, place: int) -> int:
    return tick_at(borrow(book)[0], side, place)


@kernel
def next_of(book, side: int, place: int) -> int:
    return next_place(borrow(book)[0], side, place)


@pytest.mark.parametrize(
    ("side", "tick", "place"),
    [(0, BASE, 0), (0, BASE + 63, 63), (0, BASE - 5, -5), (1, BASE + 63, 0), (1, BASE, 63), (1, BASE + 64, -1),
     (1, BASE - 1, 64)],
)  # fmt: skip
def test_a_better_price_has_a_higher_place_on_either_side(side: int, tick: int, place: int) -> None:
    book = Book(BASE, window=64, slots=0)
    assert place_of(book.row, side, tick) == place
    assert tick_of(book.row, side, place) == tick


@pytest.mark.parametrize("window", [64, 128, 4096, 1 << 14, 1 << 19])
@pytest.mark.parametrize("seed", range(2))
def test_next_place_is_the_highest_taken_one_below(window: int, seed: int) -> None:
    """Against a sorted list, with lone levels at the edges of words and of words of words, and far ones."""
    random, book = Random(seed), Book(0, window=window, slots=0, far_room=8)
    edges = [0, 63, 64, 4095, 4096, window - 1, -1, window, -(2**60), -977, 2**60, window + 3]
    taken = {edge for edge in edges if random.random() < 0.5}
    taken |= {random.randrange(window) for _ in range(random.choice((0, 3, 60)))}
    for tick in taken:
        book.apply(EventKind.SET, 0, tick, 1)
    probes = [*taken, *(place + 1 for place in taken), *edges, *(random.randrange(window) for _ in range(200))]
    for place in probes:
        expected = max((each for each in taken if each < place), default=NOWHERE)
        assert next_of(book.row, 0, place) == expected, f"below {place}"
    assert places_in_bits(book, 0) == {place for place in taken if 0 <= place < window}


def test_levels_come_and_go_at_every_place_of_a_window_with_two_stages() -> None:
    window = 1 << 13
    book = Book(0, window=window, slots=0)
    for tick in range(0, window, 61):
        book.apply(EventKind.SET, 1, tick, 1)
    assert book.depth(1)[:, 0].tolist() == list(range(0, window, 61))
    for tick in range(0, window, 122):
        book.apply(EventKind.SET, 1, tick, 0)
    assert book.depth(1)[:, 0].tolist() == list(range(61, window, 122))
    assert int(np.count_nonzero(book.levels["lots"])) == len(range(61, window, 122))


def test_far_levels_share_their_rows_in_turn() -> None:
    book = Book(0, window=64, slots=0, far_room=3)
    for turn in range(50):
        for tick in (100 + turn, -50 - turn, 7000):
            book.apply(EventKind.SET, 0, tick, 1 + turn)
        assert [row[0] for row in book.depth(0).tolist()] == [7000, 100 + turn, -50 - turn]
        book.apply(EventKind.CLEAR, 0, 0, 0)
    assert int(book.row["far_room"][0]) == 3
    assert sorted(book.far["row"]) == list(range(128, 134))
