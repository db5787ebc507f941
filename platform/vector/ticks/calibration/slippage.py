"""Slippage of orders that took: what a lot more of size costs, by the square root law.

    cost per unit = half spread + coefficient * lots ** 0.5

in ticks against the middle at arrival. It tells what taking will cost; a simulator, which walks the displayed book,
finds most of that by itself, and is given what is left (impact.py).

Source of the square root: E. Almgren, C. Thum, E. Hauptmann, H. Li, "Direct estimation of equity market impact" (2005),
and later work that puts the exponent near one half.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lockstep.analytics.ticks.costs import average_price
from lockstep.analytics.ticks.market import market_at
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.bootstrap import Estimate
from lockstep.vector.ticks.calibration.regression import least_squares

LEAST = 20

Records = npt.NDArray[np.void]


@dataclass(frozen=True)
class SlippageFit:
    """Cost in ticks per unit of an order of so many lots: ``constant`` + ``coefficient`` * lots ** 0.5."""

    constant: Estimate
    coefficient: Estimate
    orders: int


def fit_slippage(ticks: Ticks, orders: Records, fills: Records) -> SlippageFit:
    """Fit TICK_ORDER[n] that took all they got. Raises BacktestError for fewer than twenty, or all of one size."""
    took = takers(orders, fills)
    # The moment before it arrived: at the moment itself its own fills may have changed what it is measured by.
    middle = market_at(ticks, took["arrived_ns"] - 1).middle
    cost = np.where(took["side"] == 0, 1.0, -1.0) * (average_price(took, fills) - middle)
    known = np.isfinite(cost)
    lots = took["filled"][known].astype(np.float64)
    if len(lots) < LEAST or len(np.unique(lots)) < 2:
        raise BacktestError(f"slippage needs at least {LEAST} orders of several sizes that took, found {len(lots)}")
    constant, coefficient = least_squares(np.column_stack([np.ones(len(lots)), np.sqrt(lots)]), cost[known])
    return SlippageFit(constant, coefficient, len(lots))


def takers(orders: Records, fills: Records) -> Records:
    """Return the orders all of whose fills took."""
    took, made = (np.unique(fills["order"][(fills["maker"] != 0) == maker]) for maker in (False, True))
    return orders[np.isin(orders["id"], took) & ~np.isin(orders["id"], made)]
