"""Orders met by a price on its way along a segment: the first one first."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import FillAt
from lockstep.kernels.orders.fills import fill_order
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import Life, OrderType, TimeInForce
from lockstep.kernels.orders.triggers import follow, meets, watched
from lockstep.kernels.orders.world import World, broker_of, contracts_of, policy_of, stands_of, times_of, working_of
from lockstep.kernels.reasons import Reason
from lockstep.kernels.sizing import Instruction

OPEN, INSIDE = 0, 1
"""Moments: at a bar's open, and between it and the close."""


@kernel(inline=False)
def side_of(w: World, s: int, order: Any) -> float:
    """Return the side an order trades on, above zero for buys; 0 for a target that is reached."""
    if not math.isnan(order.quantity):
        return order.quantity
    if order.kind == Instruction.TARGET_WEIGHT:
        return order.value * broker_of(w).equity - stands_of(w)[s].quantity * stands_of(w)[s].mark
    if order.kind == Instruction.TARGET_UNITS:
        return order.value - stands_of(w)[s].quantity
    if order.kind == Instruction.TARGET_VALUE:
        return order.value - stands_of(w)[s].quantity * stands_of(w)[s].mark
    return order.value


@kernel(inline=False)
def _may_trade(w: World, s: int, order: Any, moment: int, t: int) -> bool:
    stand = stands_of(w)[s]
    if order.life != Life.LIVE or order.blocked == stand.bar or order.tif == TimeInForce.CLS:
        return False
    opens_session = stand.session_bar == stand.bar
    if order.tif == TimeInForce.OPG and not (moment == OPEN and opens_session):
        return False
    if moment == INSIDE:
        if order.tif == TimeInForce.IOC or order.tif == TimeInForce.FOK:
            return False
        if order.tif == TimeInForce.GTD and times_of(w)[t] > order.expire_ns:
            return False  # whether the level came before the moment can't be told
    elif policy_of(w).fill_at == FillAt.SAME_CLOSE and order.type == OrderType.MARKET and order.filled == 0.0:
        return order.parent >= 0 or order.tif == TimeInForce.OPG
    return True


@kernel
def _reason(order: Any, moment: int, at_start: bool) -> int:
    """Return the reason code of a fill that is about to happen."""
    kind = order.type
    if order.tif == TimeInForce.OPG:
        return Reason.ON_OPEN
    if moment == INSIDE and at_start:
        return Reason.INSIDE_BAR
    at_open = moment == OPEN
    if kind == OrderType.MARKET or (order.triggered and order.filled != 0.0 and kind != OrderType.STOP_LIMIT):
        return Reason.CARRIED_OVER if order.filled != 0.0 else Reason.NEXT_OPEN
    if kind == OrderType.STOP:
        return Reason.STOP_AT_OPEN if at_open else Reason.STOP
    if kind == OrderType.TRAILING_STOP:
        return Reason.TRAILING_STOP_AT_OPEN if at_open else Reason.TRAILING_STOP
    if kind == OrderType.MARKET_IF_TOUCHED:
        return Reason.TOUCHED_AT_OPEN if at_open else Reason.TOUCHED
    return Reason.LIMIT_AT_OPEN if at_open else Reason.LIMIT


@kernel
def _level(order: Any, start: float, met: float) -> float:
    """Return the level of a fill: a limit that had to be passed fills at the limit, or at a better start."""
    if order.type == OrderType.LIMIT or order.type == OrderType.STOP_LIMIT:
        buys = order.quantity > 0.0
        return min(order.limit, start) if buys else max(order.limit, start)
    return met


@kernel
def _trigger(order: Any, price: float) -> bool:
    """Note that the price has reached an order; return whether it now waits for its limit instead of trading."""
    if order.type == OrderType.STOP_LIMIT and not order.triggered:
        order.triggered = 1
        order.rests = 1 if (order.limit < price) == (order.quantity > 0.0) else 0
        return True
    if order.type != OrderType.MARKET and order.type != OrderType.LIMIT:
        order.triggered = 1
    return False


@kernel(inline=False)
def walk_segment(
    w: World, s: int, t: int, start: float, end: float, moment: int, side: float, time_ns: int
) -> None:  # fmt: skip
    """Fill a symbol's live orders as the price goes from ``start`` to ``end``; ``side`` 0 for both sides.

    Inside a bar all that could be met at its open was met there: what is met at a segment's start was born on the way.
    """
    stand, tick = stands_of(w)[s], contracts_of(w)[s].tick
    here = start
    while True:
        found, nearest = NO_SLOT, math.nan
        at = stand.first
        while at != NO_SLOT:
            order = working_of(w)[at]
            if _may_trade(w, s, order, moment, t) and (side == 0.0 or side_of(w, s, order) * side > 0.0):
                slack = policy_of(w).penetration * tick if order.rests else 0.0
                met = meets(order, here, end, slack, stand.activity.average_range)
                if not math.isnan(met) and (found == NO_SLOT or abs(met - here) < abs(nearest - here)):
                    found, nearest = at, met
            at = order.next
        if found == NO_SLOT:
            return
        order = working_of(w)[found]
        at_start = nearest == here and moment == INSIDE
        # At its very level the price has come there by itself: nothing was born or jumped over.
        at_start = at_start and watched(order, 0.0, stand.activity.average_range) != nearest
        if not _trigger(order, nearest):
            reason = _reason(order, moment, at_start)
            fill_order(w, s, found, _level(order, here, nearest), reason, time_ns, t)
        here = nearest


@kernel(inline=False)
def follow_all(w: World, s: int, price: float) -> None:
    """Let a symbol's trailing stops see a price."""
    at = stands_of(w)[s].first
    while at != NO_SLOT:
        if working_of(w)[at].life == Life.LIVE:
            follow(working_of(w)[at], price)
        at = working_of(w)[at].next
