"""Pictures of a book: applied again they give the same book, in the kernel's own book too."""

import random

import numpy as np
import pytest

from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.frame import Book
from lockstep.live.sources.picture import Picture
from lockstep.live.sources.rows import unpacked

QUOTE, SET, CLEAR, PHASE = (int(k) for k in (EventKind.QUOTE, EventKind.SET, EventKind.CLEAR, EventKind.PHASE))


def rows_of(picture):
    return unpacked(b"".join(picture.rows(3, 50)))


@pytest.mark.parametrize("seed", range(10))
def test_levels_shown_are_those_that_were_set(seed):
    rng, picture = random.Random(seed), Picture()
    expected: dict[tuple[int, int], int] = {}
    for _ in range(300):
        side, tick, lots = rng.randrange(2), rng.randrange(100), rng.randrange(3)
        if rng.random() < 0.01:
            picture.apply(CLEAR, side, 0, 0)
            expected = {key: held for key, held in expected.items() if key[0] != side}
        picture.apply(SET, side, tick, lots)
        expected[side, tick] = lots
    rows = rows_of(picture)
    assert rows["kind"][0] == CLEAR
    shown = {(r["side"].item(), r["tick"].item()): r["lots"].item() for r in rows[1:]}
    assert shown == {key: lots for key, lots in expected.items() if lots}
    again = Picture()
    for r in rows:
        again.apply(*(r[name].item() for name in ("kind", "side", "tick", "lots")))
    assert again.sides == picture.sides


def test_a_picture_tells_the_kernels_book_how_things_stand():
    picture = Picture()
    for side, tick, lots in ((0, 99, 5), (0, 98, 6), (1, 101, 7)):
        picture.apply(SET, side, tick, lots)
    book = Book(0, window=256, slots=0)
    book.apply(EventKind.SET, 0, 120, 9)  # what was there before goes
    for r in rows_of(picture):
        book.apply(EventKind(int(r["kind"])), int(r["side"]), int(r["tick"]), int(r["lots"]))
    assert (book.best(0), book.best(1)) == ((99, 5), (101, 7))


def test_quotes_stand_for_their_side():
    picture = Picture()
    picture.apply(QUOTE, 0, 100, 1)
    picture.apply(QUOTE, 0, 102, 2)
    picture.apply(QUOTE, 1, 103, 3)
    picture.apply(QUOTE, 1, 0, 0)
    rows = rows_of(picture)
    assert rows["kind"].tolist() == [CLEAR, QUOTE]
    assert rows[["side", "tick", "lots"]].tolist() == [(-1, 102, 0), (0, 102, 2)]


def test_the_phase_is_part_of_it_and_the_last_record_says_that_it_is_whole():
    picture = Picture()
    picture.apply(PHASE, -1, 0, 3)
    picture.apply(SET, 1, 101, 7)
    rows = rows_of(picture)
    assert rows["kind"].tolist() == [CLEAR, SET, PHASE]
    assert (rows["lots"][2], rows["tick"][0]) == (3, 101)
    assert np.all(rows["flags"] & EventFlag.SNAPSHOT)
    assert (rows["flags"] & EventFlag.LAST).tolist() == [0, 0, EventFlag.LAST]
    assert (set(rows["symbol"].tolist()), set(rows["received_ns"].tolist())) == ({3}, {50})


def test_nothing_known_is_an_empty_book():
    rows = rows_of(Picture())
    assert (rows["kind"].tolist(), rows["flags"].tolist()) == ([CLEAR], [EventFlag.SNAPSHOT | EventFlag.LAST])
