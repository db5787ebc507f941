"""Fill-or-kill: is there enough, before anything trades?"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, next_place, row_at
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import int64, nodes_of
from lockstep.kernels.matching.match import worst_place
from lockstep.kernels.matching.prevention import meets_itself
from lockstep.kernels.matching.tables import Market, Taker, book_of, terms_of
from lockstep.kernels.order_terms import OrderFlag, Prevention


@kernel(inline=False)
def enough(m: Market, t: Taker) -> bool:
    """Return whether the order would trade in full.

    Hidden lots count. What resting reduce-only orders would give does not: it depends on positions at that moment. An
    own order that would end the incoming one, or make it smaller, ends the count.
    """
    b = book_of(m)
    other = 1 - t.side
    worst = worst_place(b, t)
    found, place = 0, best_place(b, other)
    while place >= worst and found < t.lots:
        lots, barred = _at_level(m, t, row_at(b, other, place))
        found += lots
        if barred:
            break
        place = next_place(b, other, place)
    return bool(found >= t.lots)


@kernel
def _at_level(m: Market, t: Taker, level_row: int) -> tuple[int, bool]:
    """Return (lots to be had at a level, does an own order bar what follows)."""
    b = book_of(m)
    nodes = nodes_of(b)
    first = int64(node_row(b, 0))
    shown, hidden = 0, 0
    row = int64(nodes[level_row].next)
    while row != level_row:
        node = nodes[row]
        if meets_itself(t, node):
            if t.prevention != Prevention.OLDEST:
                return shown, True  # refills would stand behind it
        elif not _reduces(m, row - first):
            shown += node.lots
            hidden += node.hidden
        row = int64(node.next)
    return shown + hidden, False


@kernel
def _reduces(m: Market, slot: int) -> Any:
    return m.reducing > 0 and terms_of(m)[np.uint64(slot)].flags & OrderFlag.REDUCE_ONLY != 0
