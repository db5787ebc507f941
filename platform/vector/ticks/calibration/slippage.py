"""Slippage of orders that took: what a lot more of size costs, by the square root law or what else fits.

    cost per unit = half spread + coefficient * lots ** 0.5

in ticks against the middle at arrival. Source of the square root: E. Almgren, C. Thum, E. Hauptmann, H. Li, "Direct
estimation of equity market impact" (2005), and later work that puts the exponent near one half.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lockstep.analytics.ticks.costs import average_price
from lockstep.analytics.ticks.market import market_at
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.bootstrap import Estimate, Picks, interval

LEAST = 20

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


@dataclass(frozen=True)
class SlippageFit:
    """Cost in ticks per unit of an order of so many lots: ``constant`` + ``coefficient`` * lots ** 0.5."""

    constant: Estimate
    coefficient: Estimate
    orders: int


def fit_slippage(ticks: Ticks, orders: Records, fills: Records) -> SlippageFit:
    """Fit TICK_ORDER[n] that took all they got. Raises BacktestError for fewer than twenty, or all of one size."""
    takers = np.unique(fills["order"][fills["maker"] == 0])
    makers = np.unique(fills["order"][fills["maker"] != 0])
    took = orders[np.isin(orders["id"], takers) & ~np.isin(orders["id"], makers)]
    if len(took) < LEAST or len(np.unique(took["filled"])) < 2:
        raise BacktestError(f"slippage needs at least {LEAST} orders of several sizes that took, found {len(took)}")
    # The moment before it arrived: at the moment itself its own fills may have changed what it is measured by.
    middle = market_at(ticks, took["arrived_ns"] - 1).middle
    sign = np.where(took["side"] == 0, 1.0, -1.0)
    cost = sign * (average_price(took, fills) - middle)
    known = np.isfinite(cost)
    design = np.column_stack([np.ones(known.sum()), np.sqrt(took["filled"][known].astype(np.float64))])
    observed = cost[known]

    def part(k: int, picked: Picks) -> float:
        found: Floats = np.linalg.lstsq(design[picked], observed[picked])[0]
        return float(found[k])

    count = len(observed)
    return SlippageFit(interval(count, lambda p: part(0, p)), interval(count, lambda p: part(1, p)), count)
