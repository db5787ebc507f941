"""Does the order, with all that works already, stay within the limits?

A limit refuses only what raises the worst case: an order that lowers it passes, however far a limit is exceeded.
"""

import math
from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.exposure import unit_value, worst_long, worst_short
from lockstep.kernels.risk.form import PRECISION, passed
from lockstep.kernels.risk.order import Proposal, Verdict, own_price

MONEY_ROUNDING = 1e-10
"""A share of a limit in currency below which an excess is rounding: a hundredth of a cent in a million."""

UNITS_ROUNDING = 1e-12
"""The same for units that come in any fraction; whole lots are compared to a millionth of a lot."""


class Reach(NamedTuple):
    """The order's side of a symbol: how far the position could get."""

    before: float
    """Units, with all that works; what a replacement replaces is still among it."""
    after: float
    """Units, with the order too; below zero where the position can't get to this side."""
    other: float
    """Units on the other side, which the order does not change."""
    value: float
    """Account currency of one unit; nan where it has no price or rate."""
    before_value: float
    """Exposure of ``before``, zero or above."""
    after_value: float
    """Exposure of ``after``, zero or above."""
    worst_value: float
    """Exposure of whichever side is worse, with the order."""


@kernel
def reach(symbol: Any, order: Proposal, value: float) -> Reach:
    """Return how far the position could get on the order's side; ``value`` of one unit at the reference price."""
    buys = order.quantity > 0.0
    size, replaced = abs(order.quantity), abs(order.replaces)
    plain = 0.0 if order.reduce_only else 1.0
    more, reducing = plain * (size - replaced), (1.0 - plain) * (size - replaced)
    position = symbol.position
    up = worst_long(position, symbol.buying, symbol.reducing_buys)
    down = worst_short(position, symbol.selling, symbol.reducing_sells)
    if buys:
        before, other, own = up, down, symbol.buy_value
        after = worst_long(position, max(symbol.buying + more, 0.0), max(symbol.reducing_buys + reducing, 0.0))
    else:
        before, other, own = down, up, symbol.sell_value
        after = worst_short(position, max(symbol.selling + more, 0.0), max(symbol.reducing_sells + reducing, 0.0))
    if math.isnan(symbol.mark) and position == 0.0:
        # Without a quote each order is worth its own price; what is replaced stays in, as its price is not known.
        per_price = unit_value(symbol, 1.0)
        before_value = own * per_price
        after_value = before_value + plain * size * value
        other_value = (symbol.sell_value if buys else symbol.buy_value) * per_price
        return Reach(before, after, other, value, before_value, after_value, max(after_value, other_value))
    before_value, after_value = max(before, 0.0) * value, max(after, 0.0) * value
    return Reach(before, after, other, value, before_value, after_value, max(after, other) * value)


@kernel
def slack(symbol: Any, limit: float) -> float:
    """Return how many units beyond a limit are rounding."""
    return PRECISION * symbol.lot if symbol.lot > 0.0 else UNITS_ROUNDING * limit


@kernel
def too_many(symbol: Any, units: float, limit: float) -> bool:
    """Return whether units exceed a limit; nan does, where there is one."""
    return limit >= 0.0 and not units <= limit + slack(symbol, limit)


@kernel
def too_much(amount: float, limit: float) -> bool:
    """Return whether an amount exceeds a limit; nan does, where there is one."""
    return limit >= 0.0 and not amount <= limit * (1.0 + MONEY_ROUNDING)


@kernel
def worst_price(symbol: Any, order: Proposal) -> float:
    """Return what the order itself may trade at: the mark, or a price of its own that is worse or all there is."""
    own = own_price(order.price, order.trigger)
    if math.isnan(symbol.mark) or (order.quantity > 0.0 and own > symbol.mark):
        return own
    return symbol.mark


@kernel
def too_large(limits: Any, symbol: Any, order: Proposal) -> Verdict:
    """Refuse an order that is too large by itself, reducing or not."""
    size = abs(order.quantity)
    if too_many(symbol, size, limits.max_order_size):
        return Verdict(RiskCode.MAX_ORDER_SIZE, limits.max_order_size, 0.0, size)
    notional = size * unit_value(symbol, worst_price(symbol, order))
    if math.isnan(notional):
        return passed()  # for want of a rate: orders that don't reduce were refused for it before
    if too_much(notional, limits.max_order_notional):
        return Verdict(RiskCode.MAX_ORDER_NOTIONAL, limits.max_order_notional, 0.0, notional)
    if too_much(notional, symbol.max_notional):
        return Verdict(RiskCode.NOTIONAL_ABOVE_MAXIMUM, symbol.max_notional, 0.0, notional)
    if symbol.min_notional >= 0.0 and not notional >= symbol.min_notional * (1.0 - MONEY_ROUNDING):
        return Verdict(RiskCode.NOTIONAL_BELOW_MINIMUM, symbol.min_notional, 0.0, notional)
    return passed()


@kernel
def beyond_position(limits: Any, symbol: Any, order: Proposal, ahead: Reach) -> Verdict:
    """Refuse an order with which the position could get too far, in units."""
    before, after = ahead.before, ahead.after
    if order.quantity > 0.0:
        if limits.allow_long == 0 and too_many(symbol, after, 0.0):
            return Verdict(RiskCode.LONG_NOT_ALLOWED, 0.0, before, after)
    else:
        if limits.allow_short == 0 and too_many(symbol, after, 0.0):
            return Verdict(RiskCode.SHORT_NOT_ALLOWED, 0.0, before, after)
        available = max(symbol.short_available, 0.0) if symbol.short_available == symbol.short_available else -1.0
        if too_many(symbol, after, available):
            return Verdict(RiskCode.SHORT_UNAVAILABLE, available, before, after)
    if too_many(symbol, after, limits.max_position_size):
        return Verdict(RiskCode.MAX_POSITION_SIZE, limits.max_position_size, before, after)
    return passed()


@kernel
def beyond_exposure(limits: Any, account: Any, symbol: Any, order: Proposal, ahead: Reach) -> Verdict:
    """Refuse an order with which exposure could grow too large, in the account's currency or as a share of equity."""
    before, after, equity = ahead.before_value, ahead.after_value, account.equity
    if too_much(after, limits.max_symbol_exposure):
        return Verdict(RiskCode.MAX_SYMBOL_EXPOSURE, limits.max_symbol_exposure, before, after)
    if too_much(after / equity, limits.max_concentration):
        return Verdict(RiskCode.MAX_CONCENTRATION, limits.max_concentration, before / equity, after / equity)
    gross = account.gross_worst
    total = gross - symbol.worst_exposure + ahead.worst_value
    raised = not ahead.worst_value <= symbol.worst_exposure
    whole = limits.max_gross_exposure >= 0.0 or limits.max_leverage >= 0.0 or not math.isnan(account.buying_power)
    if whole and account.unvalued > 0:
        return Verdict(RiskCode.POSITION_UNVALUED, 0.0, float(account.unvalued), order.quantity)
    if raised and too_much(total, limits.max_gross_exposure):
        return Verdict(RiskCode.MAX_GROSS_EXPOSURE, limits.max_gross_exposure, gross, total)
    if raised and too_much(total / equity, limits.max_leverage):
        return Verdict(RiskCode.MAX_LEVERAGE, limits.max_leverage, gross / equity, total / equity)
    # Beyond what the mark says, a buyer's own price may cost more.
    dearer = unit_value(symbol, worst_price(symbol, order)) - ahead.value
    opens = max(total - gross, 0.0) + max(min(ahead.after, order.quantity), 0.0) * dearer
    working = gross - account.gross
    power = account.buying_power
    if not opens <= 0.0 and not math.isnan(power) and too_much(working + opens, max(power, 0.0)):
        return Verdict(RiskCode.BUYING_POWER, power, working, working + opens)
    return passed()
