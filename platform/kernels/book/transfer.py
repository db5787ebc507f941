"""A book moves house: into more room, or a window about other prices, with every order, rank and queue as it was."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ids import enter
from lockstep.kernels.book.ladder import best_place, inside, next_place, occupy, place_at, row_at, row_for, tick_at
from lockstep.kernels.book.queue import link, node_row
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, BookRow, levels_of, nodes_of
from lockstep.kernels.borrow import borrow


@kernel(cache=True)
def transfer(old: Any, new: Any) -> bool:
    """Copy BOOK[1] ``old`` into the empty ``new``; False, and ``new`` is of no use, where it has too little room."""
    a, b = borrow(old)[0], borrow(new)[0]
    if b.slots < a.slots:
        return False
    for slot in range(a.next_slot if a.slots > 0 else 0):
        nodes_of(b)[node_row(b, slot)].next = nodes_of(a)[node_row(a, slot)].next
    for side in (BID, ASK):
        if not _transfer_side(a, b, side):
            return False
        if a.slots == 0:
            _transfer_hidden(a, b, side)
    b.rank = a.rank
    b.orders = a.orders
    b.digest = a.digest
    b.phase = a.phase
    b.next_slot = a.next_slot
    b.free_slot = a.free_slot
    return True


@kernel
def _transfer_side(a: BookRow, b: BookRow, side: int) -> bool:
    place = best_place(a, side)
    while place != NOWHERE:
        tick = tick_at(a, side, place)
        there = place_at(b, side, tick)
        row = row_for(b, side, there)
        if row < 0:
            return False
        source = levels_of(a)[np.uint64(row_at(a, side, place))]
        target = levels_of(b)[np.uint64(row)]
        target.taken = source.taken
        if a.slots == 0:
            target.lots = source.lots
            target.count = source.count
        else:
            _transfer_queue(a, b, row_at(a, side, place), row, there)
        occupy(b, side, there)
        place = next_place(a, side, place)
    return True


@kernel
def _transfer_hidden(a: BookRow, b: BookRow, side: int) -> None:
    """Levels out of sight may have lots that own orders took: see ``clear_side``."""
    for place in range(a.window):
        source = levels_of(a)[np.uint64(side * a.window + place)]
        there = place_at(b, side, tick_at(a, side, place))
        if source.taken > 0 and source.lots == 0 and inside(b, there):
            levels_of(b)[np.uint64(side * b.window + there)].taken = source.taken


@kernel
def _transfer_queue(a: BookRow, b: BookRow, source_row: int, target_row: int, place: int) -> None:
    first = 2 * (a.window + a.far_room)
    row = nodes_of(a)[source_row].next
    while row != source_row:
        node = nodes_of(a)[row]
        slot = row - first
        copy = nodes_of(b)[node_row(b, slot)]
        copy.side = node.side
        copy.owner = node.owner
        copy.place = place
        copy.lots = node.lots
        copy.hidden = node.hidden
        copy.id = node.id
        copy.rank = node.rank
        copy.taken = node.taken
        link(b, np.uint64(target_row), slot, node.lots)
        if b.entries > 0:
            enter(b, node.id, slot)
        row = node.next
