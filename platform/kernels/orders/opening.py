"""What the opening of a bar does to a symbol and its orders before anything fills: arrivals, cancels, expiries."""

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.changes import apply_change, change_fault, refuse_change
from lockstep.kernels.orders.ending import end_order, would_take
from lockstep.kernels.orders.marks import mark
from lockstep.kernels.orders.prices import VOLUME
from lockstep.kernels.orders.reach import calls_at_open, slack_of
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.tally import tally_price
from lockstep.kernels.orders.terms import Ended, Life, Refusal, TimeInForce
from lockstep.kernels.orders.triggers import follow
from lockstep.kernels.orders.worklist import following
from lockstep.kernels.orders.world import (
    World,
    broker_of,
    contracts_of,
    ohlcv_of,
    opening_ns_of,
    opening_of,
    policy_of,
    present_of,
    sessions_of,
    stands_of,
    working_of,
)
from lockstep.kernels.records import OrderStatus

EVER = np.iinfo(np.int64).max


@kernel
def room_of(w: World, s: int, t: int) -> float:
    """Return the units of a bar that orders may take, of the bar that opens in row ``t``."""
    participation = policy_of(w).participation
    if participation == np.inf:
        return np.inf
    # A bar that closes in a later row tells its volume then: what bars usually trade stands in for it.
    volume = ohlcv_of(w)[s, VOLUME, t] if present_of(w)[s, t] else stands_of(w)[s].activity.volume
    return participation * (volume if volume > 0.0 else 0.0)


@kernel(inline=False)
def open_bar(w: World, s: int, t: int) -> None:
    """Begin the bar of a symbol that opens in row ``t``."""
    stand = stands_of(w)[s]
    stand.bar += 1
    stand.opened_ns = opening_ns_of(w)[s, t]
    if sessions_of(w)[t] != stand.session:
        stand.session = sessions_of(w)[t]
        stand.session_bar = stand.bar
    stand.room = room_of(w, s, t)
    mark(broker_of(w), stand, contracts_of(w)[s], opening_of(w)[s, t])
    if policy_of(w).guarded:
        tally_price(w, s, stand.opened_ns)
    before, at = NO_SLOT, stand.first
    price, slack = stand.price, slack_of(w, s)
    stand.called = 0
    while at != NO_SLOT:
        if _arrives(w, s, at):
            if calls_at_open(w, s, working_of(w)[at], price, slack, t):
                stand.called = 1
            before, at = at, working_of(w)[at].next
        else:
            at = following(stand, working_of(w), before)


@kernel(inline=False)
def _changes(w: World, s: int, slot: int) -> bool:
    """Let a replacement arrive; return whether its order is still on the table."""
    stand, order = stands_of(w)[s], working_of(w)[slot]
    fault = change_fault(order, stand.price)
    if fault == Refusal.NONE:
        return apply_change(w, slot, stand.opened_ns)
    refuse_change(w, slot, fault, stand.opened_ns)
    return True


@kernel(inline=False)
def _arrives(w: World, s: int, slot: int) -> bool:
    """Move an order to the market as far as its latency allows; return whether it is still on the table."""
    stand, order = stands_of(w)[s], working_of(w)[slot]
    if order.tif == TimeInForce.GTD and stand.opened_ns >= order.expire_ns:
        end_order(w, slot, OrderStatus.EXPIRED, Refusal.NONE, Ended.BY_TIME)
        return False
    if order.tif == TimeInForce.DAY and order.life == Life.LIVE and order.live_session < stand.session:
        end_order(w, slot, OrderStatus.EXPIRED, Refusal.NONE, Ended.BY_TIME)
        return False
    if order.cancel_in == 0:
        end_order(w, slot, OrderStatus.CANCELED, Refusal.NONE, order.cancel_for)
        return False
    if order.cancel_in > 0:
        order.cancel_in -= 1
    if order.change_in == 0 and not _changes(w, s, slot):
        return False
    if order.change_in > 0:
        order.change_in -= 1
    if order.life == Life.ARRIVING:
        if order.latency == 0:
            order.life = Life.LIVE
            order.live_session = stand.session
            order.live_bar = stand.bar
            if (policy_of(w).latency > 0 or order.parent >= 0) and would_take(order, stand.price):
                end_order(w, slot, OrderStatus.REFUSED, Refusal.WOULD_TAKE, Ended.NOT)
                return False
        else:
            order.latency -= 1
    if order.life == Life.LIVE:
        follow(order, stands_of(w)[s].price)
    return True


@kernel(inline=False)
def end_immediate(w: World, s: int) -> None:
    """After an open: what was to be filled at once or at the opening, and was not, is cancelled."""
    stand = stands_of(w)[s]
    before, at = NO_SLOT, stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        at_once = order.tif == TimeInForce.IOC or order.tif == TimeInForce.FOK
        opening = order.tif == TimeInForce.OPG and stand.session_bar == stand.bar
        if order.life == Life.LIVE and (at_once or opening):
            end_order(w, at, OrderStatus.CANCELED, Refusal.NONE, Ended.AT_ONCE_ONLY)
            at = following(stand, working_of(w), before)
            continue
        before, at = at, order.next
