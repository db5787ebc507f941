"""Which orders a bar may meet at all: nine bars of ten meet none, and need no walk along the price."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import FillAt
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import Life, OrderType, TimeInForce
from lockstep.kernels.orders.triggers import follow, meets, trailing_from, waits_below, watched
from lockstep.kernels.orders.world import World, contracts_of, policy_of, stands_of, times_of, working_of

OPEN, INSIDE = 0, 1
"""Moments: at a bar's open, and between it and the close."""
EXACTLY = 1.0 - 1e-6
"""Prices a tick apart are that only nearly, as binary numbers."""


@kernel
def may_trade(w: World, s: int, order: Any, moment: int, t: int) -> bool:
    """May an order trade at a moment of row ``t``, should the price meet it?"""
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
    if policy_of(w).fill_at == FillAt.SAME_CLOSE and order.type == OrderType.MARKET and order.filled == 0.0:
        return order.parent >= 0 or order.tif == TimeInForce.OPG  # the others wait for the close
    return True


@kernel
def slack_of(w: World, s: int) -> float:
    """Return how far, in currency, a price must pass a limit that rests."""
    return policy_of(w).penetration * contracts_of(w)[s].tick * EXACTLY


@kernel
def calls_at_open(w: World, s: int, order: Any, price: float, slack: float, t: int) -> bool:
    """Has an order something to do at its symbol's open: may it be met, or does it end there?"""
    if order.tif == TimeInForce.IOC or order.tif == TimeInForce.FOK or order.tif == TimeInForce.OPG:
        return True
    if not may_trade(w, s, order, OPEN, t):
        return False
    met = meets(order, price, price, slack if order.rests else 0.0, stands_of(w)[s].activity.average_range)
    return not math.isnan(met)


@kernel
def _in_reach(order: Any, high: float, low: float, slack: float, atr: float) -> bool:
    """May a price between two extremes meet an order? Never False where it does."""
    level = watched(order, slack, atr)
    if order.type == OrderType.TRAILING_STOP and not order.triggered:
        # It may follow to the bar's best price before it is met.
        best = max(order.extreme, high) if order.quantity < 0.0 else min(order.extreme, low)
        level = trailing_from(order, best, atr)
        if math.isnan(level):
            return math.isnan(order.extreme)
    if math.isnan(level):
        return order.type == OrderType.MARKET or (order.triggered != 0 and order.type != OrderType.STOP_LIMIT)
    return low <= level if waits_below(order) else high >= level


@kernel(inline=False)
def passes_by(w: World, s: int, high: float, low: float, t: int) -> bool:
    """Does the bar that closes in row ``t`` meet none of a symbol's orders? Then trailing stops have followed it."""
    stand, slack = stands_of(w)[s], slack_of(w, s)
    trails = False
    at = stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        trails = trails or order.type == OrderType.TRAILING_STOP
        if may_trade(w, s, order, INSIDE, t):
            beyond = slack if order.rests else 0.0
            if _in_reach(order, high, low, beyond, stand.activity.average_range):
                return False
        at = order.next
    at = stand.first if trails else NO_SLOT
    while at != NO_SLOT:
        order = working_of(w)[at]
        if order.life == Life.LIVE:
            follow(order, high)
            follow(order, low)
        at = order.next
    return True
