"""The events of a tick history, and what each does to a book."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.ids import find_slot, give_slot, has_slot, take_slot
from lockstep.kernels.book.ladder import place_at, row_for, tick_at
from lockstep.kernels.book.levels import clear_side, set_level, set_quote
from lockstep.kernels.book.orders import add_order, delete_order, reduce_order, unfit
from lockstep.kernels.book.queue import join, leave, node_row
from lockstep.kernels.book.tables import ASK, BID, MOST_LOTS, NOWHERE, BookRow, int64, levels_of, nodes_of


class EventKind(IntEnum):
    """What happened. `side` is the side of the book that it happened to: of an execution, the resting order's."""

    NONE = 0
    """Nothing to the book."""
    ADD = 1
    """L3: an order joins the end of its queue."""
    REDUCE = 2
    """L3: `lots` of an order were canceled; it keeps its place."""
    DELETE = 3
    """L3: an order is gone."""
    EXECUTE = 4
    """L3: `lots` of a displayed order were traded, at `tick`."""
    MODIFY = 5
    """L3: an order has another price or size; it keeps its place unless the price moves or the size grows."""
    SET = 6
    """L2: `lots` are displayed at `tick` from now on, 0 for none."""
    CLEAR = 7
    """The side is empty, both sides with side -1: what follows builds it anew."""
    QUOTE = 8
    """L1: the best of the side, 0 lots for none."""
    TRADE = 9
    """A trade of displayed lots that an L1 or L2 feed reports beside the book: `side` was hit, -1 where unknown."""
    HIDDEN = 10
    """A trade with an order that was not displayed: the book stays as it is."""
    PHASE = 11
    """The trading phase is `lots` from now on, see Phase."""


class Phase(IntEnum):
    """Whether orders match."""

    CLOSED = 0
    AUCTION = 1
    """Orders gather and may cross; the uncross trades them at one price."""
    CONTINUOUS = 2
    HALT = 3
    """Nothing trades; cancels pass."""


class EventFlag(IntEnum):
    """More about an event: bits."""

    LAST = 1
    """The book is whole again after this event: the last of those that belong together."""
    SNAPSHOT = 2
    """Not news: part of a picture of the book."""
    UNPRINTED = 4
    """An execution that another trade's lots hold already, as those of a cross do: no volume of its own."""


class TickBlock(NamedTuple):
    """A stretch of a tick history: arrays of one length, ascending by ``time_ns``."""

    time_ns: npt.NDArray[np.int64]
    """Exchange's time, ns UTC."""
    received_ns: npt.NDArray[np.int64]
    """Local time of receipt, ns UTC, clocks aligned; the exchange's time where none was recorded."""
    kind: npt.NDArray[np.uint8]
    """EventKind"""
    side: npt.NDArray[np.int8]
    """0 bid, 1 ask, -1 neither"""
    flags: npt.NDArray[np.uint8]
    """EventFlag"""
    tick: npt.NDArray[np.int64]
    """Price in ticks."""
    lots: npt.NDArray[np.int64]
    id: npt.NDArray[np.int64]
    """Order's or trade's id; 0 for none."""
    slot: npt.NDArray[np.int32]
    """Row for the order, resolved on import; -1 where not."""


@kernel
def is_trade(kind: int, flags: int) -> bool:
    """Return whether an event is a trade whose lots count as volume."""
    if kind == EventKind.TRADE or kind == EventKind.EXECUTE or kind == EventKind.HIDDEN:
        return bool(flags & EventFlag.UNPRINTED == 0)
    return False


@kernel
def apply_event(b: BookRow, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int) -> int:
    """Apply one event to a book; return a Code. All arguments are int64.

    A slot below 0 asks the table of ids. A book that has the table always asks it: its rows are its own to give.
    """
    if kind == EventKind.SET:
        return set_level(b, side, tick, lots)
    by_slot = slot >= 0 and b.entries == 0
    if kind == EventKind.ADD:
        return add_order(b, slot, order_id, side, tick, lots) if by_slot else _add_by_id(b, order_id, side, tick, lots)
    if kind == EventKind.DELETE:
        return delete_order(b, slot) if by_slot else _delete_by_id(b, order_id)
    if kind == EventKind.EXECUTE or kind == EventKind.REDUCE:
        return reduce_order(b, slot, lots) if by_slot else _reduce_by_id(b, order_id, lots)
    if kind == EventKind.MODIFY:
        return _modify(b, slot if by_slot else find_slot(b, order_id), tick, lots)
    if kind == EventKind.QUOTE:
        return set_quote(b, side, tick, lots)
    if kind == EventKind.CLEAR:
        return _clear(b, side)
    return _other(b, kind, lots)


@kernel(inline=False)
def _other(b: BookRow, kind: int, lots: int) -> int:
    if kind < EventKind.NONE or kind > EventKind.PHASE:
        return Code.UNKNOWN_KIND
    if kind == EventKind.PHASE:
        if lots < Phase.CLOSED or lots > Phase.HALT:
            return Code.UNKNOWN_KIND
        b.phase = lots
    return Code.OK


@kernel(inline=False)
def _add_by_id(b: BookRow, order_id: int, side: int, tick: int, lots: int) -> int:
    code = unfit(side, tick, lots)
    if code != Code.OK:
        return code
    if b.slots == 0:
        return Code.OTHER_FEED
    if b.entries == 0:
        return Code.BAD_SLOT
    if find_slot(b, order_id) >= 0:
        return Code.DUPLICATE_ORDER
    if not has_slot(b):
        return Code.NO_ORDER_ROOM
    slot = take_slot(b, order_id)
    code = add_order(b, slot, order_id, side, tick, lots)
    if code != Code.OK:
        give_slot(b, order_id, slot)
    return code


@kernel(inline=False)
def _delete_by_id(b: BookRow, order_id: int) -> int:
    slot = find_slot(b, order_id)
    if slot < 0:
        return Code.UNKNOWN_ORDER
    leave(b, slot)
    give_slot(b, order_id, slot)
    return Code.OK


@kernel(inline=False)
def _reduce_by_id(b: BookRow, order_id: int, lots: int) -> int:
    slot = find_slot(b, order_id)
    code = reduce_order(b, slot, lots)
    if code == Code.OK and nodes_of(b)[node_row(b, slot)].lots == 0:
        give_slot(b, order_id, slot)
    return code


@kernel(inline=False)
def _modify(b: BookRow, slot: int, tick: int, lots: int) -> int:
    if slot < 0 or slot >= b.slots or nodes_of(b)[node_row(b, slot)].lots == 0:
        return Code.UNKNOWN_ORDER
    node = nodes_of(b)[node_row(b, slot)]
    side, order_id = int64(node.side), int64(node.id)
    code = unfit(side, tick, lots)
    if code != Code.OK:
        return code
    same = tick_at(b, side, node.place) == tick
    if same and lots <= node.lots:
        return reduce_order(b, slot, node.lots - lots) if lots < node.lots else Code.OK
    row = row_for(b, side, place_at(b, side, tick))
    if row < 0:
        return Code.NO_LEVEL_ROOM
    if levels_of(b)[row].lots - (node.lots if same else 0) > MOST_LOTS - lots:
        return Code.BAD_SIZE
    taken = min(int64(node.taken), lots)
    leave(b, slot)
    join(b, slot, order_id, side, tick, lots, 0, 0)
    # An order that moves is the same order: what own orders took of it stays taken.
    node.taken = taken
    levels_of(b)[row].taken += taken
    return Code.OK


@kernel(inline=False)
def _clear(b: BookRow, side: int) -> int:
    if side < -1 or side > 1:
        return Code.BAD_SIDE
    if side != ASK:
        _clear_one(b, BID)
    if side != BID:
        _clear_one(b, ASK)
    return Code.OK


@kernel
def _clear_one(b: BookRow, side: int) -> None:
    if b.slots == 0:
        clear_side(b, side, NOWHERE)
        return
    for slot in range(b.next_slot):
        node = nodes_of(b)[node_row(b, slot)]
        if node.lots > 0 and node.side == side:
            leave(b, slot)
            if b.entries > 0:
                give_slot(b, node.id, slot)
