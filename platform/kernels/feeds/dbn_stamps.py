"""When Databento's records happened and when they were received: for measuring clocks."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.dbn import FLAG_SNAPSHOT, record_size
from lockstep.kernels.feeds.wire import little16, little64

FIELDS = np.zeros((256, 2), np.int64)
"""By type of record: the bytes at which the time of receipt and the flags begin, 0 where there are none.

Samples (bbo, cbbo) are not here, as they are of their receipt.
"""
FIELDS[0xA0] = 40, 36  # mbo
FIELDS[[0x00, 0x01, 0x0A, 0xB1, 0xC2]] = 32, 30  # trades, mbp-1, mbp-10, cmbp-1, tcbbo
FIELDS[0x12] = 16, 0  # status


@kernel(cache=True)
def dbn_stamps(data: Any, base: int, sizes: Any, state: Any, fields: Any, received: Any, sent: Any) -> int:
    """Read both times of records from ``state.position`` on into ``received`` and ``sent`` int64[m]; return the Stop.

    Writes ``state.rows`` of them, and passes over snapshots, whose times are of days before, other publishers than
    ``state.publisher``, and records that are none. ``fields`` int64[256, 2] is FIELDS; the others as for `dbn_events`.
    """
    s = borrow(state)[0]
    bytes_, lengths, places = borrow(data), borrow(sizes), borrow(fields)
    arrived, happened = borrow(received), borrow(sent)
    while True:
        p = s.position
        size = record_size(s, bytes_, base)
        if size <= 0:
            return -size
        if s.rows == arrived.size:
            return Stop.ROWS
        s.position = p + size
        kind = np.uint64(bytes_[np.uint64(p + 1)])
        place, flags = places[kind, 0], places[kind, 1]
        if place == 0 or lengths[kind] != size or (s.publisher >= 0 and little16(bytes_, p + 2) != s.publisher):
            continue
        if flags > 0 and int64(bytes_[np.uint64(p + flags)]) & FLAG_SNAPSHOT:
            continue
        arrived[s.rows] = little64(bytes_, p + place)
        happened[s.rows] = little64(bytes_, p + 8)
        s.rows += 1
