"""Entry points: a book goes through a stretch of history, or one event of it."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, Phase, apply_event
from lockstep.kernels.book.levels import crossed
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow


@kernel(cache=True)
def replay(book: Any, block: Any, start: int, strict: bool, watch: bool, refused: Any) -> tuple[int, int]:
    """Apply the events of a TickBlock from ``start`` on; return (event at which it stopped, Code).

    The book is BOOK[1]. It stops, with that event not applied, where the book must grow; a strict replay also at the
    first event that can't be, a tolerant one counts them in ``refused`` int64[number of codes] and goes on. With
    ``watch`` a book that is whole (EventFlag.LAST) and crossed in continuous trading counts as Code.CROSSED; the event
    that made it so is applied.
    """
    b = borrow(book)[0]
    kind, side = borrow(block.kind), borrow(block.side)
    tick, lots, order_id, slot = borrow(block.tick), borrow(block.lots), borrow(block.id), borrow(block.slot)
    flags, counts = borrow(block.flags), borrow(refused)
    for e in range(start, kind.size):
        code = apply_event(
            b, int64(kind[e]), int64(side[e]), tick[e], lots[e], order_id[e], int64(slot[e])
        )  # fmt: skip
        if code != Code.OK:
            if strict or code <= Code.NO_LEVEL_ROOM:
                return e, code
            counts[code] += 1
        if watch and flags[e] & EventFlag.LAST and b.phase == Phase.CONTINUOUS and crossed(b):
            if strict:
                return e, Code.CROSSED
            counts[Code.CROSSED] += 1
    return kind.size, Code.OK


@kernel(cache=True)
def apply_one(book: Any, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int) -> int:
    """Apply one event to BOOK[1], as a live feed does; return a Code."""
    return apply_event(borrow(book)[0], kind, side, tick, lots, order_id, slot)
