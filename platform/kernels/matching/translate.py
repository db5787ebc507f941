"""A history becomes commands: its orders enter an exchange again, beside others, and really meet them.

An execution of history is sent as an immediate-or-cancel order of the other side at the price and size that traded:
whom it meets now is for the exchange to decide. What history says is gone is canceled, so that no order stays behind
because others took its place in a trade. Hidden trades and what belongs to L1 and L2 are left out.

The way of re-simulation: S. Frey et al., "JAX-LOB" (2023), which does the same with LOBSTER messages.
"""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, apply_event
from lockstep.kernels.book.queue import node_row
from lockstep.kernels.book.tables import int64, nodes_of
from lockstep.kernels.borrow import borrow
from lockstep.kernels.matching.codes import CommandKind
from lockstep.kernels.order_terms import Force, OrderType

AGGRESSOR_IDS = 1 << 61
"""Executions get ids from here up: history's own are below."""
MOST_PER_EVENT = 2
"""Commands that one event may become."""


@kernel(cache=True)
def translate(
    book: Any, executed: Any, block: Any, start: int, stop: int, sent: int, out: Any
) -> tuple[int, int, int, int]:  # fmt: skip
    """Turn events ``start`` to ``stop`` of a TickBlock into COMMAND records for instrument 0.

    ``book`` is BOOK[1] of the history itself, replayed alongside, and ``executed`` int64[slots] what has traded of its
    orders: modified in place. ``sent`` executions came before. Returns (event at
    which it stopped, Code, commands written, executions so far). Stops early where the book must grow, or ``out``
    has no room for an event's commands. Events that can't be are left out.
    """
    b, commands, done = borrow(book)[0], borrow(out), borrow(executed)
    times, kinds, sides = borrow(block.time_ns), borrow(block.kind), borrow(block.side)
    ticks, lots, ids, slots = borrow(block.tick), borrow(block.lots), borrow(block.id), borrow(block.slot)
    count = 0
    for e in range(start, stop):
        if count + MOST_PER_EVENT > commands.size:
            return e, Code.OK, count, sent
        kind, slot = int64(kinds[e]), int64(slots[e])
        code = apply_event(b, kind, int64(sides[e]), ticks[e], lots[e], ids[e], slot)
        if code == Code.NO_ORDER_ROOM or code == Code.NO_LEVEL_ROOM:
            return e, code, count, sent
        if code != Code.OK or not _says_something(kind):
            continue
        c = commands[count]
        count += 1
        _clear(c)
        c.time_ns, c.id, c.side, c.tick, c.lots = times[e], ids[e], sides[e], ticks[e], lots[e]
        if kind == EventKind.ADD:
            done[slot] = 0
        elif kind == EventKind.EXECUTE:
            sent += 1
            done[slot] += lots[e]
            c.id, c.side, c.force = AGGRESSOR_IDS + sent, 1 - sides[e], int64(Force.IOC)
        elif kind == EventKind.REDUCE:
            c.kind = int64(CommandKind.REDUCE)
        elif kind == EventKind.DELETE:
            c.kind = int64(CommandKind.CANCEL)
        elif kind == EventKind.MODIFY:
            c.kind = int64(CommandKind.REPLACE)
            c.lots = lots[e] + done[slot]  # a replacement counts what has traded
        elif kind == EventKind.PHASE:
            c.kind = int64(CommandKind.PHASE)
        gone = kind == EventKind.EXECUTE or kind == EventKind.REDUCE
        if gone and nodes_of(b)[node_row(b, slot)].lots == 0:
            last = commands[count]
            count += 1
            _clear(last)
            last.time_ns, last.id, last.kind = times[e], ids[e], int64(CommandKind.CANCEL)
    return stop, Code.OK, count, sent


@kernel
def _says_something(kind: int) -> bool:
    return bool((kind >= EventKind.ADD and kind <= EventKind.MODIFY) or kind == EventKind.PHASE)


@kernel
def _clear(c: Any) -> None:
    c.kind, c.type, c.force = int64(CommandKind.NEW), int64(OrderType.LIMIT), int64(Force.GTC)
    c.instrument = c.id = c.owner = c.side = c.flags = c.tick = c.trigger = c.lots = 0
    c.display = c.expiry_ns = c.time_ns = c.prevention = 0
