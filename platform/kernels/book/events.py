"""The events of a tick history, and what each does to a book."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.ids import find_slot, give_slot, has_slot, take_slot
from lockstep.kernels.book.kinds import EventFlag as EventFlag
from lockstep.kernels.book.kinds import EventKind as EventKind
from lockstep.kernels.book.kinds import Phase as Phase
from lockstep.kernels.book.ladder import place_at, row_for, tick_at
from lockstep.kernels.book.levels import clear_side, set_level, set_quote
from lockstep.kernels.book.orders import add_order, delete_order, reduce_order, unfit
from lockstep.kernels.book.queue import join, leave, node_row
from lockstep.kernels.book.tables import ASK, BID, MOST_LOTS, NOWHERE, BookRow, int64, levels_of, nodes_of


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
