"""The table of live ids: which slot an order's id stands for, where events don't bring slots.

Open addressing with linear probing, at most half full. The gap of an entry that leaves is filled by those behind it (no
tombstones), so that the table never grows stale; numba's own dictionary takes several times as long.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import BookRow, entries_of, nodes_of

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_TOP = np.uint64(32)


@kernel
def home_of(order_id: int, mask: Any) -> Any:
    """Return where an id's search begins, unsigned."""
    return ((np.uint64(order_id) * _SPREAD) >> _TOP) & mask


@kernel
def find_slot(b: BookRow, order_id: int) -> int:
    """Return the slot of a live id, -1 for none."""
    if b.entries == 0:
        return -1
    entries = entries_of(b)
    mask = np.uint64(b.entries - 1)
    k = home_of(order_id, mask)
    while entries[k].slot >= 0:
        if entries[k].id == order_id:
            return entries[k].slot
        k = (k + np.uint64(1)) & mask
    return -1


@kernel
def has_slot(b: BookRow) -> bool:
    """Return whether one more order finds a slot and, in a book with a table, an entry."""
    return (b.free_slot >= 0 or b.next_slot < b.slots) and 2 * (b.orders + 1) <= b.entries


@kernel
def take_slot(b: BookRow, order_id: int) -> int:
    """Return a slot for a new id and remember it; ask ``has_slot`` first."""
    slot = b.free_slot
    if slot >= 0:
        b.free_slot = nodes_of(b)[node_row(b, slot)].next
    else:
        slot = b.next_slot
        b.next_slot += 1
    enter(b, order_id, slot)
    return slot


@kernel
def give_slot(b: BookRow, order_id: int, slot: int) -> None:
    """Forget an id and give its slot back. The slot's node keeps its neighbour in the chain of free slots."""
    nodes_of(b)[node_row(b, slot)].next = np.int32(b.free_slot)
    b.free_slot = slot
    entries = entries_of(b)
    mask = np.uint64(b.entries - 1)
    one = np.uint64(1)
    hole = home_of(order_id, mask)
    while entries[hole].id != order_id or entries[hole].slot < 0:
        hole = (hole + one) & mask
    k = (hole + one) & mask
    while entries[k].slot >= 0:
        # An entry may fill the hole when its home is not between the hole and itself.
        if ((k - home_of(entries[k].id, mask)) & mask) >= ((k - hole) & mask):
            entries[hole].id = entries[k].id
            entries[hole].slot = entries[k].slot
            hole = k
        k = (k + one) & mask
    entries[hole].slot = -1


@kernel
def enter(b: BookRow, order_id: int, slot: int) -> None:
    """Put an id that is not there into the table."""
    entries = entries_of(b)
    mask = np.uint64(b.entries - 1)
    k = home_of(order_id, mask)
    while entries[k].slot >= 0:
        k = (k + np.uint64(1)) & mask
    entries[k].id = order_id
    entries[k].slot = slot
