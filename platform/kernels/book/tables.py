"""The records of a book. Capacities are data: books of any size run the same machine code.

**Places.** A price level is known by its side and its place: ticks above the window's lower edge for bids, ticks below
its upper edge for asks. So on both sides a higher place is a better price, and one path of code serves both.

**Rows.** The levels of places 0 to window - 1 have rows of their own (bids first), found without a search. The few
levels outside, *far* ones, have rows behind those and are found in a small sorted table per side.
"""

from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.kinds import ASK as ASK
from lockstep.kernels.book.kinds import BID as BID

int64: Any = np.int64
"""Widens a narrow or unsigned integer; typed so that the result may stand where Python's int does."""
NOWHERE = -(1 << 62)
"""The best place of an empty side."""
MOST_TICKS = 1 << 60
"""Prices lie between minus and plus this: differences of two never leave int64."""
MOST_LOTS = 1 << 62
"""Of an order, and of a level's sum."""
MOST_ROWS = (1 << 31) - 1
"""Of NODE, whose neighbours are int32."""

LEVEL = np.dtype(
    [
        ("lots", np.int64),  # displayed
        ("taken", np.int64),  # of them, what own orders took beside a history which still shows it
        ("count", np.int64),  # orders; 1 in an L2 book
    ],
    align=True,
)

NODE = np.dtype(
    [
        ("previous", np.int32),  # rows of the neighbours in the queue; an order's first and last neighbour is its level
        ("next", np.int32),
        ("side", np.int32),
        ("owner", np.int32),  # 0: the market
        ("place", np.int64),
        ("lots", np.int64),  # displayed; 0: no order rests in this row
        ("hidden", np.int64),  # reserve of an iceberg
        ("id", np.int64),
        ("rank", np.int64),  # grows with each order that joins the end of a queue
        ("taken", np.int64),  # lots that own orders took beside a history which still shows them
    ],
    align=True,
)
"""An order, or the head of a level's queue: one cache line."""

FAR = np.dtype([("place", np.int64), ("row", np.int64)], align=True)

ENTRY = np.dtype([("id", np.int64), ("slot", np.int64)], align=True)
"""Of the table of live ids; slot -1: empty."""

BOOK = np.dtype(
    [
        ("base", np.int64),  # tick at the window's lower edge
        ("window", np.int64),  # ticks, a power of two from 64 up
        ("best_bid", np.int64),  # places
        ("best_ask", np.int64),
        ("far_bids", np.int64),  # far levels in use
        ("far_asks", np.int64),
        ("far_room", np.int64),  # per side
        ("orders", np.int64),  # resting
        ("rank", np.int64),  # given last
        ("digest", np.int64),  # state hash, see digest.py
        ("phase", np.int64),  # Phase, as the feed told
        ("slots", np.int64),  # rows for orders
        ("next_slot", np.int64),  # slots never used begin here
        ("free_slot", np.int64),  # head of the chain of slots given back, -1: none
        ("entries", np.int64),  # room of the table of ids, a power of two; 0: events bring their slots
        ("levels_address", np.int64),
        ("nodes_address", np.int64),
        ("bits_address", np.int64),
        ("far_address", np.int64),
        ("entries_address", np.int64),
    ],
    align=True,
)
"""One book: one row. Whoever fills it in keeps the arrays alive (`Book` of frame.py does)."""

BookRow = Any
"""A BOOK record, as kernels take it."""


@kernel
def levels_of(b: BookRow) -> Any:
    """Return LEVEL[2 * (window + far_room)]."""
    return carray(pointer(b.levels_address), 2 * (b.window + b.far_room), LEVEL)


@kernel
def nodes_of(b: BookRow) -> Any:
    """Return NODE[2 * (window + far_room) + slots]: heads of queues, then orders. L3 alone."""
    return carray(pointer(b.nodes_address), 2 * (b.window + b.far_room) + b.slots, NODE)


@kernel
def bits_of(b: BookRow) -> Any:
    """Return uint64[2 * stage_words(window)]: one bit per occupied place, then one per word that is not zero."""
    return carray(pointer(b.bits_address), 2 * stage_words(b.window), np.uint64)


@kernel
def far_of(b: BookRow) -> Any:
    """Return FAR[2 * far_room]: per side ascending by place; behind those in use, the rows not in use."""
    return carray(pointer(b.far_address), 2 * b.far_room, FAR)


@kernel
def entries_of(b: BookRow) -> Any:
    """Return ENTRY[entries]."""
    return carray(pointer(b.entries_address), b.entries, ENTRY)


@kernel
def stage_words(window: int) -> int:
    """Return how many words of bits one side takes."""
    words = window >> 6
    return words + ((words + 63) >> 6)
