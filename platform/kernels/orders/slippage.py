"""What an order that takes pays beyond the market's price: half of the spread, and slippage.

Distances are taken of the price before, always against the trader, and never bring a price below zero.
"""

from enum import IntEnum

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, maximum, minimum, where

UNKNOWN_SIGMA = 0.05
"""Standard deviation of returns taken while none is known: that of a day of a very restless stock."""


class Spread(IntEnum):
    """How the distance between bid and ask is stated; an order that takes pays half of it."""

    NONE = 0
    BPS = 1
    """A share of the price: 0.0001 is one basis point."""
    FIXED = 2
    """Currency per unit."""
    TICKS = 3
    """Ticks of the instrument."""


class Slippage(IntEnum):
    """How far the price moves away from an order that takes."""

    NONE = 0
    BPS = 1
    """A share of the price: 0.0001 is one basis point."""
    FIXED = 2
    """Currency per unit."""
    TICKS = 3
    """Ticks of the instrument."""
    VOLUME_SHARE = 4
    """amount * (the order's share of the bar's volume)^2, a share of the price."""
    VOLATILITY = 5
    """amount * standard deviation of bar returns, a share of the price."""


@kernel
def against(side: float, price: float, distance: float) -> float:
    """Return the price moved by ``distance`` >= 0 against a buyer (``side`` > 0) or a seller, never below zero.

    A price that was negative already (oil, April 2020) moves without that bound.
    """
    moved = price + where(side > 0.0, distance, -distance)
    return where(price >= 0.0, maximum(moved, 0.0), moved)


@kernel
def share_of_volume(quantity: float, volume: float) -> float:
    """Return the part of a bar's volume that an order is, from 0 to 1.

    Nobody trades more than all of it: a larger order counts as the whole, and so does any order in a bar whose
    volume is zero or not known (nan), the worst there is.
    """
    if quantity == 0.0:
        return 0.0
    return minimum(absolute(quantity) / volume, 1.0) if volume > 0.0 else 1.0


@kernel
def half_spread(model: int, amount: float, price: float, tick: float) -> float:
    """Return half of the spread ``amount`` (in the unit of the ``Spread`` model) in currency per unit."""
    if model == Spread.BPS:
        return 0.5 * amount * absolute(price)
    if model == Spread.FIXED:
        return 0.5 * amount
    if model == Spread.TICKS:
        return 0.5 * amount * tick
    return 0.0


@kernel
def slippage_distance(
    model: int, amount: float, price: float, quantity: float, volume: float, sigma: float, tick: float
) -> float:
    """Return the slippage in currency per unit, zero or more for ``amount`` >= 0 (see ``slipped``)."""
    if model == Slippage.FIXED:
        return amount
    if model == Slippage.TICKS:
        return amount * tick
    share = 0.0
    if model == Slippage.BPS:
        share = amount
    elif model == Slippage.VOLUME_SHARE:
        part = share_of_volume(quantity, volume)
        share = amount * part * part
    elif model == Slippage.VOLATILITY:
        share = amount * where(sigma >= 0.0, sigma, UNKNOWN_SIGMA)
    return share * absolute(price)


@kernel
def slipped(
    model: int, amount: float, side: float, price: float, quantity: float, volume: float, sigma: float, tick: float
) -> float:
    """Return the price at which a buyer (``side`` > 0) or a seller trades when the market stands at ``price``.

    ``model`` is a ``Slippage``, ``amount`` >= 0 in its unit. ``quantity`` (units, sign ignored; all that one
    order trades in the bar) and ``volume`` (units of that bar, its own volume, as in zipline) matter to
    VOLUME_SHARE, ``sigma`` (standard deviation of bar returns known before the bar) to VOLATILITY, ``tick``
    (currency) to TICKS. Data that is not known counts as dear: for volume see ``share_of_volume``; a ``sigma`` of
    nan is ``UNKNOWN_SIGMA``.

    Sources: zipline's VolumeShareSlippage and VolatilityVolumeShare; LEAN's VolumeShareSlippageModel.
    """
    if quantity == 0.0:
        return price
    return against(side, price, slippage_distance(model, amount, price, quantity, volume, sigma, tick))
