"""A market event beside own orders: the book changes as history says, and own orders trade as they would have.

1. A trade reaches own orders at a better price first, then those at its own price for what is left once the lots ahead
   of them have traded. All own orders together never get more than was traded.
2. A displayed order that would have met an own order trades with it, for as much as it shows, at the own order's price.
3. Lots that leave the queue ahead bring an own order forward: exactly on L3, by the queue model on L2.
"""

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, apply_event
from lockstep.kernels.book.ladder import best_place, next_place, place_at, row_at, tick_at
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import NOWHERE, BookRow, int64, levels_of, nodes_of
from lockstep.kernels.ticks.fills import fill
from lockstep.kernels.ticks.queue_models import ahead_after
from lockstep.kernels.ticks.rests import best_own, facing, first_after, withdraw
from lockstep.kernels.ticks.tables import Run, book_of, own_of, resting_of
from lockstep.kernels.ticks.take import take


@kernel
def market_event(
    r: Run, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int, time_ns: int
) -> int:  # fmt: skip
    """Apply one event of the history; return a Code."""
    b = book_of(r)
    if r.resting_count == 0:
        return apply_event(b, kind, side, tick, lots, order_id, slot)
    if kind == EventKind.SET or kind == EventKind.QUOTE:
        return _level_event(r, kind, side, tick, lots, time_ns)
    return _other_event(r, kind, side, tick, lots, order_id, slot, time_ns)


@kernel
def _level_event(r: Run, kind: int, side: int, tick: int, lots: int, time_ns: int) -> int:
    b = book_of(r)
    place = place_at(b, side, tick)
    before = shown(b, side, place)
    code = apply_event(b, kind, side, tick, lots, 0, -1)
    if code == Code.OK:
        if place <= best_own(r, side):
            _level_changed(r, side, tick, before, lots)
        if lots > before and facing(r, place) <= best_own(r, 1 - side):
            meet(r, side, time_ns)
    return code


@kernel
def shown(b: BookRow, side: int, place: int) -> int:
    """Return the lots a level displays, 0 where there is none."""
    row = row_at(b, side, place)
    return int64(levels_of(b)[np.uint64(row)].lots) if row >= 0 else 0


@kernel(inline=False)
def _level_changed(r: Run, side: int, tick: int, before: int, now: int) -> None:
    own, resting = own_of(r), resting_of(r)
    for k in range(r.resting_count):
        o = own[resting[k]]
        if o.side == side and o.tick == tick:
            o.ahead = ahead_after(r.queue_model, r.power, o.ahead, float(before), float(now), o.since)
            o.since = 0.0


@kernel(inline=False)
def _other_event(
    r: Run, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int, time_ns: int
) -> int:  # fmt: skip
    b = book_of(r)
    if kind == EventKind.TRADE or kind == EventKind.HIDDEN:
        if side >= 0:
            trade(r, side, tick, lots, kind == EventKind.TRADE, time_ns)
        return Code.OK
    if kind == EventKind.ADD:
        code = apply_event(b, kind, side, tick, lots, order_id, slot)
        if code == Code.OK and facing(r, place_at(b, side, tick)) <= best_own(r, 1 - side):
            meet(r, side, time_ns)
        return code
    if slot < 0 or slot >= b.slots or kind > EventKind.MODIFY:
        return apply_event(b, kind, side, tick, lots, order_id, slot)
    return _order_event(r, kind, side, tick, lots, order_id, slot, time_ns)


@kernel
def _order_event(
    r: Run, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int, time_ns: int
) -> int:  # fmt: skip
    """An order of the history is executed, shrinks or goes: own orders behind it move up."""
    b = book_of(r)
    node = nodes_of(b)[node_row(b, slot)]
    at, rank, free = node.place, node.rank, node.lots - node.taken
    there = int64(node.side)
    code = apply_event(b, kind, side, tick, lots, order_id, slot)
    if code != Code.OK:
        return code
    left = node.lots - node.taken if node.lots > 0 and node.rank == rank else 0
    if kind == EventKind.EXECUTE:
        _executed(r, there, at, rank, lots, time_ns)
    if at <= best_own(r, there) and free > left:
        _moved_up(r, there, tick_at(b, there, at), rank, free - left)
    if kind == EventKind.MODIFY and node.rank != rank and facing(r, node.place) <= best_own(r, 1 - there):
        meet(r, there, time_ns)
    return code


@kernel(inline=False)
def _moved_up(r: Run, side: int, tick: int, rank: int, lots: int) -> None:
    own, resting = own_of(r), resting_of(r)
    for k in range(r.resting_count):
        o = own[resting[k]]
        if o.side == side and o.tick == tick and rank <= o.rank:
            o.ahead = max(o.ahead - lots, 0.0)


@kernel
def _executed(r: Run, side: int, place: int, rank: int, lots: int, time_ns: int) -> None:
    """An execution of history hit an order at (place, rank): own orders with priority over it would have been first."""
    if place > best_own(r, side):
        return
    left = lots
    at, entered = -NOWHERE, 0
    while left > 0:
        row = first_after(r, side, at, entered)
        if row < 0:
            break
        o = own_of(r)[row]
        at, entered = place_at(book_of(r), side, o.tick), o.entered
        if at < place:
            break
        if at > place or o.rank < rank:
            left -= _give(r, row, min(left, o.remaining), time_ns)
    sweep_filled(r)


@kernel(inline=False)
def trade(r: Run, side: int, tick: int, lots: int, displayed: bool, time_ns: int) -> None:
    """Share a trade of an L1 or L2 feed among own orders; a hidden one reaches only those at better prices."""
    place = place_at(book_of(r), side, tick)
    if place > best_own(r, side):
        return
    left = lots
    at, entered = -NOWHERE, 0
    given = 0
    while True:
        row = first_after(r, side, at, entered)
        if row < 0:
            break
        o = own_of(r)[row]
        at, entered = place_at(book_of(r), side, o.tick), o.entered
        if at < place:
            break
        if at > place:
            left -= _give(r, row, min(left, o.remaining), time_ns)
        elif displayed:
            beyond = int(lots - o.ahead) - given
            o.since += lots
            o.ahead = max(o.ahead - lots, 0.0)
            part = _give(r, row, min(min(left, o.remaining), max(beyond, 0)), time_ns)
            left -= part
            given += part
    sweep_filled(r)


@kernel(inline=False)
def _give(r: Run, row: int, lots: int, time_ns: int) -> int:
    if lots > 0:
        fill(r, row, lots, own_of(r)[row].tick, True, time_ns)
    return lots


@kernel(inline=False)
def sweep_filled(r: Run) -> None:
    """Take filled orders off those that rest."""
    own, resting = own_of(r), resting_of(r)
    k = 0
    while k < r.resting_count:
        if own[resting[k]].remaining == 0:
            withdraw(r, resting[k])
        else:
            k += 1


@kernel(inline=False)
def meet(r: Run, side: int, time_ns: int) -> None:
    """Let own orders trade with what a side now displays at prices that reach them; the best own order first."""
    b = book_of(r)
    other = 1 - side
    at, entered = -NOWHERE, 0
    while True:
        row = first_after(r, other, at, entered)
        if row < 0:
            break
        o = own_of(r)[row]
        at, entered = place_at(b, other, o.tick), o.entered
        got = _take_down_to(b, side, facing(r, at), o.remaining)
        if got == 0:
            break
        fill(r, row, got, o.tick, True, time_ns)
    sweep_filled(r)


@kernel
def _take_down_to(b: BookRow, side: int, worst: int, lots: int) -> int:
    got = 0
    place = best_place(b, side)
    while got < lots and place != NOWHERE and place >= worst:
        got += take(b, side, place, lots - got)
        place = next_place(b, side, place)
    return got
