"""Events as a decoder writes them: rows, of many books in the order of the file."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow

ROW = np.dtype(
    [
        ("time_ns", np.int64),
        ("received_ns", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),
        ("id", np.int64),
        ("at", np.int64),  # byte in the file at which the message begins
        ("sequence", np.int64),
        ("book", np.int32),
        ("kind", np.uint8),  # EventKind
        ("side", np.int8),
        ("flags", np.uint8),  # EventFlag
    ],
    align=True,
)
"""An event before it is sorted by symbol: one cache line."""


@kernel
def put_row(
    out: Any, k: int, stamp: Any, book: int, kind: int, side: int, flags: int, tick: int, lots: int, order_id: int
) -> None:
    """Write row k; ``stamp`` has the message's time_ns, received_ns, byte and sequence."""
    row = out[np.uint64(k)]
    row.time_ns = stamp.time_ns
    row.received_ns = stamp.received_ns
    row.at = stamp.at
    row.sequence = stamp.sequence
    row.book = book
    row.kind = kind
    row.side = side
    row.flags = flags
    row.tick = tick
    row.lots = lots
    row.id = order_id


@kernel(cache=True)
def deal(rows: Any, next_place: Any, block: Any, at: Any, sequence: Any) -> None:
    """Put ROW[n] into columns, those of each book together and in their order.

    ``next_place`` int64[books] is where each book's events begin, and is moved on; ``block`` a TickBlock, ``at`` and
    ``sequence`` int64[n] are written. Sorting the rows themselves took three times as long.
    """
    events, places = borrow(rows), borrow(next_place)
    time_ns, received_ns, kind = borrow(block.time_ns), borrow(block.received_ns), borrow(block.kind)
    side, flags, tick = borrow(block.side), borrow(block.flags), borrow(block.tick)
    lots, ids, slot = borrow(block.lots), borrow(block.id), borrow(block.slot)
    starts, numbers = borrow(at), borrow(sequence)
    for e in range(events.size):
        row = events[e]
        k = np.uint64(places[np.uint64(row.book)])
        places[np.uint64(row.book)] += 1
        time_ns[k] = row.time_ns
        received_ns[k] = row.received_ns
        kind[k] = row.kind
        side[k] = row.side
        flags[k] = row.flags
        tick[k] = row.tick
        lots[k] = row.lots
        ids[k] = row.id
        slot[k] = -1
        starts[k] = row.at
        numbers[k] = row.sequence
