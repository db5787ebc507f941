"""A desk for strategies that are not compiled: what they hear and ask, as entry points called from Python.

Each takes TICK_RUN[1] while ``advance`` has stopped at Stop.ACT or Stop.REPORT. What a strategy may see and ask is
that of desk.py, no more.
"""

from enum import IntEnum
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import is_trade
from lockstep.kernels.book.ladder import best_place, next_place, row_at, tick_at
from lockstep.kernels.book.tables import NOWHERE, int64, levels_of
from lockstep.kernels.borrow import borrow
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import cancel, insist, middle, no_room, order_at, replace_stop, submit
from lockstep.kernels.ticks.own_order import is_open
from lockstep.kernels.ticks.stops import trailing
from lockstep.kernels.ticks.tables import Run, column_of, own_of, seen_of


class Asked(IntEnum):
    """What became of a request to cancel or replace an order."""

    SENT = 0
    UNDER_WAY = 1
    """Not sent: the answer to an earlier one about the order is awaited."""
    GONE = 2
    """Not sent: the order has ended, as far as the strategy knows."""
    NO_ROOM = 3
    """Not sent: room for messages must grow."""
    REFUSED = 4
    """Not sent: the risk check refused it, and the order stands as it did."""


class Change(IntEnum):
    """How a picture of the book differs from the one before."""

    NOTHING = 0
    BEHIND = 1
    """Behind the best prices only."""
    BEST = 2
    """A best price or its lots."""


@kernel(cache=True)
def send_order(
    run: Any, side: int, order_type: int, tick: int, lots: int, force: int, flags: int, expiry_ns: int,
    trigger: int, prevention: int, display: int,
) -> tuple[int, int]:  # fmt: skip
    """Send an order; return (row, id), (-1, 0) and nothing done where rows or messages must grow.

    One that the risk check refuses is not open when this returns.
    """
    r = borrow(run)[0]
    full = r.free_own < 0 and r.own_used == r.own_room
    if full or _no_mail(r) or (r.guard != 0 and no_room(r)):
        return -1, 0
    row = submit(r, side, order_type, tick, lots, force, flags, expiry_ns, trigger, prevention, display)
    return row, int64(own_of(r)[row].id)


@kernel(cache=True)
def ask_cancel(run: Any, row: int, order_id: int) -> int:
    """Ask for an order to be canceled; return Asked."""
    r = borrow(run)[0]
    asked = _may_ask(r, row, order_id)
    if asked == Asked.SENT:
        cancel(r, row)
    return asked


@kernel(cache=True)
def ask_replace(run: Any, row: int, order_id: int, trigger: int, tick: int, lots: int) -> int:
    """Ask for another trigger (NO_TICK: as it is), price and size, ``lots`` counting what was filled; return Asked.

    ``trigger`` of a trailing stop is its distance, as for ``send_order``.
    """
    r = borrow(run)[0]
    asked = _may_ask(r, row, order_id)
    if asked == Asked.SENT and r.guard != 0 and no_room(r):
        return int64(Asked.NO_ROOM)
    if asked == Asked.SENT:
        replace_stop(r, row, trigger, tick, lots)
        if own_of(r)[row].asked == 0:
            return int64(Asked.REFUSED)
    return asked


@kernel(cache=True)
def ask_cancels(run: Any, order_id: int, time_ns: int) -> bool:
    """Ask for an open order, with ``order_id`` 0 for every one, to be canceled; False where messages must grow.

    At a moment up to which all is done. What was asked before that stays asked: call it again.
    """
    r = borrow(run)[0]
    r.now_ns = max(int64(r.now_ns), time_ns)
    for row in range(r.own_used):
        o = order_at(r, row)
        # A cancel that was asked for is not asked for again; behind a replacement it still is.
        behind = o.asked == 1 and r.guard != 0 and own_of(r)[row].wanted_tick != NO_TICK
        meant = order_id == 0 or o.id == order_id
        if meant and is_open(o) and (o.asked == 0 or behind):
            if _no_mail(r):
                return False
            insist(r, row)
    return True


@kernel
def _no_mail(r: Run) -> bool:
    """Return whether messages, or the intents that tell of them, must grow."""
    return bool(r.request_count == r.request_room or (r.intent_room > 0 and r.intent_count == r.intent_room))


@kernel
def _may_ask(r: Run, row: int, order_id: int) -> int:
    o = order_at(r, row)
    if o.id != order_id or not is_open(o):
        return int64(Asked.GONE)
    if o.asked > 0:
        return int64(Asked.UNDER_WAY)
    return int64(Asked.NO_ROOM) if _no_mail(r) else int64(Asked.SENT)


@kernel(cache=True)
def heard_middle(run: Any) -> float:
    """Return the middle of the book as it was heard, in ticks, nan for an empty one."""
    return middle(borrow(run)[0])


@kernel(cache=True)
def behind(run: Any, side: int, trail: int) -> int:
    """Return where a trailing stop would stand behind the latest trade heard, as the risk check judges it.

    Before the first trade behind the middle of the book; NO_TICK where nothing is known.
    """
    r = borrow(run)[0]
    if r.trades_heard > 0:
        return trailing(side, int64(r.last_tick), trail)
    price = middle(r)
    return NO_TICK if np.isnan(price) else trailing(side, int64(round(price)), trail)


@kernel(cache=True)
def look(run: Any, shown: Any) -> int:
    """Bring a picture of the book as it was heard up to date; return the Change.

    ``shown`` int64[2 sides, n levels, 2] has tick and lots of the best levels, zeros where there is none. Modified in
    place.
    """
    b, picture = seen_of(borrow(run)[0]), borrow(shown)
    change = int64(Change.NOTHING)
    for side in range(2):
        place = best_place(b, side)
        for k in range(picture.shape[1]):
            tick, lots = 0, 0
            if place != NOWHERE:
                tick = tick_at(b, side, place)
                lots = int64(levels_of(b)[np.uint64(row_at(b, side, place))].lots)
                place = next_place(b, side, place)
            if picture[side, k, 0] != tick or picture[side, k, 1] != lots:
                picture[side, k, 0], picture[side, k, 1] = tick, lots
                change = int64(Change.BEST) if k == 0 else max(change, int64(Change.BEHIND))
    return change


@kernel(cache=True)
def listen(run: Any, start: int, out: Any) -> tuple[int, int]:
    """Write the market's trades among the heard events of a block into ``out``, from event ``start`` on.

    ``out`` int64[n, 4] gets time_ns at the exchange, side of the book that was hit, tick and lots. Returns (event to
    go on from, trades written): as many trades as there is room for may mean that there are more.
    """
    r, trades = borrow(run)[0], borrow(out)
    apart = r.seen_apart == 1
    stop, count = (r.seen_next, r.seen_count) if apart else (r.next, r.count)
    times = column_of(r.seen_time_ns_column if apart else r.time_ns_column, count, np.int64)
    kinds = column_of(r.seen_kind_column if apart else r.kind_column, count, np.uint8)
    sides = column_of(r.seen_side_column if apart else r.side_column, count, np.int8)
    ticks = column_of(r.seen_tick_column if apart else r.tick_column, count, np.int64)
    lots = column_of(r.seen_lots_column if apart else r.lots_column, count, np.int64)
    flags = column_of(r.seen_flags_column if apart else r.flags_column, count, np.uint8)
    e, found = start, 0
    while e < stop and found < trades.shape[0]:
        k = np.uint64(e)
        if is_trade(int64(kinds[k]), int64(flags[k])):
            trades[found, 0], trades[found, 1] = times[k], sides[k]
            trades[found, 2], trades[found, 3] = ticks[k], lots[k]
            found += 1
        e += 1
    return e, found
