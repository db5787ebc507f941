"""The state hash of a book: a sum over resting orders, kept with each change and equal in every implementation.

An order counts with id, side, price, remaining lots (displayed and hidden) and priority rank, mixed by multiplication
and shifts; the sum wraps at 64 bits, so the order of changes leaves no trace. docs/books.md has the formula in full.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import tick_at
from lockstep.kernels.book.tables import BookRow, int64, levels_of, nodes_of
from lockstep.kernels.borrow import borrow

# Odd 64-bit constants of xxHash and SplitMix64: bits of one factor spread over all of the product.
_ID = np.uint64(0x9E3779B97F4A7C15)
_RANK = np.uint64(0xC2B2AE3D27D4EB4F)
_PRICE = np.uint64(0x165667B19E3779F9)
_LOTS = np.uint64(0xD6E8FEB86659FD93)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF, _END = np.uint64(32), np.uint64(29)


@kernel
def order_digest(order_id: int, side: int, tick: int, lots: int, rank: int) -> int:
    """Return what one order adds to the state hash, as int64; ``lots`` are all that remain."""
    mixed = np.uint64(order_id) * _ID + np.uint64(rank) * _RANK
    mixed ^= np.uint64(2 * tick + side) * _PRICE + np.uint64(lots) * _LOTS
    mixed ^= mixed >> _HALF
    mixed *= _MIX
    return int64(mixed ^ (mixed >> _END))


@kernel
def node_digest(b: BookRow, node: Any) -> int:
    """Return what a resting order adds."""
    tick = tick_at(b, node.side, node.place)
    return order_digest(node.id, node.side, tick, node.lots + node.hidden, node.rank)


@kernel(cache=True)
def recount(book: Any) -> int:
    """Return the state hash of BOOK[1], summed afresh over all that rests."""
    b = borrow(book)[0]
    nodes = nodes_of(b)
    first = levels_of(b).size
    total = 0
    for row in range(first, first + b.next_slot):
        node = nodes[row]
        if node.lots > 0:
            total += node_digest(b, node)
    return total
