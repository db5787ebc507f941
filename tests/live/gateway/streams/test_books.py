"""Books by events of all levels are those of the engine, whose kernel keeps them in another way."""

import pytest

from lockstep.data.ticks.flow import synthetic_flow
from lockstep.kernels.book.kinds import ASK, BID, EventKind
from lockstep.live.gateway.streams.books import LevelBook

COLUMNS = ("kind", "side", "tick", "lots", "id", "slot")


def rows(ticks, size):
    for block in ticks.blocks(size):
        yield list(zip(*(getattr(block, name).tolist() for name in COLUMNS), strict=True)), block


@pytest.mark.parametrize("level", ["L2", "L3"])
def test_it_stands_as_the_engines_book_does(level):
    from lockstep.kernels.book.frame import Book

    ticks = synthetic_flow(6_000, level, seed=11)
    first = next(rows(ticks, 64))[0][0][2]
    engine, ours = Book(first - (1 << 15), slots=1 << 12 if level == "L3" else 0), LevelBook()
    followed: tuple[dict[int, int], dict[int, int]] = {}, {}
    for events, block in rows(ticks, 500):
        engine.replay(block)
        for event in events:
            ours.apply(*event)
        for side in (BID, ASK):
            assert sorted(ours.sides[side].items()) == sorted((int(t), int(n)) for t, n, _ in engine.depth(side))
        anew = ours.anew
        for mine, theirs, all_of_it in zip(followed, ours.take_changes(), ours.sides, strict=True):
            if anew:
                mine.clear()
                mine.update(all_of_it)
            mine.update(theirs)
            for tick in [tick for tick, lots in mine.items() if not lots]:
                del mine[tick]
        assert followed == ours.sides
        best = tuple(found and found[0] for found in map(engine.best, (BID, ASK)))
        assert ours.best() == best


def test_orders_that_are_modified_reduced_and_gone():
    book = LevelBook()
    for event in [
        (EventKind.ADD, BID, 100, 5, 1, -1), (EventKind.ADD, BID, 100, 3, 2, -1),
        (EventKind.MODIFY, BID, 101, 4, 1, -1), (EventKind.REDUCE, BID, 100, 1, 2, -1),
        (EventKind.EXECUTE, BID, 101, 4, 1, -1), (EventKind.DELETE, BID, 0, 0, 9, -1),
        (EventKind.ADD, ASK, 105, 7, 3, -1),
    ]:  # fmt: skip
        book.apply(*map(int, event))
    assert book.sides == ({100: 2}, {105: 7})
    book.apply(int(EventKind.CLEAR), BID, 0, 0, 0, -1)
    book.apply(int(EventKind.DELETE), BID, 0, 0, 2, -1)
    assert book.sides == ({}, {105: 7})


def test_a_quote_is_all_there_is_of_its_side():
    book = LevelBook()
    for event in [(BID, 100, 5), (ASK, 102, 1), (BID, 99, 4), (ASK, 102, 0)]:
        book.apply(int(EventKind.QUOTE), *event, 0, -1)
    assert book.sides == ({99: 4}, {})
    assert book.take_changes() == ({100: 0, 99: 4}, {102: 0})


def test_it_stands_as_it_is_told_and_goes_on():
    book = LevelBook()
    book.stand({"bids": [[100, 5]], "asks": [], "orders": [[7, BID, 100, 2], [~9, BID, 100, 3]], "phase": "halt"})
    book.apply(int(EventKind.DELETE), BID, 0, 0, 0, 7)
    book.apply(int(EventKind.REDUCE), BID, 0, 1, 9, -1)
    assert (book.sides, book.phase, book.anew) == (({100: 2}, {}), 3, True)
