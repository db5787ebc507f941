"""Which orders live: a slot for each new one, and any of them found by number, for cancels that pick one by chance."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import BID, int64
from lockstep.kernels.flow.tables import Flow, flow_book, free_of, live_of, position_of


@kernel
def live_count(f: Flow, side: int) -> int:
    """Return how many orders rest on a side."""
    return int64(f.live_bids) if side == BID else int64(f.live_asks)


@kernel
def remember(f: Flow, side: int) -> int:
    """Return a slot for a new order of a side. There must be one."""
    slots = flow_book(f).slots
    f.free_count -= 1
    slot = free_of(f, slots)[f.free_count]
    count = live_count(f, side)
    live_of(f, slots)[side, count] = slot
    position_of(f, slots)[slot] = count
    _count(f, side, 1)
    return int64(slot)


@kernel
def forget(f: Flow, side: int, slot: int) -> None:
    """Give a slot back; the last live one of the side takes its number."""
    slots = flow_book(f).slots
    live, position = live_of(f, slots), position_of(f, slots)
    _count(f, side, -1)
    moved, hole = live[side, live_count(f, side)], position[slot]
    live[side, hole] = moved
    position[moved] = hole
    free_of(f, slots)[f.free_count] = slot
    f.free_count += 1


@kernel
def _count(f: Flow, side: int, change: int) -> None:
    if side == BID:
        f.live_bids += change
    else:
        f.live_asks += change
