"""The way a price is taken to have gone inside a bar: open, one extreme, the other, close."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import Life
from lockstep.kernels.orders.world import Path


@kernel
def leaning(stand: Any, working: Any) -> float:
    """Return the side that a bar can hurt: that of the position, else that of the oldest order that may open one."""
    if stand.quantity != 0.0:
        return stand.quantity
    at = stand.first
    while at != NO_SLOT:
        order = working[at]
        if order.life == Life.LIVE and not math.isnan(order.quantity):
            return -order.quantity
        at = order.next
    return 0.0


@kernel
def low_first(policy: int, lean: float, opened: float, high: float, low: float) -> bool:
    """Does the low come before the high?

    Pessimistic: a long position meets its low first, where its stop lies, a short one its high. Without a position the
    bar can hurt most after an entry: a buy is filled as late as it can be before the low, so the high comes first,
    and the low for a sale (``leaning`` turns the side of an entry around for that).
    """
    if policy == Path.HIGH_FIRST:
        return False
    if policy == Path.LOW_FIRST:
        return True
    if policy == Path.NEAREST_FIRST:
        return opened - low < high - opened
    first = lean >= 0.0
    return first if policy == Path.PESSIMISTIC else not first
