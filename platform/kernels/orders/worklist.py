"""The table of working orders: slots linked per symbol in order of arrival."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import Life


@kernel
def append(broker: Any, stand: Any, working: Any) -> int:
    """Take a free slot for the symbol's youngest order and return it; the driver sees to it that there is one."""
    slot = broker.free
    broker.free = working[slot].next
    broker.working += 1
    working[slot].next = NO_SLOT
    if stand.first == NO_SLOT:
        stand.first = slot
    else:
        working[stand.last].next = slot
    stand.last = slot
    return slot


@kernel
def remove(broker: Any, stand: Any, working: Any, slot: int) -> None:
    """Unlink a symbol's order and free its slot."""
    before, at = NO_SLOT, stand.first
    while at != slot:
        before, at = at, working[at].next
    after = working[slot].next
    if before == NO_SLOT:
        stand.first = after
    else:
        working[before].next = after
    if stand.last == slot:
        stand.last = before
    working[slot].life = Life.FREE
    working[slot].next = broker.free
    broker.free = slot
    broker.working -= 1


@kernel
def find(stand: Any, working: Any, tag: int) -> int:
    """Return the slot of the symbol's working order with a tag, or NO_SLOT."""
    at = stand.first
    while at != NO_SLOT and working[at].tag != tag:
        at = working[at].next
    return at


@kernel
def following(stand: Any, working: Any, before: int) -> int:
    """Return the slot after an older order's, the oldest for NO_SLOT: where to go on after a removal.

    Ending an order may take younger ones with it, its children; an older one stays where it is.
    """
    return stand.first if before == NO_SLOT else working[before].next
