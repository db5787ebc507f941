"""From an instruction to a number of units, and from there to what the account can pay for."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.costs import Costs, unit_fee
from lockstep.kernels.ledger import closing_part
from lockstep.kernels.ops import absolute, maximum, minimum, where

DUST = 1e-9
"""A share of equity below which a difference is rounding: a target this near is reached, cash this short is none."""

LOT_ROUNDING = 1e-12
"""A share of a number of lots below which a missing part is rounding."""


class Instruction(IntEnum):
    """What a number given to the engine means."""

    TARGET_WEIGHT = 0
    """Hold this share of equity (after the fill's costs); negative is short."""
    TARGET_UNITS = 1
    """Hold this many units."""
    TARGET_VALUE = 2
    """Hold units worth this much currency."""
    AMOUNT = 3
    """Trade this many units; inf is all the cash pays for."""
    VALUE = 4
    """Trade units worth this much currency."""
    PERCENT = 5
    """Trade this share of what inf would trade."""
    RISK = 6
    """Trade as many units as lose this share of equity at the order's own stop loss (full order model only)."""


class Means(NamedTuple):
    """What an account has at the moment of a fill, valued at current prices with the traded one at its fill price."""

    cash: float
    equity: float
    shorts: float
    """Value of all short positions but the traded one, above zero."""


class Limits(NamedTuple):
    """What the run allows."""

    lot: float
    """Units come in multiples of this; 0 for fractions of any size."""
    long: bool
    """May positions be long?"""
    short: bool
    """May positions be short?"""


@kernel
def units_for_weight(weight: float, held: float, means: Means, costs: Costs, price: float) -> float:
    """Return the units to hold so that their value is ``weight`` of the equity left after this trade's costs.

    Solves units * price = weight * (equity - fee(|units - held|)), which is linear on either side of ``held``. Where
    a unit's fee moves the target away faster than the unit comes nearer, ``held`` is as near as it gets.
    """
    per_unit = unit_fee(costs, price)
    # Which side the solution lies on shows at ``held`` itself, where the order's own fee is due but no unit's.
    equity = means.equity - costs.per_order
    side = where(weight * equity > held * price, 1.0, -1.0)
    room = equity + side * per_unit * held
    nearer = price + side * weight * per_unit  # by what each unit traded comes nearer
    return where(nearer > 0.0, weight * room / where(nearer > 0.0, nearer, 1.0), held)


@kernel
def to_lots(quantity: float, lot: float) -> float:
    """Round signed units toward zero to whole lots; unchanged when ``lot`` is 0.

    Three lots of 0.1 are 2.9999999999999996 in doubles: what lacks less than rounding is whole.
    """
    lots = quantity / where(lot > 0.0, lot, 1.0)
    nearest = np.rint(lots)
    whole = where(absolute(lots - nearest) <= LOT_ROUNDING * maximum(absolute(lots), 1.0), nearest, np.trunc(lots))
    return where(lot > 0.0, whole * lot, quantity)


@kernel
def most_to_buy(held: float, means: Means, costs: Costs, price: float) -> float:
    """Return how many units cash pays for: all cash may cover shorts, only free cash may open or add.

    Free cash is cash less twice the value of the shorts: the proceeds of a short sale and as much again stay
    behind as its security, so gross exposure opened never exceeds equity.
    """
    per_unit = price + unit_fee(costs, price)
    cover = maximum(-held, 0.0)
    payable = maximum(means.cash - costs.per_order, 0.0) / per_unit
    free = means.cash - costs.per_order - cover * per_unit - 2.0 * means.shorts
    return minimum(payable, cover + maximum(free, 0.0) / per_unit)


@kernel
def most_to_sell(held: float, means: Means, costs: Costs, price: float) -> float:
    """Return how many units may be sold: all that is held, and short as far as free cash secures it."""
    per_unit = unit_fee(costs, price)
    close = maximum(held, 0.0)
    short = maximum(-held, 0.0) * price
    free = means.cash + close * (price - per_unit) - costs.per_order - 2.0 * (means.shorts + short)
    return close + maximum(free, 0.0) / (price + per_unit)


@kernel
def within_direction(wanted: float, held: float, limits: Limits) -> float:
    """Return the part of a trade that the allowed directions leave."""
    closed = closing_part(held, wanted)
    opened = wanted - closed
    allowed = where(opened > 0.0, limits.long, limits.short)
    return closed + where(allowed, opened, 0.0)


@kernel
def wanted_units(
    kind: int, value: float, held: float, means: Means, costs: Costs, price: float, limits: Limits
) -> float:  # fmt: skip
    """Return the signed units an instruction asks for at ``price``; infinite for 'all'."""
    if kind == Instruction.TARGET_WEIGHT:
        return units_for_weight(value, held, means, costs, price) - held
    if kind == Instruction.TARGET_UNITS:
        return value - held
    if kind == Instruction.TARGET_VALUE:
        return value / price - held
    if kind == Instruction.VALUE:
        return value / price
    if kind == Instruction.PERCENT:
        # A share of what may be traded: long only, half of "all" is half of the holding.
        most = most_to_buy(held, means, costs, price) if value > 0.0 else -most_to_sell(held, means, costs, price)
        return abs(value) * within_direction(most, held, limits)
    return value


@kernel
def within_cash(quantity: float, held: float, means: Means, costs: Costs, price: float) -> float:
    """Return the part of a trade that the account can pay for."""
    if quantity > 0.0:
        return minimum(quantity, most_to_buy(held, means, costs, price))
    sold = minimum(absolute(quantity), most_to_sell(held, means, costs, price))
    # Proceeds and cash together must pay the fees of a sale, or it is not made.
    left = means.cash + sold * (price - unit_fee(costs, price)) - costs.per_order
    return where(left >= -DUST * absolute(means.equity), -sold, 0.0)
