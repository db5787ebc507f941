"""Events one at a time: each is written behind those of the block under way, and all that it leads to is done.

The columns of that block belong to the frame, so that a single event costs one call and no new array.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow
from lockstep.kernels.order_terms import NEVER
from lockstep.kernels.ticks.advance import advance
from lockstep.kernels.ticks.tables import Run, column_of


@kernel(cache=True)
def take_event(run: Any, inbound: Any) -> tuple[int, int]:
    """Let the event of INBOUND[1] happen, and all up to its moment; return (Stop of ``advance``, records there are).

    Stop.EVENTS says that all is done. After another the caller serves it and calls ``go_on``. The records are intents,
    what was declined, fills, orders and flows together: where their number has not changed, nothing was written.
    """
    r, event = borrow(run)[0], borrow(inbound)[0]
    _write(r, event)
    return _until(run, r, event.received_ns)


@kernel(cache=True)
def take_time(run: Any, time_ns: int) -> tuple[int, int]:
    """Let all up to a moment happen, at which nothing came in; return as ``take_event`` does."""
    return _until(run, borrow(run)[0], time_ns)


def go_on(run: Any) -> tuple[int, int]:
    """Go on after a Stop that was served; return as ``take_event`` does.

    No kernel of its own: ``advance`` once more would be compiled when a table is full for the first time, which is in
    the middle of trading, and nothing else is done until that has ended.
    """
    return take_time(run, int(run["known_ns"][0]))


@kernel(cache=True)
def counts(run: Any) -> tuple[int, int, int, int, int]:
    """Return how many intents, declines, fills, orders and flows there are."""
    r = borrow(run)[0]
    return (
        int64(r.intent_count), int64(r.decline_count), int64(r.fill_count), int64(r.order_count), int64(r.flow_count),
    )  # fmt: skip


@kernel
def _until(run: Any, r: Run, time_ns: int) -> tuple[int, int]:
    r.known_ns = time_ns
    stop, _ = advance(run, NEVER)
    return int64(stop), _records(r)  # a number: handing a member of Stop to Python takes 1.1 us


@kernel
def _records(r: Run) -> int:
    return int64(r.intent_count + r.decline_count + r.fill_count + r.order_count + r.flow_count)


@kernel
def _write(r: Run, event: Any) -> None:
    if r.next == r.count:
        if r.count > 0:
            r.passed_ns = column_of(r.time_ns_column, r.count, np.int64)[r.count - 1]
        r.next = r.count = 0
    room = r.count + 1
    column_of(r.time_ns_column, room, np.int64)[r.count] = event.received_ns
    column_of(r.received_ns_column, room, np.int64)[r.count] = event.received_ns
    column_of(r.kind_column, room, np.uint8)[r.count] = event.kind
    column_of(r.side_column, room, np.int8)[r.count] = event.side
    column_of(r.flags_column, room, np.uint8)[r.count] = event.flags
    column_of(r.tick_column, room, np.int64)[r.count] = event.tick
    column_of(r.lots_column, room, np.int64)[r.count] = event.lots
    column_of(r.id_column, room, np.int64)[r.count] = event.id
    column_of(r.slot_column, room, np.int32)[r.count] = event.slot
    r.count += 1
    r.last_ns = event.received_ns
    r.heard_by_ns = event.received_ns
