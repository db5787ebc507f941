"""An incoming order trades: with the best price first, at one price with the one that came first, at their prices."""

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, place_at, row_at, tick_at
from lockstep.kernels.book.tables import NOWHERE, BookRow, int64, nodes_of
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.ending import end_resting
from lockstep.kernels.matching.prevention import meets_itself, prevent
from lockstep.kernels.matching.report import reducible, report_fill
from lockstep.kernels.matching.resting import node_of, use
from lockstep.kernels.matching.tables import Market, Taker, Venue, book_of, terms_of
from lockstep.kernels.order_terms import OrderFlag, OrderType, Reason


@kernel
def worst_place(b: BookRow, t: Taker) -> int:
    """Return the worst place of the other side that the order trades with."""
    return NOWHERE + 1 if t.type == OrderType.MARKET else place_at(b, 1 - t.side, t.tick)


@kernel
def head_slot(b: BookRow, side: int, place: int) -> int:
    """Return the slot of the first order in the queue of a level."""
    return int64(nodes_of(b)[np.uint64(row_at(b, side, place))].next) - 2 * (b.window + b.far_room)


@kernel(inline=False)
def match(v: Venue, m: Market, t: Taker) -> None:
    """Trade until nothing is left of the order, or nobody is left at its price."""
    b = book_of(m)
    other = 1 - t.side
    worst = worst_place(b, t)
    while t.lots > 0:
        place = best_place(b, other)
        if place < worst:
            return
        slot = head_slot(b, other, place)
        node = node_of(b, slot)
        if meets_itself(t, node):
            prevent(v, m, t, slot)
            continue
        lots = allowed(v, m, slot, min(t.lots, node.lots))
        if lots == 0:
            end_resting(v, m, slot, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE, 0)
        else:
            _trade(v, m, t, slot, tick_at(b, other, place), lots)


@kernel
def allowed(v: Venue, m: Market, slot: int, lots: int) -> int:
    """Return how many of ``lots`` a resting order may trade: all but for a reduce-only one."""
    if m.reducing == 0 or terms_of(m)[np.uint64(slot)].flags & OrderFlag.REDUCE_ONLY == 0:
        return lots
    node = node_of(book_of(m), slot)
    return min(lots, reducible(v, m, int64(node.owner), int64(node.side)))


@kernel
def _trade(v: Venue, m: Market, t: Taker, slot: int, tick: int, lots: int) -> None:
    node = node_of(book_of(m), slot)
    t.lots -= lots
    t.filled += lots
    report_fill(v, m, t.id, t.owner, t.side, tick, lots, t.lots, node.id, 0)
    fill_resting(v, m, slot, tick, lots, t.id, 1)
    traded(m, tick)


@kernel
def fill_resting(v: Venue, m: Market, slot: int, tick: int, lots: int, other: int, maker: int) -> None:
    """Let a resting order trade."""
    node = node_of(book_of(m), slot)
    left = node.lots + node.hidden - lots
    report_fill(v, m, node.id, int64(node.owner), int64(node.side), tick, lots, left, other, maker)
    use(v, m, slot, lots)


@kernel
def traded(m: Market, tick: int) -> None:
    """Remember the price of a trade."""
    m.low = min(m.low, tick)
    m.high = max(m.high, tick)
    m.last = m.reference = tick


@kernel
def would_trade(m: Market, t: Taker) -> bool:
    """Return whether the order meets anybody at its price."""
    b = book_of(m)
    return bool(best_place(b, 1 - t.side) >= worst_place(b, t))
