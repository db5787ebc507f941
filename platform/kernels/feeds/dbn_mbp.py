"""One record of Databento's schemas of prices: MBP-1, MBP-10, BBO, consolidated ones and trades.

Each record shows the best levels after it; what differs from the record before becomes events. A trade's record shows
the levels before the trade, so the trade comes behind them.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.dbn_mbo import GO, NO_PRICE, side_of
from lockstep.kernels.feeds.rows import put_row
from lockstep.kernels.feeds.wire import little32, little64

_T = 84
_LEVELS_AT, _LEVEL = 48, 32


@kernel
def mbp_record(s: Any, data: Any, p: int, depth: int, book: Any, shown: Any, out: Any) -> int:
    """Write what changed among the levels of the record at byte p, 1 or 10 a side; return GO or a Stop."""
    before = s.rows
    code = GO
    for side in range(2):
        if _changed(data, p, side, depth, shown):
            if depth == 1:
                code = _quote(s, data, p, side, book, out)
            else:
                code = _sets(s, data, p, side, book, shown, out)
            if code != GO:
                s.rows = before
                return code
    for side in range(2):
        for k in range(depth):
            shown.price[side, k] = _price(data, p, side, k)
            shown.lots[side, k] = _lots(data, p, side, k)
    return code


@kernel
def trade_record(s: Any, data: Any, p: int, book: Any, out: Any) -> int:
    """Write the trade of the record at byte p if it is one; return GO or a Stop."""
    if data[np.uint64(p + 28)] != _T:
        return GO
    price, lots = little64(data, p + 16), little32(data, p + 24)
    if price == NO_PRICE:
        return Stop.NO_PRICE
    if lots == 0:
        return Stop.BAD_SIZE
    aggressor = side_of(data[np.uint64(p + 29)])
    tick = price // book.unit
    put_row(out, s.rows, s, s.book, EventKind.TRADE, 1 - aggressor if aggressor >= 0 else -1, 0, tick, lots, 0)
    s.rows += 1
    return GO if tick * book.unit == price else Stop.ROUNDED


@kernel
def _price(data: Any, p: int, side: int, level: int) -> int:
    return little64(data, p + _LEVELS_AT + _LEVEL * level + 8 * side)


@kernel
def _lots(data: Any, p: int, side: int, level: int) -> int:
    """A level without a price is none."""
    if _price(data, p, side, level) == NO_PRICE:
        return 0
    return little32(data, p + _LEVELS_AT + _LEVEL * level + 16 + 4 * side)


@kernel
def _changed(data: Any, p: int, side: int, depth: int, shown: Any) -> bool:
    for k in range(depth):
        if shown.lots[side, k] != _lots(data, p, side, k):
            return True
        if shown.lots[side, k] > 0 and shown.price[side, k] != _price(data, p, side, k):
            return True
    return False


@kernel(inline=False)
def _quote(s: Any, data: Any, p: int, side: int, book: Any, out: Any) -> int:
    price, lots = _price(data, p, side, 0), _lots(data, p, side, 0)
    tick = price // book.unit if lots > 0 else 0
    if lots > 0 and tick * book.unit != price:
        return Stop.OFF_TICK
    put_row(out, s.rows, s, s.book, EventKind.QUOTE, side, 0, tick, lots, 0)
    s.rows += 1
    return GO


@kernel(inline=False)
def _sets(s: Any, data: Any, p: int, side: int, book: Any, shown: Any, out: Any) -> int:
    """Levels that are not shown any more go first, so that the book is not crossed on the way."""
    for k in range(10):
        price = shown.price[side, k]
        if shown.lots[side, k] > 0 and _lots_at(data, p, side, price) == 0:
            put_row(out, s.rows, s, s.book, EventKind.SET, side, 0, price // book.unit, 0, 0)
            s.rows += 1
    for k in range(10):
        price, lots = _price(data, p, side, k), _lots(data, p, side, k)
        if lots > 0 and lots != _shown_at(shown, side, price):
            tick = price // book.unit
            if tick * book.unit != price:
                return Stop.OFF_TICK
            put_row(out, s.rows, s, s.book, EventKind.SET, side, 0, tick, lots, 0)
            s.rows += 1
    return GO


@kernel
def _lots_at(data: Any, p: int, side: int, price: int) -> int:
    for k in range(10):
        if _price(data, p, side, k) == price:
            return _lots(data, p, side, k)
    return 0


@kernel
def _shown_at(shown: Any, side: int, price: int) -> int:
    for k in range(10):
        if shown.price[side, k] == price:
            return shown.lots[side, k]
    return 0
