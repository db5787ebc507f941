"""Orders read out of a book in the order in which they trade."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, next_place, row_at, tick_at
from lockstep.kernels.book.tables import NOWHERE, int64, nodes_of
from lockstep.kernels.borrow import borrow

QUEUED = np.dtype(
    [
        ("id", np.int64),
        ("owner", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),  # displayed
        ("hidden", np.int64),
        ("rank", np.int64),
    ],
    align=True,
)


@kernel(cache=True)
def read_queue(book: Any, side: int, out: Any) -> int:
    """Write the orders of a side of BOOK[1] into ``out`` QUEUED[n], the first to trade first; return how many."""
    b, rows = borrow(book)[0], borrow(out)
    nodes = nodes_of(b)
    count = 0
    place = best_place(b, side)
    while place != NOWHERE:
        head = int64(row_at(b, side, place))
        k = int64(nodes[head].next)
        while k != head and count < rows.size:
            row, node = rows[count], nodes[k]
            row.id, row.owner, row.tick = node.id, node.owner, tick_at(b, side, place)
            row.lots, row.hidden, row.rank = node.lots, node.hidden, node.rank
            count += 1
            k = int64(node.next)
        place = next_place(b, side, place)
    return count
