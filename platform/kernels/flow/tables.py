"""The records of a generated order flow: what arrives when, which orders live, and where events are written."""

from enum import IntEnum
from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.tables import BOOK

SIDES = 2


class Arrival(IntEnum):
    """What arrives. With the side of the book that it happens to, its kind is ``2 * arrival + side``."""

    MARKET = 0
    """A market order that trades with the side."""
    LIMIT = 1
    """A limit order that joins the side."""
    CANCEL = 2
    """A cancel, of an order or a part of it."""


KINDS = SIDES * len(Arrival)

HAWKES = np.dtype(
    [
        ("seed", np.int64),
        ("draws", np.int64),  # random numbers taken so far
        ("time_ns", np.int64),
        ("rest_ns", np.float64),  # what rounding to whole ns left of the time
        ("kinds", np.int64),
        ("scales", np.int64),
        ("base_total", np.float64),  # per second
        ("base_address", np.int64),
        ("decay_address", np.int64),
        ("jump_address", np.int64),
        ("excited_address", np.int64),
    ],
    align=True,
)
"""A mutually exciting point process on its way: one row. Whoever fills it in keeps the arrays alive."""

_COLUMNS = ("time_ns", "received_ns", "kind", "side", "flags", "tick", "lots", "id", "slot")

FLOW = np.dtype(
    [
        ("hawkes_address", np.int64),
        ("book_address", np.int64),
        ("live_address", np.int64),
        ("position_address", np.int64),
        ("free_address", np.int64),
        ("live_bids", np.int64),  # orders that rest
        ("live_asks", np.int64),
        ("free_count", np.int64),  # slots that no order has
        ("next_id", np.int64),
        ("row", np.int64),  # events written into the block
        ("rows", np.int64),  # its room
        ("furthest", np.int64),  # ticks from the other side's best, at most
        ("most_lots", np.int64),
        ("distance", np.float64),  # scale of distances, ticks
        ("distance_tail", np.float64),  # exponents of Pareto tails
        ("lots_tail", np.float64),
        ("limit_lots", np.float64),  # scales of sizes
        ("market_lots", np.float64),
        ("whole_cancels", np.float64),  # share of cancels that take the whole order, per resting order of the side
    ]
    + [(f"{name}_column", np.int64) for name in _COLUMNS],
    align=True,
)
"""A generated flow: one row."""

Hawkes = Any
Flow = Any
"""HAWKES and FLOW records, as kernels take them."""


@kernel
def base_of(h: Hawkes) -> Any:
    """Return float64[kinds]: arrivals per second that nothing excited."""
    return carray(pointer(h.base_address), h.kinds, np.float64)


@kernel
def decay_of(h: Hawkes) -> Any:
    """Return float64[scales]: how fast excitation fades, per second."""
    return carray(pointer(h.decay_address), h.scales, np.float64)


@kernel
def jump_of(h: Hawkes) -> Any:
    """Return float64[scales, kinds, kinds]: how an arrival (row) lifts the rate of each kind (column), per second."""
    return carray(pointer(h.jump_address), (h.scales, h.kinds, h.kinds), np.float64)


@kernel
def excited_of(h: Hawkes) -> Any:
    """Return float64[scales, kinds]: rates above the base now, per second."""
    return carray(pointer(h.excited_address), (h.scales, h.kinds), np.float64)


@kernel
def hawkes_of(f: Flow) -> Any:
    """Return the HAWKES record."""
    return carray(pointer(f.hawkes_address), 1, HAWKES)[0]


@kernel
def flow_book(f: Flow) -> Any:
    """Return the BOOK record."""
    return carray(pointer(f.book_address), 1, BOOK)[0]


@kernel
def live_of(f: Flow, slots: int) -> Any:
    """Return int32[2, slots]: the slots of the orders that rest on each side, in no order."""
    return carray(pointer(f.live_address), (SIDES, slots), np.int32)


@kernel
def position_of(f: Flow, slots: int) -> Any:
    """Return int32[slots]: where a slot stands among the live ones of its side."""
    return carray(pointer(f.position_address), slots, np.int32)


@kernel
def free_of(f: Flow, slots: int) -> Any:
    """Return int32[slots]: slots that no order has, ``free_count`` of them."""
    return carray(pointer(f.free_address), slots, np.int32)


@kernel
def written_to(address: int, rows: int, dtype: Any) -> Any:
    """Return a column of the block that is being written."""
    return carray(pointer(address), rows, dtype)
