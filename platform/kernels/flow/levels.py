"""The L2 view of an L3 history: what each price displays after each event, and the trades."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, apply_event
from lockstep.kernels.book.ladder import place_at, row_at, tick_at
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import BookRow, int64, levels_of, nodes_of
from lockstep.kernels.borrow import borrow

ROWS_PER_EVENT = 2


@kernel(cache=True)
def view_levels(book: Any, block: Any, start: int, out: Any) -> tuple[int, int, int]:
    """Replay L3 events of a TickBlock from ``start`` on and write what an L2 feed shows of them into TickBlock ``out``.

    The book is BOOK[1]; ids and slots of ``out`` are left alone. Executions of one level that belong together are
    followed by one SET. Returns (event at which it stopped, rows written, Code): before the end where ``out`` is full,
    the book must grow, or an event can't be.
    """
    b = borrow(book)[0]
    kind, side, flags = borrow(block.kind), borrow(block.side), borrow(block.flags)
    tick, lots, order_id, slot = borrow(block.tick), borrow(block.lots), borrow(block.id), borrow(block.slot)
    times, received = borrow(block.time_ns), borrow(block.received_ns)
    out_time, out_received, out_kind = borrow(out.time_ns), borrow(out.received_ns), borrow(out.kind)
    out_side, out_flags, out_tick, out_lots = borrow(out.side), borrow(out.flags), borrow(out.tick), borrow(out.lots)
    row = 0
    for e in range(start, kind.size):
        if row + ROWS_PER_EVENT > out_time.size:
            return e, row, Code.OK
        what, at, price = int64(kind[e]), int64(side[e]), tick[e]
        before = _price_before(b, what, at, price, int64(slot[e]))
        code = apply_event(b, what, at, price, lots[e], order_id[e], int64(slot[e]))
        if code != Code.OK:
            return e, row, code
        last = int64(flags[e]) & EventFlag.LAST
        first, rest = row, int64(flags[e]) - last
        if what == EventKind.EXECUTE or what == EventKind.NONE or what > EventKind.MODIFY:
            seen = EventKind.TRADE if what == EventKind.EXECUTE else what
            out_kind[row], out_tick[row], out_lots[row] = seen, price, lots[e]
            row += 1
        if what == EventKind.MODIFY and before != price:
            out_kind[row], out_tick[row], out_lots[row] = EventKind.SET, before, _shown(b, at, before)
            row += 1
        goes_on = last == 0 and e + 1 < kind.size and kind[e + 1] == EventKind.EXECUTE and tick[e + 1] == price
        if EventKind.ADD <= what <= EventKind.MODIFY and not (what == EventKind.EXECUTE and goes_on):
            out_kind[row], out_tick[row], out_lots[row] = EventKind.SET, price, _shown(b, at, price)
            row += 1
        for k in range(first, row):
            out_time[k], out_received[k], out_side[k] = times[e], received[e], at
            out_flags[k] = rest + last if k == row - 1 else rest
    return kind.size, row, Code.OK


@kernel
def _price_before(b: BookRow, what: int, side: int, tick: int, slot: int) -> int:
    """Return the price at which the order rests that an event changes; of a new one, its own."""
    if what != EventKind.MODIFY or slot < 0:
        return tick
    return tick_at(b, side, nodes_of(b)[node_row(b, slot)].place)


@kernel
def _shown(b: BookRow, side: int, tick: int) -> int:
    row = row_at(b, side, place_at(b, side, tick))
    return int64(levels_of(b)[row].lots) if row >= 0 else 0
