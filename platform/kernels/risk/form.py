"""Is the order well formed, and may the instrument trade it?"""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.exposure import is_price
from lockstep.kernels.risk.order import NO_ID, OrderClass, Proposal, Verdict
from lockstep.kernels.risk.tables import Restriction

PRECISION = 1e-6
"""A share of a tick or lot below which a difference is rounding: 0.1 + 0.2 is three ticks of 0.1."""

SECOND_NS = 1e9


@kernel
def passed() -> Verdict:
    """Return the answer that lets an order through."""
    return Verdict(RiskCode.PASSED, 0.0, 0.0, 0.0)


@kernel
def off_step(value: float, step: float) -> bool:
    """Return whether a value is no multiple of a step; a step of zero allows any."""
    if not step > 0.0:
        return False
    steps = value / step
    return not abs(steps - nearest(steps)) <= PRECISION


@kernel
def nearest(value: float) -> float:
    """Return the nearest whole number."""
    return math.floor(value + 0.5)


@kernel
def malformed(order: Proposal) -> Verdict:
    """Refuse what no venue could understand."""
    quantity, price, trigger = order.quantity, order.price, order.trigger
    if not abs(quantity) < math.inf:
        return Verdict(RiskCode.QUANTITY_NOT_FINITE, 0.0, 0.0, quantity)
    if quantity == 0.0:
        return Verdict(RiskCode.QUANTITY_ZERO, 0.0, 0.0, 0.0)
    kind = order.kind
    if kind < OrderClass.MARKET or kind > OrderClass.STOP_LIMIT:
        return Verdict(RiskCode.ORDER_CLASS_UNKNOWN, 0.0, 0.0, float(kind))
    if kind == OrderClass.LIMIT or kind == OrderClass.STOP_LIMIT:
        if math.isnan(price):
            return Verdict(RiskCode.PRICE_MISSING, 0.0, 0.0, price)
        if math.isinf(price):
            return Verdict(RiskCode.PRICE_NOT_FINITE, 0.0, 0.0, price)
        if price <= 0.0:
            return Verdict(RiskCode.PRICE_NOT_POSITIVE, 0.0, 0.0, price)
    elif not math.isnan(price):
        return Verdict(RiskCode.PRICE_UNEXPECTED, 0.0, 0.0, price)
    if kind == OrderClass.STOP or kind == OrderClass.STOP_LIMIT:
        if math.isnan(trigger):
            return Verdict(RiskCode.TRIGGER_MISSING, 0.0, 0.0, trigger)
        if math.isinf(trigger):
            return Verdict(RiskCode.TRIGGER_NOT_FINITE, 0.0, 0.0, trigger)
        if trigger <= 0.0:
            return Verdict(RiskCode.TRIGGER_NOT_POSITIVE, 0.0, 0.0, trigger)
    elif not math.isnan(trigger):
        return Verdict(RiskCode.TRIGGER_UNEXPECTED, 0.0, 0.0, trigger)
    if order.client_id < NO_ID:
        return Verdict(RiskCode.CLIENT_ID_INVALID, 0.0, 0.0, float(order.client_id))
    if order.expires_ns <= order.time_ns:
        late = (float(order.time_ns) - float(order.expires_ns)) / SECOND_NS
        return Verdict(RiskCode.EXPIRED, 0.0, 0.0, late)
    if not abs(order.replaces) < math.inf:
        return Verdict(RiskCode.REPLACE_NOT_FINITE, 0.0, 0.0, order.replaces)
    if order.replaces * quantity < 0.0:
        return Verdict(RiskCode.REPLACE_CHANGES_SIDE, 0.0, order.replaces, quantity)
    return passed()


@kernel
def untradable(limits: Any, symbol: Any, order: Proposal) -> Verdict:
    """Refuse what the instrument's rules, its venue or the restricted list rule out."""
    size = abs(order.quantity)
    if symbol.restriction >= Restriction.RESTRICTED:
        return Verdict(RiskCode.SYMBOL_RESTRICTED, 0.0, symbol.position, order.quantity)
    if symbol.halted != 0:
        return Verdict(RiskCode.SYMBOL_HALTED, 0.0, symbol.position, order.quantity)
    if symbol.open == 0 and limits.allow_outside_hours == 0:
        return Verdict(RiskCode.OUTSIDE_TRADING_HOURS, 0.0, symbol.position, order.quantity)
    if not is_price(symbol.multiplier):
        return Verdict(RiskCode.MULTIPLIER_INVALID, 0.0, 0.0, symbol.multiplier)
    if not math.isnan(order.price) and off_step(order.price, symbol.tick):
        return Verdict(RiskCode.PRICE_OFF_TICK, symbol.tick, 0.0, order.price)
    if not math.isnan(order.trigger) and off_step(order.trigger, symbol.tick):
        return Verdict(RiskCode.TRIGGER_OFF_TICK, symbol.tick, 0.0, order.trigger)
    if off_step(size, symbol.lot):
        return Verdict(RiskCode.QUANTITY_OFF_LOT, symbol.lot, 0.0, order.quantity)
    if symbol.min_quantity >= 0.0 and size < symbol.min_quantity - PRECISION * symbol.lot:
        return Verdict(RiskCode.QUANTITY_BELOW_MINIMUM, symbol.min_quantity, 0.0, size)
    if symbol.max_quantity >= 0.0 and size > symbol.max_quantity + PRECISION * symbol.lot:
        return Verdict(RiskCode.QUANTITY_ABOVE_MAXIMUM, symbol.max_quantity, 0.0, size)
    return passed()
