"""Orders that end at a time: a heap, and each order knows its row in it.

Orders that end at the same time end in the order in which they were accepted.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.matching.tables import Market, Venue, expiries_of, market_of, stop_terms_of, terms_of
from lockstep.kernels.order_terms import NEVER

Row = Any


@kernel
def terms_at(v: Venue, entry: Row) -> Any:
    """Return the TERMS of the order that an EXPIRY is about."""
    m = market_of(v, entry.instrument)
    return (stop_terms_of(m) if entry.waiting else terms_of(m))[np.uint64(entry.slot)]


@kernel
def next_expiry_ns(v: Venue) -> int:
    """Return when the next order ends, NEVER for none."""
    return expiries_of(v)[0].expiry_ns if v.expiries > 0 else NEVER


@kernel
def earlier(a: Row, b: Row) -> bool:
    """Return whether ``a`` ends before ``b``."""
    return a.entered < b.entered if a.expiry_ns == b.expiry_ns else a.expiry_ns < b.expiry_ns


@kernel(inline=False)
def push(v: Venue, m: Market, slot: int, waiting: int) -> None:
    """Remember when an order ends; there is room."""
    terms = (stop_terms_of(m) if waiting else terms_of(m))[np.uint64(slot)]
    row = v.expiries
    v.expiries += 1
    entry = expiries_of(v)[row]
    entry.expiry_ns, entry.entered = terms.expiry_ns, terms.entered
    entry.instrument, entry.slot, entry.waiting = m.instrument, slot, waiting
    terms.heap = row + 1
    _rise(v, row)


@kernel(inline=False)
def drop(v: Venue, row: int) -> None:
    """Forget the order in a row of the heap."""
    heap = expiries_of(v)
    terms_at(v, heap[row]).heap = 0
    v.expiries -= 1
    last = v.expiries
    if row < last:
        _exchange(v, row, last)
        _rise(v, row)
        _sink(v, row)


@kernel
def _rise(v: Venue, row: int) -> None:
    heap = expiries_of(v)
    k = row
    while k > 0 and earlier(heap[k], heap[(k - 1) >> 1]):
        _exchange(v, k, (k - 1) >> 1)
        k = (k - 1) >> 1


@kernel
def _sink(v: Venue, row: int) -> None:
    heap = expiries_of(v)
    k = row
    while 2 * k + 1 < v.expiries:
        child = 2 * k + 1
        if child + 1 < v.expiries and earlier(heap[child + 1], heap[child]):
            child += 1
        if not earlier(heap[child], heap[k]):
            return
        _exchange(v, k, child)
        k = child


@kernel(inline=False)
def _exchange(v: Venue, i: int, j: int) -> None:
    """Exchange two rows; the one beyond the end belongs to no order any more."""
    a, b = expiries_of(v)[i], expiries_of(v)[j]
    a.expiry_ns, b.expiry_ns = b.expiry_ns, a.expiry_ns
    a.entered, b.entered = b.entered, a.entered
    a.instrument, b.instrument = b.instrument, a.instrument
    a.slot, b.slot = b.slot, a.slot
    a.waiting, b.waiting = b.waiting, a.waiting
    terms_at(v, a).heap = i + 1
    if j < v.expiries:
        terms_at(v, b).heap = j + 1
