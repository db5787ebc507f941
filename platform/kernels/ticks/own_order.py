"""An own order as the strategy knows it: what it asked for, and what reports have told of it. No more."""

from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.ticks.tables import OrderState


class OwnOrder(NamedTuple):
    """A row of own orders, all int64; in a row that is free ``state`` is FREE and the rest says nothing."""

    id: int
    """From 1 up, in the order of sending."""
    side: int
    type: int
    """OrderType"""
    state: int
    """OrderState: SENT until the exchange's answer is heard, and again when a stop is triggered."""
    tick: int
    """Limit price."""
    remaining: int
    """Lots not filled yet."""
    filled: int
    asked: int
    """Requests to cancel or replace whose answer is awaited."""
    refused: int
    """Reason for which the latest such request was refused, NONE where it was not."""
    sent_ns: int


@kernel
def known(o: Any) -> OwnOrder:
    """Return what the strategy knows of an OWN record."""
    return OwnOrder(
        int64(o.id), int64(o.side), int64(o.type), int64(o.local_state), int64(o.local_tick), int64(o.local_remaining),
        int64(o.local_filled), int64(o.asked), int64(o.local_why), int64(o.sent_ns),
    )  # fmt: skip


@kernel
def is_open(order: OwnOrder) -> bool:
    """Return whether an order is on its way, rests or waits for its trigger, as far as the strategy knows."""
    state = order.state
    return bool(state == OrderState.SENT or state == OrderState.RESTING or state == OrderState.WAITING)


@kernel
def is_resting(order: OwnOrder) -> bool:
    """Return whether an order waits in the book, as far as the strategy knows."""
    return bool(order.state == OrderState.RESTING)
