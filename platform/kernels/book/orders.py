"""An L3 book driven by a feed: orders are added, reduced, deleted, executed and replaced as the feed says.

A feed's executions name the order they hit, so nothing is matched here. Orders are addressed by slots, resolved when
the history was imported; a live feed finds them through the table of ids.
"""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.ladder import place_at, row_at, too_far
from lockstep.kernels.book.queue import join, leave, node_row, shrink
from lockstep.kernels.book.tables import MOST_LOTS, MOST_ROWS, BookRow, nodes_of


@kernel
def unfit(side: int, tick: int, lots: int) -> int:
    """Return what is wrong with an order that no book could hold, OK for nothing."""
    if lots <= 0 or lots > MOST_LOTS:
        return Code.BAD_SIZE
    if side >> 1 != 0:
        return Code.BAD_SIDE
    return Code.BAD_PRICE if too_far(tick) else Code.OK


@kernel
def add_order(b: BookRow, slot: int, order_id: int, side: int, tick: int, lots: int) -> int:
    """Add an order at the end of its queue; return a Code."""
    code = unfit(side, tick, lots)
    if code != Code.OK:
        return code
    if slot >= b.slots or slot < 0:
        return _no_row(b, slot)
    if nodes_of(b)[node_row(b, slot)].lots != 0:
        return Code.DUPLICATE_ORDER
    if not join(b, slot, order_id, side, tick, lots, 0, 0):
        return Code.NO_LEVEL_ROOM if row_at(b, side, place_at(b, side, tick)) < 0 else Code.BAD_SIZE
    if slot >= b.next_slot:
        b.next_slot = slot + 1
    return Code.OK


@kernel(inline=False)
def _no_row(b: BookRow, slot: int) -> int:
    """Return why a slot has no row: growing helps only a book of orders, and only up to what int32 numbers."""
    if b.slots == 0:
        return Code.OTHER_FEED
    return Code.NO_ORDER_ROOM if 0 <= slot < MOST_ROWS - 2 * (b.window + b.far_room) else Code.BAD_SLOT


@kernel
def reduce_order(b: BookRow, slot: int, lots: int) -> int:
    """Take ``lots`` off an order, by a partial cancel or an execution; the last one takes the order out."""
    if slot < 0 or slot >= b.slots:
        return Code.UNKNOWN_ORDER
    resting = nodes_of(b)[node_row(b, slot)].lots
    if resting == 0:
        return Code.UNKNOWN_ORDER
    if lots <= 0 or lots > resting:
        return Code.BAD_SIZE
    if lots == resting:
        leave(b, slot)
    else:
        shrink(b, slot, lots)
    return Code.OK


@kernel
def delete_order(b: BookRow, slot: int) -> int:
    """Take an order out."""
    if slot < 0 or slot >= b.slots or nodes_of(b)[node_row(b, slot)].lots == 0:
        return Code.UNKNOWN_ORDER
    leave(b, slot)
    return Code.OK
