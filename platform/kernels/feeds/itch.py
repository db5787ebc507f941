"""NASDAQ TotalView-ITCH 5.0: messages become events of the books that are wanted.

Source: Nasdaq TotalView-ITCH 5.0 specification. A file is a run of messages, each behind its length in two bytes; a
length of zero ends a session. All numbers are big-endian, times ns since midnight in New York, prices 1/10,000 dollar.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import EventFlag, EventKind, Phase
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.live import drop, put, seek
from lockstep.kernels.feeds.rows import put_row
from lockstep.kernels.feeds.wire import big16, big32, big48, big64

_DAY_NS = 86_400 * 10**9
UNSEEN, UNWANTED = -1, -2
"""In place of a book's row."""
_GO = -1

ITCH_BOOK = np.dtype(
    [
        ("row", np.int32),  # UNSEEN, UNWANTED or the book's row
        ("told", np.int32),  # Phase told last, -1 for none
        ("state", np.int32),  # letter of the last trading action, 0 for none
        ("halted", np.int32),  # an operational halt of Nasdaq's own
        ("unit", np.int64),  # 1/10,000 dollars a tick
        ("stock", np.int64),  # its name, 8 bytes
    ],
    align=True,
)
"""What is known about a stock locate."""

ITCH_STATE = np.dtype(
    [
        ("position", np.int64),  # of the next message in the bytes
        ("at", np.int64),  # byte in the file of the message just looked at
        ("rows", np.int64),  # events written
        ("messages", np.int64),
        ("live", np.int64),  # orders that rest
        ("midnight_ns", np.int64),  # of the day in New York, ns UTC
        ("open", np.int64),  # system hours: 1, 0; -1 before the file told
        ("sided", np.int64),  # 1: trades with hidden orders name the side, as they did before July 14th, 2014
        ("books", np.int64),  # wanted so far
        ("time_ns", np.int64),
        ("received_ns", np.int64),
        ("sequence", np.int64),  # number of the message in the file, from 0
    ],
    align=True,
)
"""How far decoding has come."""

LAST, UNPRINTED = int(EventFlag.LAST), int(EventFlag.UNPRINTED)
_A, _B, _C, _D, _E, _F, _H, _N = 65, 66, 67, 68, 69, 70, 72, 78
_O, _P, _Q, _R, _S, _T, _U, _X, _OPERATIONAL = 79, 80, 81, 82, 83, 84, 85, 88, 104


@kernel(cache=True)
def itch_events(
    data: Any, base: int, lengths: Any, state: Any, books: Any, live: Any, counts: Any, out: Any
) -> int:  # fmt: skip
    """Decode messages from ``state.position`` on into events; return the Stop, with the state behind what was done.

    ``data`` uint8[n] are the file's bytes from byte ``base`` on; ``lengths`` int64[256] how long a message of each
    type is, 0 for none; ``books`` ITCH_BOOK[65536] by stock locate; ``live`` LIVE[power of two]; ``counts`` int64[256]
    messages by type; ``out`` ROW[m]. All but the first three are written.
    """
    s = borrow(state)[0]
    bytes_, table, orders, rows = borrow(data), borrow(books), borrow(live), borrow(out)
    sizes, seen = borrow(lengths), borrow(counts)
    while True:
        size = _message_size(s, bytes_, base)
        if size < 0:
            return Stop.BYTES
        p = s.position
        if s.rows + s.books + 2 > rows.size:
            return Stop.ROWS
        if 2 * (s.live + 1) > orders.size:
            return Stop.LIVE
        kind = bytes_[np.uint64(p + 2)]
        if sizes[kind] != size:
            s.position = p + 2 + size
            return Stop.UNKNOWN_TYPE if sizes[kind] == 0 else Stop.WRONG_LENGTH
        code = _message(s, bytes_, p + 2, int64(kind), table, orders, rows)
        if code == Stop.BOOK:
            return code
        s.position = p + 2 + size
        s.messages += 1
        seen[kind] += 1
        if code != _GO:
            return code


@kernel
def _message_size(s: Any, data: Any, base: int) -> int:
    """Return the bytes of the message at ``position``, and set ``at``; -1 where it is not whole.

    Ends of sessions are passed over.
    """
    end = int64(data.size)
    while s.position + 2 <= end:
        size = big16(data, s.position)
        if s.position + 2 + size > end:
            return -1
        s.at = base + s.position
        if size > 0:
            return size
        s.position += 2
    return -1


@kernel
def _message(s: Any, data: Any, p: int, kind: int, books: Any, live: Any, out: Any) -> int:
    book = books[np.uint64(big16(data, p + 1))]
    if book.row == UNWANTED:
        return _GO
    since_midnight = big48(data, p + 5)
    if since_midnight >= _DAY_NS:
        return Stop.GARBLED_TIME
    s.time_ns = s.midnight_ns + since_midnight
    s.received_ns = s.time_ns
    s.sequence = s.messages
    if kind in (_A, _F):
        return _added(s, data, p, book, live, out) if book.row >= 0 else Stop.BOOK
    if kind in (_D, _X, _E, _C):
        return _taken(s, data, p, kind, book, live, out) if book.row >= 0 else Stop.UNKNOWN_BOOK
    if kind == _U:
        return _replaced(s, data, p, book, live, out) if book.row >= 0 else Stop.UNKNOWN_BOOK
    return _rare(s, data, p, kind, book, books, out)


@kernel
def _added(s: Any, data: Any, p: int, book: Any, live: Any, out: Any) -> int:
    letter = data[np.uint64(p + 19)]
    if letter != _B and letter != _S:
        return Stop.BAD_SIDE
    if big64(data, p + 24) != book.stock:
        return Stop.OTHER_STOCK
    side = 0 if letter == _B else 1
    return _enter(s, book, big64(data, p + 11), side, big32(data, p + 32), big32(data, p + 20), live, out)


@kernel
def _enter(s: Any, book: Any, order_id: int, side: int, price: int, lots: int, live: Any, out: Any) -> int:
    if lots == 0:
        return Stop.BAD_SIZE
    k = seek(live, int64(book.row), order_id)
    if live[k].lots != 0:
        return Stop.DUPLICATE_ORDER
    tick = price // book.unit
    off = tick * book.unit != price
    put(live, k, book.row, order_id, -1 if off or side < 0 else side, tick, lots)
    s.live += 1
    if off:
        return Stop.OFF_TICK
    if side >= 0:
        put_row(out, s.rows, s, book.row, EventKind.ADD, side, LAST, tick, lots, order_id)
        s.rows += 1
    return _GO


@kernel
def _taken(s: Any, data: Any, p: int, kind: int, book: Any, live: Any, out: Any) -> int:
    """An order was canceled, in part or whole, or executed."""
    order_id = big64(data, p + 11)
    k = seek(live, int64(book.row), order_id)
    entry = live[k]
    if entry.lots == 0:
        return Stop.UNKNOWN_ORDER
    lots = entry.lots if kind == _D else big32(data, p + 19)
    if lots == 0:
        return Stop.BAD_SIZE
    if lots > entry.lots:
        return Stop.TOO_MUCH
    tick, code = entry.tick, _GO
    if kind == _C:
        price = big32(data, p + 32)
        tick = price // book.unit
        code = _GO if tick * book.unit == price else Stop.ROUNDED
    what = EventKind.DELETE if kind == _D else EventKind.REDUCE if kind == _X else EventKind.EXECUTE
    if entry.side >= 0:
        # Not printable: the lots of a cross, whose trade is told by a message of its own.
        flags = LAST | UNPRINTED if kind == _C and data[np.uint64(p + 31)] == _N else LAST
        put_row(out, s.rows, s, book.row, what, entry.side, flags, tick, lots, order_id)
        s.rows += 1
    else:
        code = _GO
    entry.lots -= lots
    if entry.lots == 0:
        drop(live, k)
        s.live -= 1
    return code


@kernel
def _replaced(s: Any, data: Any, p: int, book: Any, live: Any, out: Any) -> int:
    """An order is gone, and another takes its place at the end of a queue, with another id."""
    old_id, new_id = big64(data, p + 11), big64(data, p + 19)
    k = seek(live, int64(book.row), old_id)
    entry = live[k]
    if entry.lots == 0:
        return Stop.UNKNOWN_ORDER
    if big32(data, p + 27) == 0:
        return Stop.BAD_SIZE
    if new_id != old_id and live[seek(live, int64(book.row), new_id)].lots != 0:
        return Stop.DUPLICATE_ORDER
    side, tick, lots = int64(entry.side), entry.tick, entry.lots
    drop(live, k)
    s.live -= 1
    before = s.rows
    if side >= 0:
        put_row(out, s.rows, s, book.row, EventKind.DELETE, side, 0, tick, lots, old_id)
        s.rows += 1
    code = _enter(s, book, new_id, side, big32(data, p + 31), big32(data, p + 27), live, out)
    if s.rows == before + 1:
        out[np.uint64(before)].flags = LAST  # the new price lies between two ticks: the old order's end is all there is
    return code


@kernel(inline=False)
def _rare(s: Any, data: Any, p: int, kind: int, book: Any, books: Any, out: Any) -> int:
    if kind == _S:
        _system_event(s, data[np.uint64(p + 11)], books, out)
        return _GO
    if kind == _R:
        return _GO if book.row >= 0 else Stop.BOOK
    if kind in (_P, _Q, _H, _OPERATIONAL):
        if book.row < 0:
            return Stop.BOOK
        return _trade(s, data, p, kind, book, out) if kind in (_P, _Q) else _action(s, data, p, kind, book, out)
    return _GO


@kernel
def _trade(s: Any, data: Any, p: int, kind: int, book: Any, out: Any) -> int:
    """A trade with a hidden order, or a cross: what it takes from the book comes with messages of its own."""
    side = -1
    if kind == _P:
        if s.sided == 1:
            side = 0 if data[np.uint64(p + 19)] == _B else 1
        lots, price, match = big32(data, p + 20), big32(data, p + 32), big64(data, p + 36)
    else:
        lots, price, match = big64(data, p + 11), big32(data, p + 27), big64(data, p + 31)
        if lots == 0:
            return _GO  # a cross at which nothing was traded
    if lots == 0:
        return Stop.BAD_SIZE
    tick = price // book.unit
    what = EventKind.HIDDEN if kind == _P else EventKind.TRADE
    put_row(out, s.rows, s, book.row, what, side, LAST, tick, lots, match)
    s.rows += 1
    return _GO if tick * book.unit == price else Stop.ROUNDED


@kernel
def _action(s: Any, data: Any, p: int, kind: int, book: Any, out: Any) -> int:
    """The trading state of one stock."""
    if kind == _H:
        book.state = data[np.uint64(p + 19)]
    elif data[np.uint64(p + 19)] == _Q:  # halts of Nasdaq's other exchanges are none of this book
        book.halted = 1 if data[np.uint64(p + 20)] == _H else 0
    _tell_phase(s, book, out)
    return _GO


@kernel
def _system_event(s: Any, code: int, books: Any, out: Any) -> None:
    """System hours begin and end for all stocks at once."""
    if code in (_O, _S, _E, _C):
        s.open = 1 if code == _S else 0
        for locate in range(books.size):
            if books[locate].row >= 0:
                _tell_phase(s, books[locate], out)


@kernel
def _tell_phase(s: Any, book: Any, out: Any) -> None:
    phase = _phase(s.open, book)
    if phase != book.told:
        book.told = phase
        put_row(out, s.rows, s, book.row, EventKind.PHASE, -1, LAST, 0, phase, 0)
        s.rows += 1


@kernel
def _phase(is_open: int, book: Any) -> int:
    if is_open == 0:
        return int64(Phase.CLOSED)
    if book.halted == 0:
        if book.state == _T:
            return int64(Phase.CONTINUOUS)
        if book.state == _Q:
            return int64(Phase.AUCTION)
    return int64(Phase.HALT)  # also without any trading action: to be treated as halted, says the specification


@kernel(cache=True)
def itch_frames(data: Any, base: int, lengths: Any, state: Any, at: Any, kinds: Any) -> int:
    """Find messages from ``state.position`` on: their bytes in ``at`` int64[m] and types in ``kinds`` uint8[m].

    Writes ``state.rows`` of them; returns the Stop. Arguments as for `itch_events`.
    """
    s = borrow(state)[0]
    bytes_, sizes, places, types = borrow(data), borrow(lengths), borrow(at), borrow(kinds)
    while True:
        size = _message_size(s, bytes_, base)
        if size < 0:
            return Stop.BYTES
        if s.rows == places.size:
            return Stop.ROWS
        p = s.position
        s.position = p + 2 + size
        kind = bytes_[np.uint64(p + 2)]
        if sizes[kind] != size:
            return Stop.UNKNOWN_TYPE if sizes[kind] == 0 else Stop.WRONG_LENGTH
        places[s.rows] = p + 2
        types[s.rows] = kind
        s.rows += 1
        s.messages += 1
