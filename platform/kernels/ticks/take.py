"""Taking lots that a history displays: each is taken once, however long history goes on to show it."""

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, next_place, row_at
from lockstep.kernels.book.tables import NOWHERE, BookRow, int64, levels_of, nodes_of


@kernel(inline=False)
def take(b: BookRow, side: int, place: int, lots: int) -> int:
    """Mark up to ``lots`` of a level as taken, the first in the queue first; return how many there were to take."""
    row = row_at(b, side, place)
    if row < 0:
        return 0
    level = levels_of(b)[np.uint64(row)]
    got = min(lots, level.lots - level.taken)
    level.taken += got
    if b.slots > 0:
        _mark(b, row, got)
    return int64(got)


@kernel
def _mark(b: BookRow, level_row: int, lots: int) -> None:
    nodes = nodes_of(b)
    row = nodes[level_row].next
    left = lots
    while left > 0 and row != level_row:
        node = nodes[row]
        part = min(left, node.lots - node.taken)
        node.taken += part
        left -= part
        row = node.next


@kernel(inline=False)
def reachable(b: BookRow, side: int, worst: int, lots: int) -> tuple[int, int]:
    """Return (lots up to ``lots``, levels) that can be taken of a side down to place ``worst``."""
    found, levels = 0, 0
    place = best_place(b, side)
    while place != NOWHERE and place >= worst and found < lots:
        level = levels_of(b)[np.uint64(row_at(b, side, place))]
        found += level.lots - level.taken
        levels += 1
        place = next_place(b, side, place)
    return min(found, lots), levels
