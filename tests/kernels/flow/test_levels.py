import numpy as np
import pytest

from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.flow.frame import LevelView

BID, ASK = 0, 1
LAST = EventFlag.LAST


def block(*rows):
    """Return a block of (kind, side, tick, lots, id, slot, flags), a ns apart."""
    kind, side, tick, lots, order_id, slot, flags = (np.array(column) for column in zip(*rows, strict=True))
    times = np.arange(len(rows), dtype=np.int64)
    return TickBlock(
        times, times + 5, kind.astype(np.uint8), side.astype(np.int8), flags.astype(np.uint8), tick.astype(np.int64),
        lots.astype(np.int64), order_id.astype(np.int64), slot.astype(np.int32),
    )  # fmt: skip


def seen(history, *, rows=64):
    view = LevelView(Book(0, window=64, slots=8), rows=rows)
    return [
        (EventKind(kind).name, side, tick, lots, bool(flags & LAST))
        for shown in view.blocks(history)
        for kind, side, tick, lots, flags in zip(
            *(column.tolist() for column in (shown.kind, shown.side, shown.tick, shown.lots, shown.flags)), strict=True
        )
    ]


HISTORY = block(
    (EventKind.ADD, BID, 10, 5, 1, 0, LAST),
    (EventKind.ADD, BID, 10, 4, 2, 1, LAST),
    (EventKind.ADD, BID, 9, 7, 3, 2, LAST),
    (EventKind.EXECUTE, BID, 10, 5, 1, 0, 0),
    (EventKind.EXECUTE, BID, 10, 4, 2, 1, 0),
    (EventKind.EXECUTE, BID, 9, 1, 3, 2, LAST),
    (EventKind.REDUCE, BID, 9, 2, 3, 2, LAST),
    (EventKind.MODIFY, BID, 8, 6, 3, 2, LAST),
    (EventKind.HIDDEN, ASK, 12, 3, 0, -1, LAST),
    (EventKind.DELETE, BID, 8, 6, 3, 2, LAST),
)
SHOWN = [
    ("SET", BID, 10, 5, True),
    ("SET", BID, 10, 9, True),
    ("SET", BID, 9, 7, True),
    ("TRADE", BID, 10, 5, False),
    ("TRADE", BID, 10, 4, False),
    ("SET", BID, 10, 0, False),
    ("TRADE", BID, 9, 1, False),
    ("SET", BID, 9, 6, True),
    ("SET", BID, 9, 4, True),
    ("SET", BID, 9, 0, False),
    ("SET", BID, 8, 6, True),
    ("HIDDEN", ASK, 12, 3, True),
    ("SET", BID, 8, 0, True),
]


@pytest.mark.parametrize("rows", [2, 3, 64])
def test_orders_become_level_totals_and_trades(rows):
    assert seen(HISTORY, rows=rows) == SHOWN


def test_an_event_that_cannot_be_is_named():
    history = block((EventKind.ADD, BID, 10, 5, 1, 0, LAST), (EventKind.DELETE, BID, 10, 5, 2, 1, LAST))
    with pytest.raises(ValueError, match="event 1: UNKNOWN_ORDER"):
        seen(history)


def test_a_book_without_room_grows():
    history = block(*[(EventKind.ADD, BID, 10, 1, k + 1, k, LAST) for k in range(20)])
    assert [lots for _, _, _, lots, _ in seen(history)] == list(range(1, 21))
