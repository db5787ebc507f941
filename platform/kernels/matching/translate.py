"""A history becomes commands: its orders enter an exchange again, beside others, and really meet them.

An execution of history is sent as an immediate-or-cancel order of the other side at the price and size that traded:
whom it meets now is for the exchange to decide. What history says is gone is canceled, so that no order stays behind
because others took its place in a trade. Hidden trades and what belongs to L1 and L2 are left out.

The executions of an auction are the exchange's own: it uncrosses what gathered, others included, when the phase
changes, or at the first execution that history tells while it is an auction still. What history's orders alone would
have traded then is known from its book, and so much of each order's executions is not sent again.

The way of re-simulation: S. Frey et al., "JAX-LOB" (2023), which does the same with LOBSTER messages.
"""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, Phase, apply_event
from lockstep.kernels.book.levels import crossed
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import BookRow, int64, nodes_of
from lockstep.kernels.borrow import borrow
from lockstep.kernels.matching.codes import CommandKind
from lockstep.kernels.matching.foretold import foretell
from lockstep.kernels.order_terms import Force, OrderType

AGGRESSOR_IDS = 1 << 61
"""Executions get ids from here up: history's own are below."""
MOST_PER_EVENT = 4
"""Commands that one event may become."""


@kernel(cache=True)
def translate(
    book: Any, executed: Any, uncrossed: Any, block: Any, start: int, stop: int, sent: int, out: Any
) -> tuple[int, int, int, int]:  # fmt: skip
    """Turn events ``start`` to ``stop`` of a TickBlock into COMMAND records for instrument 0.

    ``book`` is BOOK[1] of the history itself, replayed alongside, and ``executed`` int64[slots] what has traded of its
    orders: modified in place. ``sent`` executions came before. Returns (event at
    which it stopped, Code, commands written, executions so far). Stops early where the book must grow, or ``out``
    has no room for an event's commands. Events that can't be are left out.
    """
    b, commands, done, auctioned = borrow(book)[0], borrow(out), borrow(executed), borrow(uncrossed)
    times, kinds, sides = borrow(block.time_ns), borrow(block.kind), borrow(block.side)
    ticks, lots, ids, slots = borrow(block.tick), borrow(block.lots), borrow(block.id), borrow(block.slot)
    count = 0
    for e in range(start, stop):
        if count + MOST_PER_EVENT > commands.size:
            return e, Code.OK, count, sent
        kind, slot = int64(kinds[e]), int64(slots[e])
        count_before = count
        if kind == EventKind.EXECUTE and slot >= 0 and _uncrosses(b, slot, auctioned):
            foretell(b, auctioned)
            for phase in (Phase.CLOSED, Phase.AUCTION):  # closing after an auction uncrosses it
                _say(commands[count], CommandKind.PHASE, times[e], 0, int64(phase))
                count += 1
        phase_before = b.phase
        code = apply_event(b, kind, int64(sides[e]), ticks[e], lots[e], ids[e], slot)
        if code == Code.NO_ORDER_ROOM or code == Code.NO_LEVEL_ROOM:
            return e, code, count_before, sent
        if code != Code.OK or not _says_something(kind):
            count = count_before
            continue
        if kind == EventKind.PHASE:
            if _begins_by_uncrossing(phase_before, b.phase):
                foretell(b, auctioned)
            _say(commands[count], CommandKind.PHASE, times[e], 0, lots[e])
            count += 1
            continue
        if kind == EventKind.EXECUTE:
            known = min(int64(auctioned[slot]), int64(lots[e]))
            auctioned[slot] -= known
            done[slot] += lots[e]
            if lots[e] > known:
                sent += 1
                c = commands[count]
                count += 1
                _say(c, CommandKind.NEW, times[e], AGGRESSOR_IDS + sent, lots[e] - known)
                c.side, c.tick, c.force = 1 - sides[e], ticks[e], int64(Force.IOC)
        else:
            c = commands[count]
            count += 1
            _say(c, CommandKind.NEW, times[e], ids[e], lots[e])
            c.side, c.tick = sides[e], ticks[e]
            if kind == EventKind.ADD:
                done[slot] = auctioned[slot] = 0
            elif kind == EventKind.REDUCE:
                c.kind = int64(CommandKind.REDUCE)
            elif kind == EventKind.DELETE:
                c.kind = int64(CommandKind.CANCEL)
            elif kind == EventKind.MODIFY:
                c.kind = int64(CommandKind.REPLACE)
                c.lots = lots[e] + done[slot]  # a replacement counts what has traded
        gone = kind == EventKind.EXECUTE or kind == EventKind.REDUCE
        if gone and nodes_of(b)[node_row(b, slot)].lots == 0:
            _say(commands[count], CommandKind.CANCEL, times[e], ids[e], 0)
            count += 1
    return stop, Code.OK, count, sent


@kernel
def _says_something(kind: int) -> bool:
    return bool((kind >= EventKind.ADD and kind <= EventKind.MODIFY) or kind == EventKind.PHASE)


@kernel
def _uncrosses(b: BookRow, slot: int, uncrossed: Any) -> bool:
    """Return whether an execution tells that an auction uncrosses, of which nothing was known yet."""
    return bool(b.phase == Phase.AUCTION and slot < uncrossed.size and uncrossed[slot] == 0 and crossed(b))


@kernel
def _begins_by_uncrossing(before: int, phase: int) -> bool:
    if phase == Phase.CONTINUOUS:
        return bool(before != Phase.CONTINUOUS)
    return bool(phase == Phase.CLOSED and before == Phase.AUCTION)


@kernel
def _say(c: Any, kind: int, time_ns: int, order_id: int, lots: int) -> None:
    c.type, c.force = int64(OrderType.LIMIT), int64(Force.GTC)
    c.instrument = c.owner = c.side = c.flags = c.tick = c.trigger = c.display = c.expiry_ns = c.prevention = 0
    c.kind, c.time_ns, c.id, c.lots = int64(kind), time_ns, order_id, lots
