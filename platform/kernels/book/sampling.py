"""The book at chosen moments of a history: best prices, the market's trading so far, and levels."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import apply_event, is_trade
from lockstep.kernels.book.ladder import best_place, next_place, row_at, tick_at
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, BookRow, int64, levels_of
from lockstep.kernels.borrow import borrow

MOMENT = np.dtype(
    [
        ("bid", np.int64),  # ticks; lots 0 where the side is empty
        ("bid_lots", np.int64),
        ("ask", np.int64),
        ("ask_lots", np.int64),
        ("traded_lots", np.int64),  # since the history began
        ("traded_value", np.float64),  # ticks times lots
    ],
    align=True,
)
"""The market after all events up to a moment."""

TAPE = np.dtype([("lots", np.int64), ("value", np.float64), ("done", np.int64)], align=True)
"""Trading so far, and how many moments are written: carried from block to block, one row."""


@kernel(cache=True)
def sample_block(book: Any, tape: Any, block: Any, start: int, times: Any, moments: Any, depth: Any) -> tuple[int, int]:
    """Replay a TickBlock and write the MOMENT of each of ``times`` that it passes; return (event, Code).

    ``times`` int64[n] ascend; ``moments`` MOMENT[n]; ``depth`` int64[n, 2, levels, 2] takes (tick, lots) of the best
    levels, bids first, and may have none. Events that can't be are passed over. Stops where the book must grow.
    """
    b, t = borrow(book)[0], borrow(tape)[0]
    at, out, levels = borrow(times), borrow(moments), borrow(depth)
    time_ns, kinds, sides = borrow(block.time_ns), borrow(block.kind), borrow(block.side)
    flags = borrow(block.flags)
    ticks, lots, ids, slots = borrow(block.tick), borrow(block.lots), borrow(block.id), borrow(block.slot)
    for e in range(start, kinds.size):
        while t.done < at.size and at[t.done] < time_ns[e]:
            _write(b, t, out, levels)
        kind = int64(kinds[e])
        code = apply_event(b, kind, int64(sides[e]), ticks[e], lots[e], ids[e], int64(slots[e]))
        if code == Code.NO_ORDER_ROOM or code == Code.NO_LEVEL_ROOM:
            return e, code
        if is_trade(kind, int64(flags[e])):
            t.lots += lots[e]
            t.value += float(ticks[e]) * lots[e]
    return kinds.size, Code.OK


@kernel(cache=True)
def sample_rest(book: Any, tape: Any, moments: Any, depth: Any) -> None:
    """Write the moments at and after the end of the history."""
    b, t, out, levels = borrow(book)[0], borrow(tape)[0], borrow(moments), borrow(depth)
    while t.done < out.size:
        _write(b, t, out, levels)


@kernel(inline=False)
def _write(b: BookRow, t: Any, moments: Any, depth: Any) -> None:
    m = moments[t.done]
    m.traded_lots, m.traded_value = t.lots, t.value
    if b.best_bid != NOWHERE:
        m.bid = tick_at(b, BID, b.best_bid)
        m.bid_lots = levels_of(b)[np.uint64(row_at(b, BID, b.best_bid))].lots
    if b.best_ask != NOWHERE:
        m.ask = tick_at(b, ASK, b.best_ask)
        m.ask_lots = levels_of(b)[np.uint64(row_at(b, ASK, b.best_ask))].lots
    for side in range(2):
        place = best_place(b, side)
        for k in range(depth.shape[2]):
            if place == NOWHERE:
                break
            depth[t.done, side, k, 0] = tick_at(b, side, place)
            depth[t.done, side, k, 1] = levels_of(b)[np.uint64(row_at(b, side, place))].lots
            place = next_place(b, side, place)
    t.done += 1
