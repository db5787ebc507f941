"""Replays: the same as event by event, in any cut; where they stop, what they count, and crossed books."""

import pytest
from tests.kernels.book.blocks import block
from tests.kernels.book.commands import Command, OrderFlow
from tests.twins.book import OrderBook

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, TickBlock
from lockstep.kernels.book.frame import Book

ADD, DELETE, PHASE = EventKind.ADD, EventKind.DELETE, EventKind.PHASE


def history(by_slot: bool, events: int) -> tuple[list[Command], OrderBook, dict[int, int]]:
    """Return commands whose numbers fit a block's columns, the reference book at their end, and its codes' counts."""
    twin, codes, commands = OrderBook(by_slot=by_slot), dict[int, int](), list[Command]()
    flow = OrderFlow(5, twin)
    while len(commands) < events:
        c = flow.next()
        if 0 <= c.kind < 256 and abs(c.side) < 128 and -(2**31) <= c.slot < 2**31:
            commands.append(c)
            code = twin.apply(*c)
            codes[code] = codes.get(code, 0) + 1
    return commands, twin, codes


@pytest.mark.parametrize("by_slot", [True, False], ids=["slots", "ids"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_tolerant_replay_counts_by_code_what_one_by_one_is_refused(by_slot: bool, size: int) -> None:
    commands, twin, codes = history(by_slot, 4000)
    book = Book(0, window=64, slots=1, far_room=0, entries=0 if by_slot else 1)
    refused = dict[Code, int]()
    for start in range(0, len(commands), size):
        part = commands[start : start + size]
        done = book.replay(block(part), strict=False)
        assert (done.events, done.code) == (len(part), Code.OK)
        for code, count in done.refused.items():
            refused[code] = refused.get(code, 0) + count
    assert book.digest == book.recount() == twin.hash
    assert refused == {Code(code): count for code, count in codes.items() if code}


def test_a_strict_replay_stops_at_the_first_event_that_cannot_be() -> None:
    events = block([Command(ADD, 0, 5, 3, 1, 0), Command(ADD, 0, 6, 3, 2, 1), Command(DELETE, 0, 5, 0, 9, 7),
                    Command(ADD, 1, 9, 3, 3, 2)])  # fmt: skip
    book = Book(0, window=64, slots=8)
    done = book.replay(events)
    assert (done.events, done.code, done.refused) == (2, Code.UNKNOWN_ORDER, {})
    assert book.best(1) is None, "nothing behind it was done"
    tolerant = Book(0, window=64, slots=8).replay(events, strict=False)
    assert (tolerant.events, tolerant.code, tolerant.refused) == (4, Code.OK, {Code.UNKNOWN_ORDER: 1})


def test_an_empty_block_is_no_trouble() -> None:
    done = Book(0, window=64, slots=1).replay(block([]))
    assert (done.events, done.code) == (0, Code.OK)


LAST = EventFlag.LAST
CROSSING = [
    (Command(EventKind.SET, 0, 10, 1), LAST),
    (Command(EventKind.SET, 1, 11, 1), LAST),
    (Command(EventKind.SET, 0, 11, 1), 0),  # locked, but not whole yet
    (Command(EventKind.SET, 1, 11, 0), LAST),
    (Command(EventKind.SET, 1, 9, 1), LAST),  # 4: crossed
    (Command(EventKind.TRADE, 1, 9, 1), LAST),  # 5: still so
    (Command(PHASE, -1, 0, Phase.AUCTION), LAST),
    (Command(EventKind.SET, 1, 8, 1), LAST),  # crossed, as auctions are
    (Command(EventKind.CLEAR, 1, 0, 0), 0),
    (Command(PHASE, -1, 0, Phase.CONTINUOUS), LAST),
]


def crossing() -> TickBlock:
    return block([command for command, _ in CROSSING], [flags for _, flags in CROSSING])


def test_a_replay_that_watches_counts_crossed_books_in_continuous_trading_alone() -> None:
    book = Book(0, window=64, slots=0)
    done = book.replay(crossing(), strict=False, watch_crossing=True)
    assert done.refused == {Code.CROSSED: 2}
    assert done.events == len(CROSSING)


def test_a_strict_one_stops_behind_the_event_that_crossed_the_book() -> None:
    book = Book(0, window=64, slots=0)
    done = book.replay(crossing(), watch_crossing=True)
    assert (done.events, done.code) == (4, Code.CROSSED)
    assert (book.best(0), book.best(1)) == ((11, 1), (9, 1))


def test_one_that_does_not_watch_goes_through() -> None:
    assert Book(0, window=64, slots=0).replay(crossing()).code == Code.OK
