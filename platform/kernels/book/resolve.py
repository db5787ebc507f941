"""Ids become slots: done once on import, so that replays need no table of ids."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, apply_event
from lockstep.kernels.book.ids import find_slot
from lockstep.kernels.book.levels import crossed
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow


@kernel(cache=True)
def resolve(book: Any, block: Any, start: int, watch: bool, slots: Any, codes: Any) -> int:
    """Replay a TickBlock by id and write the slot of each event; return the event it stopped at.

    ``book`` is BOOK[1] with a table of ids, carried from block to block; ``slots`` int32[n] and ``codes`` int64[n] are
    written: slot -1 and a Code where an event can't be applied, which leaves the book as it was. Stops only where the
    book must grow (the code there says for what); its ``next_slot`` is how many slots the history takes so far. With
    ``watch`` an event that leaves the book whole and crossed in continuous trading has Code.CROSSED, and is applied.
    """
    b = borrow(book)[0]
    kind, side = borrow(block.kind), borrow(block.side)
    tick, lots, order_id = borrow(block.tick), borrow(block.lots), borrow(block.id)
    slot_out, code_out, flags = borrow(slots), borrow(codes), borrow(block.flags)
    for e in range(start, kind.size):
        what = int64(kind[e])
        before = find_slot(b, order_id[e])
        code = apply_event(b, what, int64(side[e]), tick[e], lots[e], order_id[e], -1)
        code_out[e] = code
        if code == Code.NO_ORDER_ROOM or code == Code.NO_LEVEL_ROOM:
            return e
        used = find_slot(b, order_id[e]) if what == EventKind.ADD else before
        slot_out[e] = used if code == Code.OK and what <= EventKind.MODIFY else -1
        if watch and flags[e] & EventFlag.LAST and code == Code.OK and b.phase == Phase.CONTINUOUS and crossed(b):
            code_out[e] = Code.CROSSED
    return kind.size
