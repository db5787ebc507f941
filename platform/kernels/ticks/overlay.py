"""A market event beside own orders: the book changes as history says, and own orders trade as they would have.

1. A trade reaches own orders at a better price first, then those at its own price for what is left once the lots ahead
   of them have traded. All own orders together never get more than was traded.
2. A displayed order that would have met an own order trades with it, for as much as it shows, at the own order's price.
3. Lots that leave the queue ahead bring an own order forward: exactly on L3, by the queue model on L2.

What own orders took of the book, and history still shows, is in nobody's way: events that concern it move nothing.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, apply_event
from lockstep.kernels.book.ids import find_slot
from lockstep.kernels.book.ladder import best_place, next_place, place_at, row_at, tick_at
from lockstep.kernels.book.levels import set_level
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, BookRow, int64, levels_of, nodes_of
from lockstep.kernels.ticks.fills import fill
from lockstep.kernels.ticks.impact import shift_against
from lockstep.kernels.ticks.queue_models import ahead_after
from lockstep.kernels.ticks.rests import (
    after_fills,
    best_own,
    facing,
    first_after,
    free_at,
    may_trade,
    portion,
    worst_own,
)
from lockstep.kernels.ticks.tables import Run, book_of, own_of, resting_of
from lockstep.kernels.ticks.take import take


@kernel
def market_event(
    r: Run, kind: int, side: int, flags: int, tick: int, lots: int, order_id: int, slot: int, time_ns: int
) -> int:  # fmt: skip
    """Apply one event of the history; return a Code."""
    b = book_of(r)
    if kind == EventKind.QUOTE:
        return _quote_event(r, side, tick, lots, time_ns)
    if r.resting_count == 0:
        return apply_event(b, kind, side, tick, lots, order_id, slot)
    if kind == EventKind.SET:
        return _level_event(r, side, tick, lots, time_ns)
    return _other_event(r, kind, side, flags, tick, lots, order_id, slot, time_ns)


@kernel
def _level_event(r: Run, side: int, tick: int, lots: int, time_ns: int) -> int:
    b = book_of(r)
    if side >> 1 != 0:
        return Code.BAD_SIDE
    place = place_at(b, side, tick)
    among = place <= best_own(r, side) and place >= worst_own(r, side)
    reaches = facing(r, place) <= best_own(r, 1 - side)
    if not (among or reaches):
        return set_level(b, side, tick, lots)
    return _near_event(r, side, tick, lots, time_ns)


@kernel(inline=False)
def _near_event(r: Run, side: int, tick: int, lots: int, time_ns: int) -> int:
    """L2: a level changes among own orders, or within their reach."""
    b = book_of(r)
    place = place_at(b, side, tick)
    before, taken = shown(b, side, place), taken_at(b, side, place)
    code = set_level(b, side, tick, lots)
    if code == Code.OK:
        _level_changed(r, side, tick, before, taken)
        if lots > before and facing(r, place) <= best_own(r, 1 - side):
            meet(r, side, time_ns)
    return code


@kernel
def shown(b: BookRow, side: int, place: int) -> int:
    """Return the lots a level displays, 0 where there is none."""
    row = row_at(b, side, place)
    return int64(levels_of(b)[np.uint64(row)].lots) if row >= 0 else 0


@kernel
def taken_at(b: BookRow, side: int, place: int) -> int:
    """Return how many of the lots that a level displays were taken by own orders."""
    row = row_at(b, side, place)
    return int64(levels_of(b)[np.uint64(row)].taken) if row >= 0 else 0


@kernel(inline=False)
def _level_changed(r: Run, side: int, tick: int, before: int, taken: int) -> None:
    """Bring own orders of a level forward; none comes to stand before one that entered earlier."""
    own, resting = own_of(r), resting_of(r)
    earlier = 0.0
    for k in range(r.resting_count):
        o = own[resting[k]]
        if o.side == side and o.tick == tick:
            earlier = max(_came_forward(r, o, before, taken), earlier)
            o.ahead = earlier
            o.since = 0.0


@kernel(inline=False)
def _came_forward(r: Run, o: Any, before: int, taken: int) -> float:
    b = book_of(r)
    free_before = float(max(before - taken, 0))
    free_now = float(free_at(b, o.side, place_at(b, o.side, o.tick)))
    return ahead_after(r.queue_model, r.power, o.ahead, free_before, free_now, max(o.since - taken, 0.0))


@kernel(inline=False)
def _quote_event(r: Run, side: int, tick: int, lots: int, time_ns: int) -> int:
    """L1: prices better than the quote have nothing on display any more, worse ones are out of sight."""
    b = book_of(r)
    r.level = 1
    place = place_at(b, side, tick) if lots > 0 else NOWHERE
    before, taken = 0, 0
    if lots > 0 and side >> 1 == 0:
        before, taken = shown(b, side, place), taken_at(b, side, place)
    code = apply_event(b, EventKind.QUOTE, side, tick, lots, 0, -1)
    if code != Code.OK or r.resting_count == 0:
        return code
    if lots > 0:
        _level_changed(r, side, tick, before, taken)
    for k in range(r.resting_count):
        o = own_of(r)[resting_of(r)[k]]
        if o.side == side and place_at(b, side, o.tick) > place:
            o.ahead = o.since = 0.0
    if lots > before and facing(r, place) <= best_own(r, 1 - side):
        meet(r, side, time_ns)
    return code


@kernel(inline=False)
def _other_event(
    r: Run, kind: int, side: int, flags: int, tick: int, lots: int, order_id: int, slot: int, time_ns: int
) -> int:  # fmt: skip
    b = book_of(r)
    if kind >= EventKind.REDUCE and kind <= EventKind.MODIFY:
        return _order_event(r, kind, side, tick, lots, order_id, slot, time_ns)
    code = apply_event(b, kind, side, tick, lots, order_id, slot)
    if code != Code.OK:
        return code
    if kind == EventKind.ADD:
        if flags & EventFlag.SNAPSHOT:
            _known_again(r, side, tick, lots)
        if facing(r, place_at(b, side, tick)) <= best_own(r, 1 - side):
            meet(r, side, time_ns)
    elif kind == EventKind.TRADE or kind == EventKind.HIDDEN:
        if side >> 1 == 0 and lots > 0:
            # On L3 a trade beside the book is with an order that nobody saw: whether before ours is not known.
            trade(r, side, tick, lots, kind == EventKind.TRADE and b.slots == 0, time_ns)
    elif kind == EventKind.CLEAR:
        if b.slots > 0:
            _out_of_sight(r, side)
    elif kind == EventKind.PHASE and lots == Phase.CONTINUOUS:
        meet(r, BID, time_ns)
        meet(r, ASK, time_ns)
    return code


@kernel
def _out_of_sight(r: Run, side: int) -> None:
    """An L3 book is cleared: remember how many lots were ahead, for the picture that follows to put them back."""
    own, resting = own_of(r), resting_of(r)
    for k in range(r.resting_count):
        o = own[resting[k]]
        if side == -1 or o.side == side:
            o.since += o.ahead
            o.ahead = 0.0


@kernel
def _known_again(r: Run, side: int, tick: int, lots: int) -> None:
    """An order of a snapshot stands before the first own order whose lots ahead are not all back, and later ones."""
    own, resting = own_of(r), resting_of(r)
    before = False
    for k in range(r.resting_count):
        o = own[resting[k]]
        if o.side == side and o.tick == tick and (before or o.since > 0.0):
            before = True
            o.ahead += lots
            o.since = max(o.since - lots, 0.0)
            o.rank = book_of(r).rank


@kernel
def _order_event(
    r: Run, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int, time_ns: int
) -> int:  # fmt: skip
    """An order of the history is executed, shrinks or goes: own orders behind it move up."""
    b = book_of(r)
    found = slot if slot >= 0 and b.entries == 0 else find_slot(b, order_id)
    if found < 0 or found >= b.slots:
        return apply_event(b, kind, side, tick, lots, order_id, slot)
    node = nodes_of(b)[node_row(b, found)]
    at, rank, free = node.place, node.rank, node.lots - node.taken
    there = int64(node.side)
    code = apply_event(b, kind, side, tick, lots, order_id, slot)
    if code != Code.OK:
        return code
    left = node.lots - node.taken if node.lots > 0 and node.rank == rank else 0
    if at <= best_own(r, there) and free > left:
        _moved_up(r, there, tick_at(b, there, at), rank, free - left)
    if kind == EventKind.EXECUTE:
        _executed(r, there, at, rank, lots, time_ns)
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
        if at > place:
            left -= _give(r, row, left, time_ns)
        elif o.rank < rank:
            left -= _give(r, row, min(left, portion(o)), time_ns)
    after_fills(r, time_ns)


@kernel(inline=False)
def trade(r: Run, side: int, tick: int, lots: int, displayed: bool, time_ns: int) -> None:
    """Share a trade that the feed tells beside the book among own orders; at its own price only a ``displayed`` one."""
    b = book_of(r)
    place = place_at(b, side, tick)
    if place > best_own(r, side):
        return
    taken = taken_at(b, side, place)
    left = lots
    at, entered = -NOWHERE, 0
    while True:
        row = first_after(r, side, at, entered)
        if row < 0:
            break
        o = own_of(r)[row]
        at, entered = place_at(b, side, o.tick), o.entered
        if at < place:
            break
        if at > place:
            left -= _give(r, row, left, time_ns)
        elif displayed:
            left -= _give(r, row, min(_reaching(o, taken, lots, left), portion(o)), time_ns)
    after_fills(r, time_ns)


@kernel
def _reaching(o: Any, taken: int, lots: int, left: int) -> int:
    """Bring an own order at a trade's price forward; return how many of the lots ``left`` get past those ahead."""
    # The first in the queue are lots that own orders took: of a trade they get what trades before have not used up.
    with_taken = min(max(taken - o.since, 0.0), float(lots))
    past = left - with_taken - o.ahead
    o.since += lots
    o.ahead = max(o.ahead - (lots - with_taken), 0.0)
    return int(past) if past >= 1.0 else 0


@kernel(inline=False)
def _give(r: Run, row: int, most: int, time_ns: int) -> int:
    o = own_of(r)[row]
    lots = min(most, may_trade(r, o))
    if lots > 0:
        fill(r, row, lots, o.tick, True, time_ns)
    return lots


@kernel(inline=False)
def meet(r: Run, side: int, time_ns: int) -> None:
    """Let own orders trade with what a side now displays at prices that reach them; the best own order first."""
    b = book_of(r)
    if b.phase != Phase.CONTINUOUS:
        return
    other = 1 - side
    shift = shift_against(r, other, time_ns)
    at, entered = -NOWHERE, 0
    while True:
        row = first_after(r, other, at, entered)
        if row < 0:
            break
        o = own_of(r)[row]
        at, entered = place_at(b, other, o.tick), o.entered
        worst = facing(r, at) + shift
        if best_place(b, side) < worst:
            break
        got = _take_down_to(b, side, worst, may_trade(r, o))
        if got > 0:
            fill(r, row, got, o.tick, True, time_ns)
    after_fills(r, time_ns)


@kernel
def _take_down_to(b: BookRow, side: int, worst: int, lots: int) -> int:
    got = 0
    place = best_place(b, side)
    while got < lots and place != NOWHERE and place >= worst:
        got += take(b, side, place, lots - got)
        place = next_place(b, side, place)
    return got
