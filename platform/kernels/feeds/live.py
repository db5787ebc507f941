"""The orders that rest in a feed, by id: what an execution or a replacement leaves unsaid.

Open addressing with linear probing, at most half full, without tombstones, as in book/ids.py; one table for all books
of a feed, as a message names its order before anything else is known about it.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ids import home_of
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow

LIVE = np.dtype(
    [
        ("id", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),  # 0: the entry is empty
        ("book", np.int32),
        ("side", np.int32),  # -1: left out, as its price lies between two ticks
    ],
    align=True,
)
"""A resting order: two in a cache line."""

_ONE = np.uint64(1)


@kernel
def seek(live: Any, book: int, order_id: int) -> Any:
    """Return the entry of an order, or the empty one that it would get; unsigned."""
    mask = np.uint64(live.size - 1)
    k = home_of(order_id, mask)
    while live[k].lots != 0 and (live[k].id != order_id or live[k].book != book):
        k = (k + _ONE) & mask
    return k


@kernel
def put(live: Any, k: Any, book: int, order_id: int, side: int, tick: int, lots: int) -> None:
    """Write an order into the entry that `seek` found."""
    entry = live[k]
    entry.id = order_id
    entry.book = book
    entry.side = side
    entry.tick = tick
    entry.lots = lots


@kernel(inline=False)
def drop(live: Any, hole: Any) -> None:
    """Empty an entry; those behind that are away from home move up."""
    mask = np.uint64(live.size - 1)
    k = (hole + _ONE) & mask
    while live[k].lots != 0:
        if ((k - home_of(live[k].id, mask)) & mask) >= ((k - hole) & mask):
            live[hole] = live[k]
            hole = k
        k = (k + _ONE) & mask
    live[hole].lots = 0


@kernel(inline=False)
def drop_book(live: Any, book: int) -> int:
    """Empty all entries of a book; return how many there were."""
    dropped = 0
    k = np.uint64(0)
    while k < np.uint64(live.size):
        if live[k].lots != 0 and live[k].book == book:
            drop(live, k)  # what moves up comes to this very entry, or from the table's start, which was looked at
            dropped += 1
        else:
            k += _ONE
    return dropped


@kernel(cache=True)
def move_live(old: Any, new: Any) -> int:
    """Copy the orders of LIVE[n] into an empty, larger LIVE[m], both powers of two; return how many there are."""
    source, target = borrow(old), borrow(new)
    count = 0
    for e in range(source.size):
        if source[e].lots != 0:
            target[seek(target, int64(source[e].book), source[e].id)] = source[e]
            count += 1
    return count
