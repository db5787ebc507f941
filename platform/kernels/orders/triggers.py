"""When a price on its way from one level to another makes an order trade, and at which level.

Prices move along straight segments. A level that already lies behind the price where the segment begins is met at
once, at that price: so a gap fills at the open, and an order born inside a bar at the price of its birth.
"""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.terms import OrderType, Trail


@kernel
def trailing_from(order: Any, extreme: float, atr: float) -> float:
    """Return where a trailing stop stands when ``extreme`` is the best price it has seen."""
    distance = order.trail
    if order.trail_kind == Trail.PERCENT:
        distance = order.trail * extreme
    elif order.trail_kind == Trail.ATR:
        distance = order.trail * atr
    return extreme - distance if order.quantity < 0.0 else extreme + distance


@kernel
def trailing_level(order: Any, atr: float) -> float:
    """Return where a trailing stop stands; nan before it has seen a price."""
    return trailing_from(order, order.extreme, atr)


@kernel
def follow(order: Any, price: float) -> None:
    """Let a trailing stop see a price."""
    if order.type != OrderType.TRAILING_STOP:
        return
    better = price > order.extreme if order.quantity < 0.0 else price < order.extreme
    if better or math.isnan(order.extreme):
        order.extreme = price


@kernel
def watched(order: Any, slack: float, atr: float) -> float:
    """Return the level an order waits for, ``slack`` beyond a limit that rests; nan when it waits for none."""
    kind = order.type
    buys = order.quantity > 0.0
    if kind == OrderType.LIMIT or (kind == OrderType.STOP_LIMIT and order.triggered):
        return order.limit - slack if buys else order.limit + slack
    if order.triggered or kind == OrderType.MARKET:
        return math.nan
    if kind == OrderType.TRAILING_STOP:
        return trailing_level(order, atr)
    return order.stop


@kernel
def waits_below(order: Any) -> bool:
    """Does the price have to fall to the order's level (or to rise)?"""
    kind = order.type
    limit = kind == OrderType.LIMIT or (kind == OrderType.STOP_LIMIT and order.triggered)
    patient = limit or kind == OrderType.MARKET_IF_TOUCHED
    return (order.quantity > 0.0) == patient


@kernel
def meets(order: Any, start: float, end: float, slack: float, atr: float) -> float:
    """Return the price on the way from ``start`` to ``end`` at which an order is met first; nan when it isn't.

    ``slack`` is how far, in currency, a price must pass a limit; ``atr`` the average true range before the bar. A
    triggered stop and a market order are met at once.
    """
    level = watched(order, slack, atr)
    if math.isnan(level):
        at_once = order.type == OrderType.MARKET or (order.triggered and order.type != OrderType.STOP_LIMIT)
        return start if at_once else math.nan
    if waits_below(order):
        if start <= level:
            return start
        return level if end <= level else math.nan
    if start >= level:
        return start
    return level if end >= level else math.nan
