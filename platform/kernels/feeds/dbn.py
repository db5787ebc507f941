"""Databento's DBN: records become events of the books that are wanted.

Source: Databento's pages on DBN, on the schemas MBO, MBP-1, MBP-10, BBO and trades, and the crate dbn. All numbers are
little-endian, prices 1e-9, times ns UTC. A record begins with its length in words of 4 bytes and its type.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import EventFlag, EventKind, Phase
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.dbn_mbo import GO, mbo_record
from lockstep.kernels.feeds.dbn_mbp import mbp_record, trade_record
from lockstep.kernels.feeds.rows import put_row
from lockstep.kernels.feeds.wire import little16, little32, little64

MBO, TRADES, MBP_1, MBP_10, STATUS, MAPPING = 0xA0, 0x00, 0x01, 0x0A, 0x12, 0x16
CMBP_1, CBBO_1S, CBBO_1M, TCBBO, BBO_1S, BBO_1M = 0xB1, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4
FLAG_SNAPSHOT = 32
_FLAG_LAST, _FLAG_MAYBE_BAD = 128, 4
_SNAPSHOT = int(EventFlag.SNAPSHOT)
_HEADER = 16
_DAY_NS = 86_400 * 10**9


@kernel(cache=True)
def dbn_events(
    data: Any, base: int, sizes: Any, state: Any, ids: Any, which: Any, books: Any, levels: Any, live: Any,
    fills: Any, counts: Any, out: Any,
) -> int:  # fmt: skip
    """Decode records from ``state.position`` on into events; return the Stop, with the state behind what was done.

    ``data`` uint8[n] are the file's bytes from byte ``base`` on; ``sizes`` int64[256] the bytes of a record of each
    type, 0 for none; ``ids`` int64[k] the instruments met, ascending, and ``which`` int64[k] their rows in ``books``
    DBN_BOOK[k] and ``levels`` LEVELS[k]; ``live`` LIVE[power of two]; ``fills`` FILL[f]; ``counts`` int64[256] records
    by type; ``out`` ROW[m]. From ``books`` on they are written.
    """
    s = borrow(state)[0]
    bytes_, known, rows_of = borrow(data), borrow(ids), borrow(which)
    table, shown, orders, pending = borrow(books), borrow(levels), borrow(live), borrow(fills)
    rows, seen, lengths = borrow(out), borrow(counts), borrow(sizes)
    while True:
        p = s.position
        size = record_size(s, bytes_, base)
        if size <= 0:
            return -size
        # A record of ten levels makes at most 41 events, the last of a group one more for each fill left over.
        if s.rows + s.fills + 64 > rows.size:
            return Stop.ROWS
        if 2 * (s.live + 1) > orders.size:
            return Stop.LIVE
        if s.fills == pending.size:
            return Stop.FILLS
        kind = bytes_[np.uint64(p + 1)]
        if lengths[kind] != size:
            s.position = p + size
            return Stop.UNKNOWN_TYPE if lengths[kind] == 0 else Stop.WRONG_LENGTH
        code = _record(s, bytes_, p, int64(kind), known, rows_of, table, shown, orders, pending, rows)
        if code == Stop.BOOK:
            return code
        s.position = p + size
        s.messages += 1
        seen[kind] += 1
        if code != GO:
            return code


@kernel
def record_size(s: Any, data: Any, base: int) -> int:
    """Return the bytes of the record at ``position``, and set ``at``; minus the Stop where it is not whole."""
    p, end = s.position, int64(data.size)
    if p + _HEADER > end:
        return -int64(Stop.BYTES)
    size = 4 * int64(data[np.uint64(p)])
    s.at = base + p
    if size < _HEADER:
        return -int64(Stop.BROKEN_LENGTH)
    return size if p + size <= end else -int64(Stop.BYTES)


@kernel
def _record(
    s: Any, data: Any, p: int, kind: int, ids: Any, which: Any, books: Any, levels: Any, live: Any, fills: Any, out: Any
) -> int:
    if kind == MAPPING:
        return Stop.NOTE
    is_mbp = kind <= MBP_10 or kind >= CMBP_1
    if kind != MBO and kind != STATUS and not is_mbp:
        return GO
    if s.publisher >= 0 and little16(data, p + 2) != s.publisher:
        return GO
    instrument = little32(data, p + 4)
    if instrument != s.instrument:
        row = _find(ids, which, instrument)
        if row < 0:
            return Stop.BOOK
        s.instrument = instrument
        s.book = row
    book = books[np.uint64(s.book)]
    if book.unit == 0:
        return GO
    if book.publisher != little16(data, p + 2):
        if book.publisher >= 0:
            return Stop.OTHER_PUBLISHER
        book.publisher = little16(data, p + 2)
    if kind == MBO:
        flags = int64(data[np.uint64(p + 36)])
        if not _stamp(s, book, little64(data, p + 8), little64(data, p + 40), little32(data, p + 52), flags):
            return Stop.GARBLED_TIME
        before = s.rows
        code = mbo_record(s, data, p, flags, book, live, fills, out)
        return _finish(s, book, before, flags, code, out)
    if kind == STATUS:
        return _status(s, data, p, book, out)
    return _mbp(s, data, p, kind, book, levels, out)


@kernel(inline=False)
def _mbp(s: Any, data: Any, p: int, kind: int, book: Any, levels: Any, out: Any) -> int:
    flags = int64(data[np.uint64(p + 30)]) | _FLAG_LAST * s.alone
    sampled = kind in (BBO_1S, BBO_1M, CBBO_1S, CBBO_1M)
    numbered = kind < CMBP_1 or kind in (BBO_1S, BBO_1M)
    received = little64(data, p + 32)
    # A sample is of its time of receipt; its other time is that of the last trade.
    time_ns = received if sampled else little64(data, p + 8)
    if not _stamp(s, book, time_ns, received, little32(data, p + 44) if numbered else 0, flags):
        return Stop.GARBLED_TIME
    before = s.rows
    code = GO
    if kind != TRADES:
        code = mbp_record(s, data, p, 10 if kind == MBP_10 else 1, book, levels[np.uint64(s.book)], out)
    if not sampled and code == GO:
        code = trade_record(s, data, p, book, out)
    return _finish(s, book, before, flags, code, out)


@kernel
def _find(ids: Any, which: Any, instrument: int) -> int:
    """Return the row of an instrument, -1 for none."""
    low, high = 0, ids.size
    while low < high:
        middle = (low + high) >> 1
        if ids[middle] < instrument:
            low = middle + 1
        else:
            high = middle
    return int64(which[low]) if low < ids.size and ids[low] == instrument else -1


@kernel
def _stamp(s: Any, book: Any, time_ns: int, received_ns: int, sequence: int, flags: int) -> bool:
    """Take a record's times; return whether they can be.

    The orders of a snapshot have times of their own, from days before: the snapshot is of when it was taken.
    """
    if received_ns < s.least_ns or received_ns > s.most_ns:
        return False
    taken = (flags & FLAG_SNAPSHOT) != 0 or time_ns < 0
    if not taken and abs(received_ns - time_ns) > _DAY_NS:
        return False
    s.received_ns = received_ns
    s.sequence = sequence
    s.time_ns = received_ns if taken else time_ns
    if flags & FLAG_SNAPSHOT:
        book.floor_ns = s.time_ns
    s.time_ns = max(s.time_ns, book.floor_ns)
    return True


@kernel
def _finish(s: Any, book: Any, before: int, flags: int, code: int, out: Any) -> int:
    """Mark the events of a record: part of a snapshot, the last of those that belong together."""
    if flags & FLAG_SNAPSHOT:
        for k in range(before, s.rows):
            out[k].flags |= _SNAPSHOT
    if s.rows > before:
        book.whole = 0
    if flags & _FLAG_LAST and book.whole == 0:
        if s.rows == before:
            put_row(out, s.rows, s, s.book, EventKind.NONE, -1, 0, 0, 0, 0)
            s.rows += 1
        out[np.uint64(s.rows - 1)].flags |= EventFlag.LAST
        book.whole = 1
    return Stop.MAYBE_BAD if code == GO and flags & _FLAG_MAYBE_BAD else code


@kernel(inline=False)
def _status(s: Any, data: Any, p: int, book: Any, out: Any) -> int:
    phase = _phase(little16(data, p + 24))
    if phase >= 0:
        if not _stamp(s, book, little64(data, p + 8), little64(data, p + 16), 0, 0):
            return Stop.GARBLED_TIME
        put_row(out, s.rows, s, s.book, EventKind.PHASE, -1, EventFlag.LAST, 0, phase, 0)
        s.rows += 1
    return GO


@kernel
def _phase(action: int) -> int:
    """Return the Phase that a status action begins, -1 for none."""
    if action == 7:  # trading
        return int64(Phase.CONTINUOUS)
    if action == 8 or action == 9 or action == 10:  # halt, pause, suspend
        return int64(Phase.HALT)
    if (action >= 1 and action <= 6) or action == 11:  # before the open, quoting, crosses; before the close
        return int64(Phase.AUCTION)
    return int64(Phase.CLOSED) if action == 12 or action == 13 or action == 15 else -1


@kernel(cache=True)
def dbn_frames(data: Any, base: int, sizes: Any, state: Any, at: Any, kinds: Any) -> int:
    """Find records from ``state.position`` on: their bytes in ``at`` int64[m] and types in ``kinds`` uint8[m].

    Writes ``state.rows`` of them; returns the Stop. Arguments as for `dbn_events`.
    """
    s = borrow(state)[0]
    bytes_, lengths, places, types = borrow(data), borrow(sizes), borrow(at), borrow(kinds)
    while True:
        p = s.position
        size = record_size(s, bytes_, base)
        if size <= 0:
            return -size
        if s.rows == places.size:
            return Stop.ROWS
        s.position = p + size
        kind = bytes_[np.uint64(p + 1)]
        if lengths[kind] != size:
            return Stop.UNKNOWN_TYPE if lengths[kind] == 0 else Stop.WRONG_LENGTH
        places[s.rows] = p
        types[s.rows] = kind
        s.rows += 1
        s.messages += 1
