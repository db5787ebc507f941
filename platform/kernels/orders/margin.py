"""Margin accounts: what positions tie up, what may still be bought, and when a position must go.

Opening asks that equity after costs covers the initial requirements of all positions; holding, that it covers
their maintenance requirements. Closing is never refused. Values are signed units * price * multiplier. Cash accounts
go by ``kernels.sizing`` instead.
"""

from typing import NamedTuple

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import NAN, absolute, maximum, minimum, where
from lockstep.kernels.orders.fees import FeeTerms


class MarginRates(NamedTuple):
    """Shares of a position's value that equity must cover; zero or more, initial at least maintenance.

    Leverage of n is an initial rate of 1 / n. Regulation T and FINRA rule 4210: 0.5, 0.5, 0.25, 0.3.
    """

    initial_long: float
    initial_short: float
    maintenance_long: float
    maintenance_short: float


@kernel
def initial_requirement(value: float, rates: MarginRates) -> float:
    """Return the equity in currency that opening a position of this signed value asks for."""
    return absolute(value) * where(value > 0.0, rates.initial_long, rates.initial_short)


@kernel
def maintenance_requirement(value: float, rates: MarginRates) -> float:
    """Return the equity in currency below which a position of this signed value is liquidated."""
    return absolute(value) * where(value > 0.0, rates.maintenance_long, rates.maintenance_short)


@kernel
def must_liquidate(equity: float, maintenance: float) -> bool:
    """Return whether equity no longer covers the maintenance requirements of all positions."""
    return equity < maintenance


@kernel
def buying_power(equity: float, initial: float, rate: float) -> float:
    """Return the value that may still be opened at an initial ``rate``, costs aside; inf for a rate of zero.

    ``initial`` is the sum of the initial requirements of all positions.
    """
    free = maximum(equity - initial, 0.0)
    return where(rate > 0.0, free / where(rate > 0.0, rate, 1.0), where(free > 0.0, np.inf, 0.0))


@kernel
def _most(room: float, per_unit: float) -> float:
    """Return the largest q >= 0 with ``per_unit`` * q <= ``room``, -1 where there is none."""
    if not per_unit > 0.0:
        return where(room >= 0.0, np.inf, -1.0)
    return where(room >= 0.0, room / per_unit, -1.0)


@kernel
def most_to_open(equity: float, tied: float, opened: float, closed: float, fees: FeeTerms) -> float:
    """Return the most units q that open after ``closed`` units closed in the same fill.

    q is the largest with equity - fee(closed + q) >= tied + opened * q, where ``tied`` is all that is required
    before and ``opened`` what each unit adds. The fee is a line between bounds that are lines or constants, so q is
    the smaller of what the line and the lower bound leave, or what an upper bound leaves if that is more.
    """
    free = equity - tied
    line = _most(free - fees.fixed - fees.per_unit * closed, opened + fees.per_unit)
    least = _most(free - fees.least, opened)
    most = _most(free - fees.most, opened)
    share = _most(free - fees.most_fixed - fees.most_per_unit * closed, opened + fees.most_per_unit)
    return maximum(maximum(maximum(minimum(line, least), most), share), 0.0)


@kernel
def most_with_margin(
    side: float, held: float, unit_value: float, equity: float, others: float, rates: MarginRates, fees: FeeTerms
) -> float:
    """Return how many units (zero or more) a buyer (``side`` > 0) or a seller may trade in one fill.

    ``held`` signed units, ``unit_value`` price times multiplier at the fill price, ``equity`` valued at that price
    before this fill's fee, ``others`` the initial requirements of all other positions, ``fees`` those of this fill.
    The position may be closed whatever equity is left; what opens or adds goes as far as equity after the fee
    covers all initial requirements. With a price of zero or below nothing opens: a share of it would require nothing.
    """
    same = held * side
    closed = maximum(-same, 0.0)
    if not unit_value > 0.0:
        return closed
    opened = unit_value * where(side > 0.0, rates.initial_long, rates.initial_short)
    return closed + most_to_open(equity, others + maximum(same, 0.0) * opened, opened, closed, fees)


@kernel
def liquidation_price(
    held: float, price: float, multiplier: float, equity: float, others: float, rates: MarginRates
) -> float:
    """Return the price at which equity meets the maintenance requirements, all else unchanged.

    ``held`` signed units at ``price`` now, ``others`` the maintenance requirements of all other positions. nan where
    no price above zero does it: without a position, or where a long one is paid for in full.
    """
    units = held * multiplier
    rate = where(held > 0.0, rates.maintenance_long, rates.maintenance_short)
    # equity + units * (p - price) = others + |units| * rate * p
    slope = units - absolute(units) * rate
    found = (others - equity + units * price) / where(slope != 0.0, slope, 1.0)
    return where((slope != 0.0) & (found > 0.0) & (found < np.inf), found, NAN)
