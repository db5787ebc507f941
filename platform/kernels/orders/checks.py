"""What is wrong with the prices of an order, if anything."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.terms import OrderType, Refusal, Trail


@kernel
def _price_is_good(price: float) -> bool:
    return 0.0 < price < math.inf


@kernel
def prices_fault(order: Any) -> int:
    """Return why an order's prices are refused, or NONE."""
    kind = order.type
    limited = kind == OrderType.LIMIT or kind == OrderType.STOP_LIMIT
    stopped = kind == OrderType.STOP or kind == OrderType.STOP_LIMIT or kind == OrderType.MARKET_IF_TOUCHED
    if limited and not _price_is_good(order.limit):
        return Refusal.BAD_PRICE
    if stopped and not _price_is_good(order.stop):
        return Refusal.BAD_PRICE
    if kind == OrderType.TRAILING_STOP:
        too_far = order.trail_kind == Trail.PERCENT and order.trail >= 1.0
        if order.trail_kind == Trail.NONE or not _price_is_good(order.trail) or too_far:
            return Refusal.BAD_PRICE
    for share in (order.stop_loss, order.take_profit):
        if not math.isnan(share) and not 0.0 < share < math.inf:
            return Refusal.BAD_PRICE
    return Refusal.NONE
