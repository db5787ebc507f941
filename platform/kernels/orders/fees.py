"""What broker and venue charge for an order: rates by tier, maker and taker, and bounds per order.

An order's fee is a function of all that it has traded: per order, per unit and a share of the value, then not
less than the minimum and not more than the maximum. A fill pays that fee less what the order was charged before,
so an order that fills in ten parts at one price pays what one fill would have.
"""

from typing import Any, NamedTuple

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, maximum, minimum, where

FEE_TIER = np.dtype(
    [
        ("from_value", np.float64),  # traded value (currency) from which the tier holds; rows ascend
        ("maker", np.float64),  # share of the value of what rested in the market; negative for a rebate
        ("taker", np.float64),  # share of the value of what took
    ],
    align=True,
)


class FeeSchedule(NamedTuple):
    """What an order costs besides its tier's rates, in currency of the instrument; all zero or more."""

    per_share: float = 0.0
    """Currency per unit."""
    per_order: float = 0.0
    """Currency per order that trades at all, once."""
    minimum: float = 0.0
    """Currency that an order pays at least; 0 for none."""
    maximum: float = 0.0
    """Currency that an order pays at most; 0 for none. It goes before the minimum."""
    maximum_share: float = 0.0
    """Share of its value that an order pays at most; 0 for none. It goes before the minimum."""


class Charged(NamedTuple):
    """What an order has been charged so far: zeros for a new one."""

    linear: float = 0.0
    """Its fees per unit and by value, before minimum and maximum; below zero after rebates."""
    value: float = 0.0
    """Value traded."""
    fee: float = 0.0
    """Sum of the fees of its fills."""


class FeeTerms(NamedTuple):
    """The fee of a fill as a function of its units: (fixed + per_unit * units), bounded from both sides."""

    fixed: float
    per_unit: float
    least: float
    """Lower bound; -inf for none."""
    most: float
    """Upper bound; inf for none. Goes before the lower one."""
    most_fixed: float
    """The second upper bound is most_fixed + most_per_unit * units; inf for none."""
    most_per_unit: float


@kernel
def tier_at(tiers: Any, traded: float) -> int:
    """Return the index of the tier for a traded value: the last that begins at or below it, -1 for none.

    ``tiers`` is FEE_TIER[n] in ascending order of ``from_value``; a traded value of nan gets the first.
    """
    found = 0
    while found < tiers.size and not traded < tiers[found].from_value:
        found += 1
    if traded != traded:
        return minimum(tiers.size, 1) - 1
    return found - 1


@kernel
def fee_rate(tiers: Any, traded: float, maker: bool) -> float:
    """Return the share of the value that a fill pays; 0 below the first tier, negative for a rebate."""
    tier = tier_at(tiers, traded)
    if tier < 0:
        return 0.0
    return tiers[tier].maker if maker else tiers[tier].taker


@kernel
def fee_terms(schedule: FeeSchedule, rate: float, unit_value: float, charged: Charged) -> FeeTerms:
    """Return what an order's next fill costs by its units, each worth ``unit_value`` (price times multiplier)."""
    before = charged.fee
    bounded = schedule.maximum_share > 0.0
    return FeeTerms(
        schedule.per_order + charged.linear - before,
        schedule.per_share + rate * unit_value,
        where(schedule.minimum > 0.0, schedule.minimum - before, -np.inf),
        where(schedule.maximum > 0.0, schedule.maximum - before, np.inf),
        where(bounded, schedule.maximum_share * charged.value - before, np.inf),
        where(bounded, schedule.maximum_share * unit_value, 0.0),
    )


@kernel
def fee_of(terms: FeeTerms, units: float) -> float:
    """Return the fee in currency of ``units`` >= 0 more; zero for none."""
    if units == 0.0:
        return 0.0
    wanted = maximum(terms.fixed + terms.per_unit * units, terms.least)
    return minimum(minimum(wanted, terms.most), terms.most_fixed + terms.most_per_unit * units)


@kernel
def line_above(terms: FeeTerms) -> tuple[float, float]:
    """Return (fixed, per unit), zero or more each, of a line that no fee exceeds: for sizes solved in closed form."""
    return maximum(maximum(terms.fixed, terms.least), 0.0), maximum(terms.per_unit, 0.0)


@kernel
def order_fee(
    schedule: FeeSchedule, rate: float, quantity: float, value: float, charged: Charged
) -> tuple[Charged, float]:
    """Charge one fill of an order; return (what the order has been charged now, the fee of this fill).

    ``rate`` is ``fee_rate`` of the order's tier, ``quantity`` the fill's units and ``value`` their value in
    currency, both of either sign. A fee below zero is a rebate.
    """
    units = absolute(quantity)
    if units == 0.0:
        return charged, 0.0
    worth = absolute(value)
    paid = fee_of(fee_terms(schedule, rate, worth / units, charged), units)
    linear = charged.linear + schedule.per_share * units + rate * worth
    return Charged(linear, charged.value + worth, charged.fee + paid), paid
