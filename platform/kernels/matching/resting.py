"""Orders that rest in the book or wait among the stops: how they come, shrink, refill and go."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.digest import node_digest
from lockstep.kernels.book.ids import give_slot, take_slot
from lockstep.kernels.book.ladder import tick_at
from lockstep.kernels.book.queue import join, leave, node_row, shrink
from lockstep.kernels.book.tables import BookRow, int64, nodes_of
from lockstep.kernels.matching.expiry import drop, push
from lockstep.kernels.matching.tables import Market, Taker, Venue, book_of, stop_terms_of, stops_of, terms_of
from lockstep.kernels.order_terms import NEVER, OrderFlag, portions


@kernel
def node_of(b: BookRow, slot: int) -> Any:
    """Return the NODE of a slot."""
    return nodes_of(b)[node_row(b, slot)]


@kernel(inline=False)
def rest(v: Venue, m: Market, t: Taker) -> None:
    """Put what is left of the incoming order into the book; an iceberg shows its display."""
    b = book_of(m)
    shown = min(t.lots, t.display) if t.display > 0 else t.lots
    slot = take_slot(b, t.id)
    join(b, slot, t.id, t.side, t.tick, shown, t.lots - shown, t.owner)
    if t.lots > shown:
        m.portions += portions(t.lots - shown, t.display)
    if t.flags & OrderFlag.REDUCE_ONLY:
        m.reducing += 1
    _keep_terms(terms_of(m)[np.uint64(slot)], t)
    if t.expiry_ns != NEVER:
        push(v, m, slot, 0)


@kernel(inline=False)
def wait(v: Venue, m: Market, t: Taker) -> None:
    """Put a stop among those that wait, at its trigger."""
    b = stops_of(m)
    slot = take_slot(b, t.id)
    join(b, slot, t.id, 1 - t.side, t.trigger, t.lots, 0, t.owner)
    m.waiting_lots += t.lots
    if t.display > 0:
        m.waiting_portions += portions(t.lots, t.display)
    _keep_terms(stop_terms_of(m)[np.uint64(slot)], t)
    if t.expiry_ns != NEVER:
        push(v, m, slot, 1)


@kernel
def _keep_terms(terms: Any, t: Taker) -> None:
    terms.tick, terms.trigger, terms.display, terms.expiry_ns = t.tick, t.trigger, t.display, t.expiry_ns
    terms.type, terms.force, terms.flags, terms.prevention = t.type, t.force, t.flags, t.prevention
    terms.entered, terms.filled, terms.heap = t.entered, t.filled, 0


@kernel(inline=False)
def recall(m: Market, slot: int, waiting: int, t: Taker) -> None:
    """Load a resting order or waiting stop into the record of the order that is coming in."""
    node = node_of(stops_of(m) if waiting else book_of(m), slot)
    terms = (stop_terms_of(m) if waiting else terms_of(m))[np.uint64(slot)]
    t.id, t.owner, t.lots = node.id, node.owner, node.lots + node.hidden
    t.side = 1 - node.side if waiting else node.side
    t.tick, t.trigger, t.display, t.expiry_ns = terms.tick, terms.trigger, terms.display, terms.expiry_ns
    t.type, t.force, t.flags, t.prevention = terms.type, terms.force, terms.flags, terms.prevention
    t.entered, t.filled = terms.entered, terms.filled


@kernel
def remove(v: Venue, m: Market, slot: int) -> None:
    """Take an order out of the book, and forget its id."""
    b = book_of(m)
    node = node_of(b, slot)
    if v.expiries > 0 or m.reducing > 0 or node.hidden > 0:
        _forget_terms(v, m, slot)
    leave(b, slot)
    give_slot(b, node.id, slot)


@kernel(inline=False)
def _forget_terms(v: Venue, m: Market, slot: int) -> None:
    terms = terms_of(m)[np.uint64(slot)]
    if terms.heap > 0:
        drop(v, terms.heap - 1)
    if terms.flags & OrderFlag.REDUCE_ONLY:
        m.reducing -= 1
    hidden = node_of(book_of(m), slot).hidden
    if hidden > 0:
        m.portions -= portions(hidden, terms.display)


@kernel(inline=False)
def remove_stop(v: Venue, m: Market, slot: int) -> None:
    """Take a stop out of those that wait, and forget its id."""
    b = stops_of(m)
    node = node_of(b, slot)
    terms = stop_terms_of(m)[np.uint64(slot)]
    m.waiting_lots -= node.lots
    if terms.display > 0:
        m.waiting_portions -= portions(node.lots, terms.display)
    if terms.heap > 0:
        drop(v, terms.heap - 1)
    leave(b, slot)
    give_slot(b, node.id, slot)


@kernel
def use(v: Venue, m: Market, slot: int, lots: int) -> None:
    """Take traded lots, as many as it shows at most, off a resting order."""
    b = book_of(m)
    node = node_of(b, slot)
    terms_of(m)[np.uint64(slot)].filled += lots
    if lots < node.lots:
        shrink(b, slot, lots)
    elif node.hidden == 0:
        remove(v, m, slot)
    else:
        _refill(m, slot)


@kernel(inline=False)
def _refill(m: Market, slot: int) -> None:
    """Show an iceberg's next lots, at the end of the queue."""
    b = book_of(m)
    node = node_of(b, slot)
    hidden, owner, side = node.hidden, int64(node.owner), int64(node.side)
    tick = tick_at(b, side, node.place)
    shown = min(hidden, terms_of(m)[np.uint64(slot)].display)
    leave(b, slot)
    join(b, slot, node.id, side, tick, shown, hidden - shown, owner)
    m.portions -= 1


@kernel(inline=False)
def take_off(m: Market, b: BookRow, slot: int, lots: int) -> None:
    """Take lots, not all of them, off an order that keeps its place: hidden ones first."""
    node = node_of(b, slot)
    from_hidden = min(node.hidden, lots)
    if from_hidden > 0:
        b.digest -= node_digest(b, node)
        node.hidden -= from_hidden
        b.digest += node_digest(b, node)
        display = terms_of(m)[np.uint64(slot)].display
        m.portions -= portions(node.hidden + from_hidden, display) - portions(node.hidden, display)
    if lots > from_hidden:
        shrink(b, slot, lots - from_hidden)


@kernel(inline=False)
def shorten_stop(m: Market, slot: int, lots: int) -> None:
    """Take lots, not all of them, off a waiting stop, which keeps its place."""
    m.waiting_lots -= lots
    display = stop_terms_of(m)[np.uint64(slot)].display
    if display > 0:
        left = node_of(stops_of(m), slot).lots
        m.waiting_portions -= portions(left, display) - portions(left - lots, display)
    shrink(stops_of(m), slot, lots)
