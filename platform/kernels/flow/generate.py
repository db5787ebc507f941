"""Arrivals become events of a valid L3 history: a book never crossed and never empty, trades at the head of the queue.

Limit orders are placed by their distance from the best of the other side, as in R. Cont, S. Stoikov and R. Talreja, "A
stochastic model for order book dynamics", Operations Research 58 (2010). A cancel finds any order of its side. The more
orders rest there the likelier it takes the whole of one, else a part: that holds their number about a mean.
An arrival that would empty its side becomes a limit order.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.ladder import best_place, far_count, row_at, tick_at
from lockstep.kernels.book.orders import add_order, delete_order, reduce_order
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import ASK, BID, int64, nodes_of
from lockstep.kernels.borrow import borrow
from lockstep.kernels.flow.hawkes import draw, next_arrival
from lockstep.kernels.flow.live import forget, live_count, remember
from lockstep.kernels.flow.marks import any_of, distance, size
from lockstep.kernels.flow.tables import Arrival, Flow, flow_book, hawkes_of, live_of, written_to

ROWS_PER_ARRIVAL = 64
"""Events that one arrival may make: a market order trades with no more orders than that."""
FEWEST = 2
"""Orders of a side that cancels and trades leave alone."""


@kernel(cache=True)
def generate(flow: Any, until_ns: int) -> int:
    """Write events of FLOW[1] until its block is full or time is up; return a Code: OK, or what must grow first."""
    f = borrow(flow)[0]
    while f.row + ROWS_PER_ARRIVAL <= f.rows and hawkes_of(f).time_ns < until_ns:
        code = _room(f)
        if code != Code.OK:
            return code
        _happen(f, next_arrival(hawkes_of(f)))
    return Code.OK


@kernel(cache=True)
def open_book(flow: Any, middle: int, orders: int) -> None:
    """Write the picture of the book that FLOW[1] starts from: CLEAR and ``orders`` new orders a side.

    There must be room in the block and the book; their prices lie in the book's window.
    """
    f = borrow(flow)[0]
    _write(f, EventKind.CLEAR, -1, 0, 0, 0, -1, EventFlag.SNAPSHOT)
    for k in range(2 * orders):
        side = k & 1
        away = distance(f, hawkes_of(f))
        tick = max(middle - away, 1) if side == BID else middle - 1 + away
        last = EventFlag.LAST if k == 2 * orders - 1 else 0
        _add(f, side, tick, EventFlag.SNAPSHOT | last)


@kernel
def _room(f: Flow) -> int:
    """Return what an arrival might lack, before anything is drawn for it."""
    b = flow_book(f)
    if f.free_count == 0:
        return Code.NO_ORDER_ROOM
    full = far_count(b, BID) == b.far_room or far_count(b, ASK) == b.far_room
    return Code.NO_LEVEL_ROOM if full else Code.OK


@kernel
def _happen(f: Flow, kind: int) -> None:
    what, side = kind >> 1, kind & 1
    if what == Arrival.LIMIT or live_count(f, side) <= FEWEST:
        _limit(f, side)
    elif what == Arrival.MARKET:
        _market(f, side)
    else:
        _cancel(f, side)


@kernel(inline=False)
def _limit(f: Flow, side: int) -> None:
    b = flow_book(f)
    other = tick_at(b, 1 - side, best_place(b, 1 - side))
    away = distance(f, hawkes_of(f))
    _add(f, side, max(other - away, 1) if side == BID else other + away, EventFlag.LAST)


@kernel(inline=False)
def _add(f: Flow, side: int, tick: int, flags: int) -> None:
    lots = size(f, hawkes_of(f), f.limit_lots)
    f.next_id += 1
    slot = remember(f, side)
    add_order(flow_book(f), slot, f.next_id, side, tick, lots)
    _write(f, EventKind.ADD, side, tick, lots, f.next_id, slot, flags)


@kernel(inline=False)
def _market(f: Flow, side: int) -> None:
    """Trade with the first of the queue of the best price, again and again."""
    b = flow_book(f)
    nodes = nodes_of(b)
    left = size(f, hawkes_of(f), f.market_lots)
    most = min(ROWS_PER_ARRIVAL, live_count(f, side) - FEWEST)
    while left > 0 and most > 0:
        place = best_place(b, side)
        row = nodes[np.uint64(row_at(b, side, place))].next
        first = nodes[np.uint64(row)]
        slot = row - int64(node_row(b, 0))
        lots = min(left, first.lots)
        tick, order_id, whole = tick_at(b, side, place), first.id, lots == first.lots
        reduce_order(b, slot, lots)
        left -= lots
        most -= 1
        last = EventFlag.LAST if left == 0 or most == 0 else 0
        _write(f, EventKind.EXECUTE, side, tick, lots, order_id, slot, last)
        if whole:
            forget(f, side, slot)


@kernel(inline=False)
def _cancel(f: Flow, side: int) -> None:
    b, h = flow_book(f), hawkes_of(f)
    count = live_count(f, side)
    slot = int64(live_of(f, b.slots)[side, any_of(h, count)])
    node = nodes_of(b)[node_row(b, slot)]
    tick, order_id, shown = tick_at(b, side, node.place), node.id, node.lots
    if shown == 1 or draw(h) < f.whole_cancels * count:
        delete_order(b, slot)
        forget(f, side, slot)
        _write(f, EventKind.DELETE, side, tick, shown, order_id, slot, EventFlag.LAST)
        return
    lots = 1 + any_of(h, shown - 1)
    reduce_order(b, slot, lots)
    _write(f, EventKind.REDUCE, side, tick, lots, order_id, slot, EventFlag.LAST)


@kernel
def _write(f: Flow, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int, flags: int) -> None:
    row = np.uint64(f.row)
    time_ns = hawkes_of(f).time_ns
    written_to(f.time_ns_column, f.rows, np.int64)[row] = time_ns
    written_to(f.received_ns_column, f.rows, np.int64)[row] = time_ns
    written_to(f.kind_column, f.rows, np.uint8)[row] = kind
    written_to(f.side_column, f.rows, np.int8)[row] = side
    written_to(f.flags_column, f.rows, np.uint8)[row] = flags
    written_to(f.tick_column, f.rows, np.int64)[row] = tick
    written_to(f.lots_column, f.rows, np.int64)[row] = lots
    written_to(f.id_column, f.rows, np.int64)[row] = order_id
    written_to(f.slot_column, f.rows, np.int32)[row] = slot
    f.row += 1
