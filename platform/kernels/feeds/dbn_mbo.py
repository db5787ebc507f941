"""One record of Databento's schema MBO (market by order).

Trades (T) and fills (F) leave the book as it is: the cancels and modifications that follow in the same group carry them
out. They are put together again here, so that an event says what was traded and what was canceled.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.tables import int64
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.live import drop, drop_book, put, seek
from lockstep.kernels.feeds.rows import put_row
from lockstep.kernels.feeds.wire import little32, little64

GO = -1
NO_PRICE = (1 << 63) - 1
_A, _B, _C, _F, _M, _N, _R, _T = 65, 66, 67, 70, 77, 78, 82, 84
_LAST = 128


@kernel
def side_of(letter: int) -> int:
    """Return 0 for a bid, 1 for an ask, -1 for neither."""
    return 0 if letter == _B else 1 if letter == _A else -1


@kernel
def mbo_record(s: Any, data: Any, p: int, flags: int, book: Any, live: Any, fills: Any, out: Any) -> int:
    """Write the events of the record at byte p; return GO or why it was left out."""
    action = data[np.uint64(p + 38)]
    if action != _F and book.trade_lots > 0:
        _settle(s, book, out)
    code = _act(s, data, p, int64(action), book, live, fills, out)
    if flags & _LAST:
        if book.trade_lots > 0:
            _settle(s, book, out)
        if book.fills > 0:
            _leave_fills(s, book, fills, out)
            return Stop.LEFT_FILL if code == GO else code
    return code


@kernel
def _act(s: Any, data: Any, p: int, action: int, book: Any, live: Any, fills: Any, out: Any) -> int:
    if action == _R:
        return _clear(s, book, live, fills, out)
    if action == _N:
        return GO
    order_id, price, lots = little64(data, p + 16), little64(data, p + 24), little32(data, p + 32)
    side = side_of(data[np.uint64(p + 39)])
    if lots == 0:
        return Stop.BAD_SIZE
    if price == NO_PRICE:
        return Stop.NO_PRICE
    tick = price // book.unit
    off = tick * book.unit != price
    if action == _T:
        book.trade_lots = lots
        book.trade_tick = tick
        book.trade_side = 1 - side if side >= 0 else -1
        return Stop.ROUNDED if off else GO
    if action == _F:
        return _fill(s, book, order_id, side, tick, lots, fills)
    if side < 0:
        return Stop.BAD_SIDE
    if action == _A:
        return _add(s, order_id, side, tick, lots, off, live, out)
    if action == _C:
        return _cancel(s, book, order_id, side, tick, lots, live, fills, out)
    if action == _M:
        return _modify(s, book, order_id, side, tick, lots, off, live, fills, out)
    return Stop.UNKNOWN_ACTION


@kernel
def _emit(s: Any, out: Any, kind: int, side: int, tick: int, lots: int, order_id: int) -> None:
    put_row(out, s.rows, s, s.book, kind, side, 0, tick, lots, order_id)
    s.rows += 1


@kernel
def _settle(s: Any, book: Any, out: Any) -> None:
    """What no resting order explains was traded with something that the book does not show."""
    _emit(s, out, EventKind.HIDDEN, book.trade_side, book.trade_tick, book.trade_lots, 0)
    book.trade_lots = 0


@kernel
def _fill(s: Any, book: Any, order_id: int, side: int, tick: int, lots: int, fills: Any) -> int:
    book.trade_lots = max(book.trade_lots - lots, 0)
    fill = fills[np.uint64(s.fills)]
    fill.id = order_id
    fill.book = s.book
    fill.side = side
    fill.tick = tick
    fill.lots = lots
    s.fills += 1
    book.fills += 1
    return GO


@kernel(inline=False)
def _find_fill(s: Any, fills: Any, order_id: int) -> int:
    for k in range(s.fills):
        if fills[k].id == order_id and fills[k].book == s.book:
            return k
    return -1


@kernel
def _forget_fill(s: Any, book: Any, fills: Any, k: int) -> None:
    """Close the gap: fills of one order are taken off in the order in which they were told."""
    for later in range(k + 1, s.fills):
        fills[later - 1] = fills[later]
    s.fills -= 1
    book.fills -= 1


@kernel(inline=False)
def _execute(s: Any, book: Any, order_id: int, lots: int, fills: Any, out: Any) -> int:
    """Carry out fills of an order up to ``lots``; return how many lots they were."""
    done = 0
    while book.fills > 0:
        k = _find_fill(s, fills, order_id)
        if k < 0 or done + fills[k].lots > lots:
            break
        done += fills[k].lots
        _emit(s, out, EventKind.EXECUTE, fills[k].side, fills[k].tick, fills[k].lots, order_id)
        _forget_fill(s, book, fills, k)
    return done


@kernel(inline=False)
def _leave_fills(s: Any, book: Any, fills: Any, out: Any) -> None:
    """The group is over: fills that changed nothing are trades all the same."""
    k = 0
    while k < s.fills:
        if fills[k].book == s.book:
            _emit(s, out, EventKind.HIDDEN, fills[k].side, fills[k].tick, fills[k].lots, fills[k].id)
            _forget_fill(s, book, fills, k)
        else:
            k += 1


@kernel
def _add(s: Any, order_id: int, side: int, tick: int, lots: int, off: bool, live: Any, out: Any) -> int:
    k = seek(live, s.book, order_id)
    if live[k].lots != 0:
        return Stop.DUPLICATE_ORDER
    put(live, k, s.book, order_id, -1 if off else side, tick, lots)
    s.live += 1
    if off:
        return Stop.OFF_TICK
    _emit(s, out, EventKind.ADD, side, tick, lots, order_id)
    return GO


@kernel
def _cancel(s: Any, book: Any, order_id: int, side: int, tick: int, lots: int, live: Any, fills: Any, out: Any) -> int:
    """An order goes, in part or whole: filled, canceled, or one after the other."""
    k = seek(live, s.book, order_id)
    resting = live[k].lots
    if resting > 0 and lots > resting:
        return Stop.TOO_MUCH
    if resting > 0 and live[k].side < 0:
        _shrink(s, live, k, lots)
        return GO
    canceled = lots - (_execute(s, book, order_id, lots, fills, out) if book.fills > 0 else 0)
    if canceled > 0:
        kind = EventKind.DELETE if canceled == resting else EventKind.REDUCE
        _emit(s, out, kind, side, tick if resting == 0 else live[k].tick, canceled, order_id)
    if resting > 0:
        _shrink(s, live, k, lots)
    return GO


@kernel
def _shrink(s: Any, live: Any, k: Any, lots: int) -> None:
    live[k].lots -= lots
    if live[k].lots == 0:
        drop(live, k)
        s.live -= 1


@kernel(inline=False)
def _modify(
    s: Any, book: Any, order_id: int, side: int, tick: int, lots: int, off: bool, live: Any, fills: Any, out: Any
) -> int:
    """An order has another size or price, because it was filled or because its owner said so."""
    k = seek(live, s.book, order_id)
    entry = live[k]
    resting = entry.lots
    if resting == 0:
        _execute(s, book, order_id, (1 << 62), fills, out)
        code = _add(s, order_id, side, tick, lots, off, live, out)
        return Stop.ADOPTED if code == GO else code
    if entry.side < 0 or off:
        return _leave_out(s, entry, order_id, tick, lots, off, out)
    left = resting - _execute(s, book, order_id, resting, fills, out)
    if left == 0:  # the reserve of an iceberg comes forward, at the end of the queue
        _emit(s, out, EventKind.ADD, side, tick, lots, order_id)
    elif left != lots or entry.tick != tick:
        _emit(s, out, EventKind.MODIFY, entry.side, tick, lots, order_id)
    entry.tick = tick
    entry.lots = lots
    return GO


@kernel
def _leave_out(s: Any, entry: Any, order_id: int, tick: int, lots: int, off: bool, out: Any) -> int:
    """An order moves to a price between two ticks, or comes from one."""
    if entry.side >= 0:
        _emit(s, out, EventKind.DELETE, entry.side, entry.tick, entry.lots, order_id)
        entry.side = -1
    entry.tick = tick
    entry.lots = lots
    return Stop.OFF_TICK if off else GO


@kernel(inline=False)
def _clear(s: Any, book: Any, live: Any, fills: Any, out: Any) -> int:
    s.live -= drop_book(live, s.book)
    k = 0
    while k < s.fills:
        if fills[k].book == s.book:
            _forget_fill(s, book, fills, k)
        else:
            k += 1
    _emit(s, out, EventKind.CLEAR, -1, 0, 0, 0)
    return GO
