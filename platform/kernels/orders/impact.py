"""Market impact: how far an order itself moves the price it gets, as a share of that price.

Volume and sigma are those of a session, as known before the order trades (see ``activity``). Where the data is
silent, what is assumed is dear.
"""

from enum import IntEnum

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, square_root, where
from lockstep.kernels.orders.slippage import UNKNOWN_SIGMA, against

GAMMA = 0.314
"""Coefficient of permanent impact (Almgren et al. 2005, section 4.3; standard error 0.041)."""
ETA = 0.142
"""Coefficient of temporary impact (the same; standard error 0.0062)."""
BETA = 0.6
"""Exponent of the trading rate in temporary impact: fitted as 0.600 +- 0.038, used as 3/5."""

USUAL_INVERSE_TURNOVER = 252.0
"""Shares outstanding over a session's volume where not known: a company whose shares turn over once a year."""
SHORTEST_DURATION = 1.0 / 390.0
"""Share of a session that an order takes where not known: one minute of 6.5 hours."""


class Impact(IntEnum):
    """How far an order moves the price."""

    NONE = 0
    SQUARE_ROOT = 1
    """coefficient * sigma * sqrt(quantity / volume)."""
    ALMGREN = 2
    """Half of the permanent and all of the temporary impact of Almgren et al. 2005, times the coefficient."""


@kernel
def session_share(quantity: float, volume: float) -> float:
    """Return an order as a share of a session's volume; 1 where that volume is zero or not known (nan)."""
    if quantity == 0.0:
        return 0.0
    return absolute(quantity) / volume if volume > 0.0 else 1.0


@kernel
def permanent_impact(quantity: float, volume: float, sigma: float, inverse_turnover: float) -> float:
    """Return gamma * sigma * (X / V) * (Theta / V)^(1/4), a share of the price that stays after the order.

    ``quantity`` X in units (sign ignored), ``volume`` V in units a session, ``sigma`` the standard deviation of a
    session's returns, ``inverse_turnover`` Theta / V: shares outstanding over a session's volume.
    """
    theta = where(inverse_turnover > 0.0, inverse_turnover, USUAL_INVERSE_TURNOVER)
    known = where(sigma >= 0.0, sigma, UNKNOWN_SIGMA)
    return GAMMA * known * session_share(quantity, volume) * square_root(square_root(theta))


@kernel
def temporary_impact(quantity: float, volume: float, sigma: float, duration: float) -> float:
    """Return eta * sigma * |X / (V * T)|^(3/5), a share of the price that is gone after the order.

    ``duration`` T is the share of a session (in units of its volume) over which the order is executed.
    """
    time = where(duration > 0.0, duration, SHORTEST_DURATION)
    known = where(sigma >= 0.0, sigma, UNKNOWN_SIGMA)
    return ETA * known * (session_share(quantity, volume) / time) ** BETA


@kernel
def impact(
    model: int,
    coefficient: float,
    quantity: float,
    volume: float,
    sigma: float,
    duration: float,
    inverse_turnover: float,
) -> float:
    """Return what an order's impact costs it on average, as a share of the price (zero or more).

    ``model`` is an ``Impact``. SQUARE_ROOT: ``coefficient`` is the law's Y, near 1 in most studies. ALMGREN:
    it scales the published cost, 1 as published: an order that trades evenly pays its own permanent
    impact by half. Arguments as in ``permanent_impact`` and ``temporary_impact``; a volume of zero or nan makes
    the order a session's whole volume, a ``sigma`` of nan is ``UNKNOWN_SIGMA``, a ``duration`` of nan or zero
    ``SHORTEST_DURATION`` and an ``inverse_turnover`` of nan or zero ``USUAL_INVERSE_TURNOVER``.

    Sources: Almgren, Thum, Hauptmann and Li, Direct estimation of equity market impact, Risk 18 (7), 2005; for
    the square root law, Bouchaud, Farmer and Lillo, How markets slowly digest changes in supply and demand, 2009.
    """
    if quantity == 0.0:
        return 0.0
    if model == Impact.SQUARE_ROOT:
        known = where(sigma >= 0.0, sigma, UNKNOWN_SIGMA)
        return coefficient * known * square_root(session_share(quantity, volume))
    if model == Impact.ALMGREN:
        permanent = permanent_impact(quantity, volume, sigma, inverse_turnover)
        return coefficient * (0.5 * permanent + temporary_impact(quantity, volume, sigma, duration))
    return 0.0


@kernel
def impacted(side: float, price: float, share: float) -> float:
    """Return the price moved against a buyer (``side`` > 0) or a seller by a share of itself, never below zero."""
    return against(side, price, share * absolute(price))
