"""What an uncross would trade of each order of a replayed book: by price, then time, as the exchange does it."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, next_place, row_at, tick_at
from lockstep.kernels.book.levels import crossed
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, BookRow, int64, levels_of, nodes_of


@kernel(inline=False)
def foretell(b: BookRow, uncrossed: Any) -> None:
    """Write into ``uncrossed`` int64[slots] the lots that each order of a crossed book will have traded.

    What stands there already stays where it is more: those lots traded before, and history has not told of them yet.
    """
    if not crossed(b):
        return
    total = _crossing(b)
    for side in range(2):
        _share(b, side, total, uncrossed)


@kernel
def _crossing(b: BookRow) -> int:
    """Return the lots that trade: the best against the best until none cross."""
    levels = levels_of(b)
    bid, ask = best_place(b, BID), best_place(b, ASK)
    bids, asks = int64(levels[row_at(b, BID, bid)].lots), int64(levels[row_at(b, ASK, ask)].lots)
    total = 0
    while tick_at(b, BID, bid) >= tick_at(b, ASK, ask):
        lots = min(bids, asks)
        total += lots
        bids -= lots
        asks -= lots
        if bids == 0:
            bid = next_place(b, BID, bid)
            if bid == NOWHERE:
                break
            bids = int64(levels[row_at(b, BID, bid)].lots)
        if asks == 0:
            ask = next_place(b, ASK, ask)
            if ask == NOWHERE:
                break
            asks = int64(levels[row_at(b, ASK, ask)].lots)
    return total


@kernel
def _share(b: BookRow, side: int, total: int, uncrossed: Any) -> None:
    """Share lots among the orders of a side, the first ones first."""
    nodes, first = nodes_of(b), 2 * (b.window + b.far_room)
    place, left = best_place(b, side), total
    while left > 0 and place != NOWHERE:
        row = int64(row_at(b, side, place))
        k = int64(nodes[row].next)
        while k != row and left > 0:
            lots = min(left, int64(nodes[k].lots))
            slot = np.uint64(k - first)
            uncrossed[slot] = max(int64(uncrossed[slot]), lots)
            left -= lots
            k = int64(nodes[k].next)
        place = next_place(b, side, place)
