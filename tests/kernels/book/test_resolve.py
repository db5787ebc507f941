"""Ids become slots: a replay by the slots found gives the same book as one by ids."""

import numpy as np
import pytest
from tests.kernels.book.blocks import block
from tests.kernels.book.commands import Command
from tests.kernels.book.test_replay import history

from lockstep.kernels.book.codes import NEEDS_ROOM, Code
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.resolve import resolve


def resolved(book: Book, events: TickBlock) -> tuple[TickBlock, np.ndarray]:
    """Return the events with their slots, and the code of each; the book grows as it must."""
    slots, codes = np.zeros(len(events.kind), np.int32), np.zeros(len(events.kind), np.int64)
    event = 0
    while True:
        event = resolve(book.row, events, event, False, slots, codes)
        if event == len(events.kind):
            return events._replace(slot=slots), codes
        assert codes[event] in NEEDS_ROOM
        book.grow(Code(codes[event]))


@pytest.mark.parametrize("size", [100, 5000])
def test_slots_give_the_book_that_ids_give(size: int) -> None:
    commands, twin, counts = history(False, 5000)
    by_id, by_slot = Book(0, window=64, slots=1, far_room=0, entries=1), Book(0, window=64, slots=1, far_room=0)
    seen = dict[int, int]()
    for start in range(0, len(commands), size):
        events, codes = resolved(by_id, block(commands[start : start + size]))
        kept = codes == Code.OK
        assert (events.slot[~kept] == -1).all()
        for code in codes:
            seen[int(code)] = seen.get(int(code), 0) + 1
        good = TickBlock(*(column[kept] for column in events))
        assert by_slot.replay(good).code == Code.OK
        assert by_slot.digest == by_id.digest
    assert by_id.digest == twin.hash
    assert seen == counts
    assert int(by_id.row["next_slot"][0]) == int(by_slot.row["next_slot"][0])


def test_slots_of_orders_that_left_are_given_again() -> None:
    book = Book(0, window=64, slots=4, entries=8)
    commands = [
        Command(EventKind.ADD, 0, 5, 3, 901), Command(EventKind.ADD, 0, 5, 4, 902),
        Command(EventKind.EXECUTE, 0, 5, 3, 901), Command(EventKind.ADD, 1, 9, 1, 903),
        Command(EventKind.DELETE, 0, 5, 0, 904), Command(EventKind.MODIFY, 0, 4, 4, 902),
        Command(EventKind.TRADE, 0, 5, 1),
    ]  # fmt: skip
    events, codes = resolved(book, block(commands))
    assert events.slot.tolist() == [0, 1, 0, 0, -1, 1, -1]
    assert codes.tolist() == [0, 0, 0, 0, Code.UNKNOWN_ORDER, 0, 0]
