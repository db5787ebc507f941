"""The queue of a level: orders join at the end, leave from anywhere, and shrink in place.

A level's row in NODE closes the ring of its orders: its ``next`` is the first in the queue, its ``previous`` the last,
so that joining and leaving need no branch.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.digest import node_digest
from lockstep.kernels.book.ladder import occupy, place_at, row_at, row_for, vacate
from lockstep.kernels.book.tables import MOST_LOTS, BookRow, levels_of, nodes_of


@kernel
def node_row(b: BookRow, slot: int) -> Any:
    """Return the row of a slot in NODE, unsigned: a signed index would be tested for being negative."""
    return np.uint64(2 * (b.window + b.far_room) + slot)


@kernel
def join(b: BookRow, slot: int, order_id: int, side: int, tick: int, lots: int, hidden: int, owner: int) -> bool:
    """Put an order at the end of its level's queue; False, and nothing done, when its level has no room.

    No room: no row for a far level, or a sum above MOST_LOTS. The caller has checked the price and ``lots`` themselves.
    """
    place = place_at(b, side, tick)
    level_row = row_for(b, side, place)
    if level_row < 0 or levels_of(b)[np.uint64(level_row)].lots > MOST_LOTS - lots:
        return False
    node = nodes_of(b)[node_row(b, slot)]
    b.rank += 1
    node.side = side
    node.owner = owner
    node.place = place
    node.lots = lots
    node.hidden = hidden
    node.id = order_id
    node.rank = b.rank
    node.taken = 0
    link(b, np.uint64(level_row), slot, lots)
    occupy(b, side, place)
    b.orders += 1
    b.digest += node_digest(b, node)
    return True


@kernel
def leave(b: BookRow, slot: int) -> None:
    """Take a resting order out of its queue."""
    node = nodes_of(b)[node_row(b, slot)]
    b.digest -= node_digest(b, node)
    level_row = np.uint64(row_at(b, node.side, node.place))
    unlink(b, level_row, node, node.lots)
    levels_of(b)[level_row].taken -= node.taken
    if levels_of(b)[level_row].count == 0:
        vacate(b, node.side, node.place)
    node.lots = 0
    node.hidden = 0
    b.orders -= 1


@kernel
def shrink(b: BookRow, slot: int, lots: int) -> None:
    """Take ``lots``, fewer than it shows, off a resting order, which keeps its place in the queue."""
    node = nodes_of(b)[node_row(b, slot)]
    b.digest -= node_digest(b, node)
    node.lots -= lots
    b.digest += node_digest(b, node)
    level = levels_of(b)[np.uint64(row_at(b, node.side, node.place))]
    level.lots -= lots
    if node.taken > 0:
        # Lots that own orders took are the first to go: history has traded or canceled them now.
        paid_back = min(node.taken, lots)
        node.taken -= paid_back
        level.taken -= paid_back


@kernel
def link(b: BookRow, level_row: Any, slot: int, lots: int) -> None:
    """Put a node behind the last of a level's ring."""
    nodes = nodes_of(b)
    row = node_row(b, slot)
    last = nodes[level_row].previous
    nodes[row].previous = last
    nodes[row].next = np.int32(level_row)
    nodes[np.uint64(last)].next = np.int32(row)
    nodes[level_row].previous = np.int32(row)
    level = levels_of(b)[level_row]
    level.lots += lots
    level.count += 1


@kernel
def unlink(b: BookRow, level_row: Any, node: Any, lots: int) -> None:
    """Take a node out of a level's ring."""
    nodes = nodes_of(b)
    nodes[np.uint64(node.previous)].next = node.next
    nodes[np.uint64(node.next)].previous = node.previous
    level = levels_of(b)[level_row]
    level.lots -= lots
    level.count -= 1
