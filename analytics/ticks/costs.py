"""What orders cost against the market: slippage, shortfall, and where the price went after a fill.

Signs: a cost is positive where it hurts. Prices are in the instrument's currency, quantities in units.

Sources: A. Perold, "The implementation shortfall" (1988); markouts and adverse selection as in J. Hasbrouck, Empirical
Market Microstructure (2007), ch. 14.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.ticks.market import Moments, market_at
from lockstep.data.ticks.ticks import Ticks

SECOND_NS = 1_000_000_000
HORIZONS = (1.0, 10.0, 60.0)

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


@dataclass(frozen=True)
class FillCosts:
    """Per fill, in currency per unit: positive hurts."""

    quantity: Floats
    """units, negative for sales"""
    against_sent: Floats
    """price against the middle when the order was sent"""
    against_fill: Floats
    """price against the middle at the fill: half the spread paid, or earned where negative"""
    markouts: dict[float, Floats]
    """horizon in seconds -> what the fill gained by then, against its price: negative is adverse selection"""

    def mean(self, values: Floats) -> float:
        """Return the mean per unit, weighted by quantity; nan without a fill that has a value."""
        known = np.isfinite(values)
        weight = np.abs(self.quantity[known])
        return float((values[known] * weight).sum() / weight.sum()) if weight.sum() else float("nan")

    def summary(self) -> dict[str, float]:
        """Return the means per unit."""
        found = {"slippage_sent": self.mean(self.against_sent), "slippage_fill": self.mean(self.against_fill)}
        return found | {f"markout_{horizon:g}s": self.mean(values) for horizon, values in self.markouts.items()}


def fill_costs(ticks: Ticks, fills: Records, horizons: Sequence[float] = HORIZONS) -> FillCosts:
    """Measure TICK_FILL[n] against the market of the same history."""
    instrument = ticks.instrument
    sign = np.where(fills["side"] == 0, 1.0, -1.0)
    price = fills["tick"].astype(np.float64)
    later = {
        float(horizon): market_at(ticks, fills["time_ns"] + round(horizon * SECOND_NS)).middle for horizon in horizons
    }
    return FillCosts(
        quantity=sign * fills["lots"] * instrument.lot,
        against_sent=sign * (price - fills["middle_sent"]) * instrument.tick,
        against_fill=sign * (price - fills["middle"]) * instrument.tick,
        markouts={horizon: sign * (middle - price) * instrument.tick for horizon, middle in later.items()},
    )


@dataclass(frozen=True)
class OrderCosts:
    """Per order, in currency per unit filled (nan where nothing was), positive hurts."""

    against_arrival: Floats
    """average price against the middle when the order reached the exchange"""
    against_vwap: Floats
    """average price against all that was traded from arrival to end"""
    wait_s: Floats
    """seconds from arrival to end"""


def order_costs(ticks: Ticks, orders: Records, fills: Records) -> OrderCosts:
    """Measure TICK_ORDER[n] and their fills against the market."""
    instrument = ticks.instrument
    sign = np.where(orders["side"] == 0, 1.0, -1.0)
    average = average_price(orders, fills)
    start, end = market_at(ticks, orders["arrived_ns"]), market_at(ticks, orders["ended_ns"])
    return OrderCosts(
        against_arrival=sign * (average - start.middle) * instrument.tick,
        against_vwap=sign * (average - _vwap(start, end)) * instrument.tick,
        wait_s=(orders["ended_ns"] - orders["arrived_ns"]) / SECOND_NS,
    )


def average_price(orders: Records, fills: Records) -> Floats:
    """Return each order's average price in ticks, nan where nothing was filled."""
    ids = np.asarray(orders["id"])
    fills = fills[np.isin(fills["order"], ids)]
    order = np.argsort(ids)
    at = order[np.searchsorted(ids, fills["order"], sorter=order)] if len(ids) else np.zeros(0, np.intp)
    value, lots = np.zeros(len(ids)), np.zeros(len(ids))
    np.add.at(value, at, fills["tick"].astype(np.float64) * fills["lots"])
    np.add.at(lots, at, fills["lots"].astype(np.float64))
    return np.where(lots > 0.0, value / np.where(lots > 0.0, lots, 1.0), np.nan)


def _vwap(start: Moments, end: Moments) -> Floats:
    lots = (end.rows["traded_lots"] - start.rows["traded_lots"]).astype(np.float64)
    value = end.rows["traded_value"] - start.rows["traded_value"]
    return np.where(lots > 0.0, value / np.where(lots > 0.0, lots, 1.0), np.nan)


@dataclass(frozen=True)
class Shortfall:
    """What a decision to trade cost, in currency: Perold's implementation shortfall and its parts."""

    trading: float
    """fills against the middle at the decision"""
    opportunity: float
    """what was not filled, by the middle at the end against that at the decision"""
    fees: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.trading + self.opportunity + self.fees


def shortfall(ticks: Ticks, fills: Records, *, quantity: float, decided_ns: int, ended_ns: int) -> Shortfall:
    """Return what it cost to trade ``quantity`` units (negative to sell), decided and given up at these times."""
    instrument = ticks.instrument
    moments = market_at(ticks, [decided_ns, ended_ns]).middle * instrument.tick
    signed = np.where(fills["side"] == 0, 1.0, -1.0) * fills["lots"] * instrument.lot
    price = fills["tick"] * instrument.tick
    left = quantity - float(signed.sum())
    scale = instrument.multiplier
    return Shortfall(
        trading=float((signed * (price - moments[0])).sum()) * scale,
        opportunity=left * float(moments[1] - moments[0]) * scale,
        fees=float(fills["fee"].sum()),
    )


@dataclass(frozen=True)
class Split:
    """Where the money came from, in currency; the parts add up to the profit at the last middle."""

    spread: float
    """fills against the middle at the fill"""
    inventory: float
    """the position, as the middle moved"""
    fees: float
    """paid, as a loss: negative; rebates positive"""

    @property
    def total(self) -> float:
        """The profit."""
        return self.spread + self.inventory + self.fees


def split(fills: Records, *, last_middle: float, tick: float, lot: float, multiplier: float) -> Split:
    """Split the profit of TICK_FILL[n], marked at ``last_middle`` (ticks), into spread, inventory and fees."""
    if not len(fills):
        return Split(0.0, 0.0, 0.0)
    sign = np.where(fills["side"] == 0, 1.0, -1.0)
    unit = tick * lot * multiplier
    spread = sign * fills["lots"] * (fills["middle"] - fills["tick"]) * unit
    moves = np.diff(np.append(fills["middle"], last_middle))
    inventory = fills["position"] * moves * unit
    return Split(float(spread.sum()), float(inventory.sum()), -float(fills["fee"].sum()))


def summary(ticks: Ticks, fills: Records, orders: Records, horizons: Sequence[float] = HORIZONS) -> dict[str, Any]:
    """Return the means over all fills and orders, and how fills came about."""
    costs = fill_costs(ticks, fills, horizons).summary()
    asked = float(orders["lots"].sum())
    maker = fills["maker"] != 0
    return costs | {
        "fill_ratio": float(orders["filled"].sum() / asked) if asked else float("nan"),
        "maker_share": float(fills["lots"][maker].sum() / fills["lots"].sum()) if len(fills) else float("nan"),
        "ahead_at_entry": float(fills["ahead_at_entry"][maker].mean()) if maker.any() else float("nan"),
    }  # fmt: skip
