"""Two runs compared while they are under way: all that they know, and the books they stand in."""

from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import ACCOUNT, HOLDING
from lockstep.kernels.address import pointer
from lockstep.kernels.book.ladder import best_place, next_place, place_at, row_at, tick_at
from lockstep.kernels.book.tables import NOWHERE, BookRow, levels_of
from lockstep.kernels.borrow import borrow
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.tables import MESSAGE, OWN, TICK_RUN, book_of, seen_of

ALL = 1 << 62
WHAT = ("", "run", "account", "orders", "messages", "strategy", "book", "book that the strategy has heard of")
"""By number: where two runs differ."""

# Where blocks end, how much room there is, and where the book's window lies are no part of what a run knows.
_ELSEWHERE = (
    "act", "guard", "passed_ns", "next", "count", "seen_next", "seen_count", "finished", "seen_finished", "refused",
    "last_ns", "heard_by_ns", "best_own_bid", "best_own_ask", "worst_own_bid", "worst_own_ask",
)  # fmt: skip
_PLACES = ("_address", "_column", "_room")
_FIELDS = [n for n in TICK_RUN.names or () if n not in _ELSEWHERE and not n.endswith(_PLACES)]
_AT: Any = TICK_RUN.fields
_WORDS = np.array([_AT[name][1] // 8 for name in _FIELDS])
_OWN, _MESSAGE, _ACCOUNT, _HOLDING = (dtype.itemsize // 8 for dtype in (OWN, MESSAGE, ACCOUNT, HOLDING))


def difference(one: Frame, other: Frame, levels: int = ALL, side: int = -1, tick: int = 0) -> str:
    """Return where two runs differ, '' for nowhere.

    Of each side of the books the ``levels`` best are compared, and the one at ``tick`` of a ``side``.
    """
    found = _difference(one.run, other.run, _WORDS, levels, side, tick)
    fields = [name for name in _FIELDS if one.run[name].tobytes() != other.run[name].tobytes()] if found == 1 else []
    return " ".join([WHAT[found], *fields])


@kernel(cache=True)
def _difference(one: Any, other: Any, words: Any, levels: int, side: int, tick: int) -> int:
    a, b = borrow(one)[0], borrow(other)[0]
    rows = borrow(words)
    if a.seen_apart != b.seen_apart:
        return 1
    mine, theirs = carray(pointer(a.self_address), 1024, np.int64), carray(pointer(b.self_address), 1024, np.int64)
    for k in range(rows.size):
        if mine[rows[k]] != theirs[rows[k]]:
            return 1
    if _differ(a.account_address, b.account_address, _ACCOUNT):
        return 2
    if _differ(a.holding_address, b.holding_address, _HOLDING):
        return 2
    if _differ(a.own_address, b.own_address, a.own_used * _OWN):
        return 3
    if _differ(a.resting_address, b.resting_address, a.resting_count):
        return 3
    if _differ(a.requests_address, b.requests_address, a.request_count * _MESSAGE):
        return 4
    if _differ(a.reports_address, b.reports_address, a.report_count * _MESSAGE):
        return 4
    if _differ(a.floats_address, b.floats_address, a.float_count):
        return 5
    if _differ(a.integers_address, b.integers_address, a.integer_count):
        return 5
    if _books_differ(book_of(a), book_of(b), levels, side, tick):
        return 6
    return 7 if a.seen_apart == 1 and _books_differ(seen_of(a), seen_of(b), levels, side, tick) else 0


@kernel(inline=False)
def _differ(one: int, other: int, words: int) -> bool:
    a, b = carray(pointer(one), words, np.int64), carray(pointer(other), words, np.int64)
    found = 0
    for k in range(words):
        found += a[k] != b[k]
    return found > 0


@kernel(inline=False)
def _books_differ(a: BookRow, b: BookRow, levels: int, side: int, tick: int) -> bool:
    if a.digest != b.digest or a.orders != b.orders or a.phase != b.phase:
        return True
    if side >= 0 and _lots_at(a, side, tick) != _lots_at(b, side, tick):
        return True
    return _sides_differ(a, b, 0, levels) or _sides_differ(a, b, 1, levels)


@kernel(inline=False)
def _lots_at(b: BookRow, side: int, tick: int) -> int:
    row = row_at(b, side, place_at(b, side, tick))
    return levels_of(b)[np.uint64(row)].lots if row >= 0 else 0


@kernel(inline=False)
def _sides_differ(a: BookRow, b: BookRow, side: int, levels: int) -> bool:
    mine, theirs = best_place(a, side), best_place(b, side)
    for _ in range(levels):
        if mine == NOWHERE or theirs == NOWHERE:
            return bool(mine != theirs)
        one, other = levels_of(a)[np.uint64(row_at(a, side, mine))], levels_of(b)[np.uint64(row_at(b, side, theirs))]
        if tick_at(a, side, mine) != tick_at(b, side, theirs) or one.lots != other.lots or one.count != other.count:
            return True
        mine, theirs = next_place(a, side, mine), next_place(b, side, theirs)
    return False
