"""Orders met by a price on its way along a segment: the first one first."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.amounts import asked
from lockstep.kernels.orders.ending import rests_at
from lockstep.kernels.orders.fills import fill_order
from lockstep.kernels.orders.reach import INSIDE, OPEN, may_trade, slack_of
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.tally import tally_trigger
from lockstep.kernels.orders.terms import Life, OrderType, TimeInForce
from lockstep.kernels.orders.triggers import follow, meets, watched
from lockstep.kernels.orders.world import World, policy_of, stands_of, working_of
from lockstep.kernels.reasons import Reason
from lockstep.kernels.sizing import Instruction


@kernel(inline=False)
def in_turn(w: World, s: int, order: Any, side: float) -> bool:
    """Is it an order's turn: of buys (``side`` 1), of sells and of what has nothing to trade (-1), or of all (0)?"""
    if side == 0.0:
        return True
    wanted = order.quantity
    if math.isnan(wanted):
        if order.kind == Instruction.PERCENT:
            # A share of the cash is none before the sells have brought some in.
            wanted = order.value
        else:
            wanted = asked(w, s, order, stands_of(w)[s].mark, stands_of(w)[s].mark)
    return (wanted > 0.0) == (side > 0.0)


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
        order.rests = rests_at(order, price)
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
    stand = stands_of(w)[s]
    penetration = slack_of(w, s)
    here = start
    while True:
        found, nearest = NO_SLOT, math.nan
        at = stand.first
        while at != NO_SLOT:
            order = working_of(w)[at]
            if may_trade(w, s, order, moment, t) and in_turn(w, s, order, side):
                slack = penetration if order.rests else 0.0
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
        if _trigger(order, nearest):
            if policy_of(w).guarded:
                tally_trigger(w, found)
        else:
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
