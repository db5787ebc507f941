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
from lockstep.analytics.ticks.shares import fill_ratio, maker_share, queue_ahead
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import AnalyticsError

SECOND_NS = 1_000_000_000
HORIZONS = (1.0, 10.0, 60.0)
LONGEST = 1e7
"""Seconds, some months: a horizon beyond is one in another unit."""

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


def mean_per_unit(values: Floats, quantity: Floats) -> float:
    """Return the mean weighted by quantity, of values that are known; nan without any."""
    known = np.isfinite(values)
    weight = np.abs(quantity[known])
    return float((values[known] * weight).sum() / weight.sum()) if weight.sum() else float("nan")


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

    def summary(self) -> dict[str, float]:
        """Return the means per unit."""
        sent, filled = (mean_per_unit(each, self.quantity) for each in (self.against_sent, self.against_fill))
        later = {f"markout_{h:g}s": mean_per_unit(values, self.quantity) for h, values in self.markouts.items()}
        return {"slippage_sent": sent, "slippage_fill": filled} | later


def fill_costs(ticks: Ticks, fills: Records, horizons: Sequence[float] = HORIZONS) -> FillCosts:
    """Measure TICK_FILL[n] against the market of the same history, which is read once."""
    strange = [horizon for horizon in horizons if not 0.0 <= horizon <= LONGEST]
    if strange:
        raise AnalyticsError(
            f"horizons are seconds after a fill, from 0 to {LONGEST:,.0f}, found {strange[0]:g}: nanoseconds are"
            " divided by 1e9"
        )
    instrument = ticks.instrument
    sign = np.where(fills["side"] == 0, 1.0, -1.0)
    price = fills["tick"].astype(np.float64)
    times = np.array([fills["time_ns"] + round(horizon * SECOND_NS) for horizon in horizons], np.int64)
    later = market_at(ticks, times.ravel()).middle.reshape(times.shape)
    return FillCosts(
        quantity=sign * fills["lots"] * instrument.lot,
        against_sent=sign * (price - fills["middle_sent"]) * instrument.tick,
        against_fill=sign * (price - fills["middle"]) * instrument.tick,
        markouts={
            float(horizon): sign * (middle - price) * instrument.tick
            for horizon, middle in zip(horizons, later, strict=True)
        },
    )


@dataclass(frozen=True)
class OrderCosts:
    """Per order, positive hurts: currency per unit filled (nan where nothing was), and its shortfall in currency."""

    quantity: Floats
    """units filled, negative for sales"""
    average: Floats
    """price that it got"""
    against_sent: Floats
    """average price against the middle when it was sent"""
    against_arrival: Floats
    """average price against the middle when it reached the exchange"""
    against_vwap: Floats
    """average price against all that was traded from arrival to end"""
    trading: Floats
    """currency: fills against the middle when it was sent, which was the decision"""
    opportunity: Floats
    """currency: what was not filled, by the middle at its end against that at the decision"""
    fees: Floats
    wait_s: Floats
    """seconds from arrival to end, both at the exchange"""

    @property
    def shortfall(self) -> Floats:
        """Perold's implementation shortfall of each order, in currency."""
        return self.trading + self.opportunity + self.fees

    def summary(self) -> dict[str, float]:
        """Return means per unit, and the sums of the shortfall over the orders of which it is known."""
        known = np.isfinite(self.shortfall)
        parts = {"trading": self.trading, "opportunity": self.opportunity, "fees": self.fees}
        return {
            "slippage_arrival": mean_per_unit(self.against_arrival, self.quantity),
            "slippage_vwap": mean_per_unit(self.against_vwap, self.quantity),
            "shortfall": float(self.shortfall[known].sum()),
            **{f"shortfall_{name}": float(values[known].sum()) for name, values in parts.items()},
        }


def order_costs(ticks: Ticks, orders: Records, fills: Records) -> OrderCosts:
    """Measure TICK_ORDER[n] and their fills against the market; the history is read once."""
    instrument = ticks.instrument
    unit = instrument.tick * instrument.lot * instrument.multiplier
    sign = np.where(orders["side"] == 0, 1.0, -1.0)
    value, lots, fees = _sums(orders, fills)
    average = _ratio(value, lots)
    start, end = _around(ticks, orders)
    left = orders["lots"] - lots
    return OrderCosts(
        quantity=sign * lots * instrument.lot,
        average=average * instrument.tick,
        against_sent=sign * (average - orders["middle"]) * instrument.tick,
        against_arrival=sign * (average - start.middle) * instrument.tick,
        against_vwap=sign * (average - _vwap(start, end)) * instrument.tick,
        trading=np.where(lots > 0.0, sign * (value - lots * orders["middle"]), 0.0) * unit,
        opportunity=np.where(left > 0.0, sign * left * (end.middle - orders["middle"]), 0.0) * unit,
        fees=fees,
        wait_s=np.where(orders["arrived_ns"] > 0, (orders["ended_ns"] - orders["arrived_ns"]) / SECOND_NS, np.nan),
    )


def average_price(orders: Records, fills: Records) -> Floats:
    """Return each order's average price in ticks, nan where nothing was filled."""
    value, lots, _ = _sums(orders, fills)
    return _ratio(value, lots)


def _sums(orders: Records, fills: Records) -> tuple[Floats, Floats, Floats]:
    """Return ticks times lots, lots and fees of each order's fills, float64[orders] each."""
    ids = np.asarray(orders["id"])
    fills = fills[np.isin(fills["order"], ids)]
    order = np.argsort(ids)
    at = order[np.searchsorted(ids, fills["order"], sorter=order)] if len(ids) else np.zeros(0, np.intp)
    value, lots, fees = np.zeros(len(ids)), np.zeros(len(ids)), np.zeros(len(ids))
    np.add.at(value, at, fills["tick"].astype(np.float64) * fills["lots"])
    np.add.at(lots, at, fills["lots"].astype(np.float64))
    np.add.at(fees, at, fills["fee"])
    return value, lots, fees


def _around(ticks: Ticks, orders: Records) -> tuple[Moments, Moments]:
    """Return the market when each order arrived and when it ended."""
    both, n = market_at(ticks, np.concatenate([orders["arrived_ns"], orders["ended_ns"]])), len(orders)
    return Moments(both.rows[:n], both.depth[:n]), Moments(both.rows[n:], both.depth[n:])


def _vwap(start: Moments, end: Moments) -> Floats:
    lots = (end.rows["traded_lots"] - start.rows["traded_lots"]).astype(np.float64)
    return _ratio(end.rows["traded_value"] - start.rows["traded_value"], lots)


def _ratio(value: Floats, lots: Floats) -> Floats:
    return np.where(lots > 0.0, value / np.where(lots > 0.0, lots, 1.0), np.nan)


def summary(ticks: Ticks, fills: Records, orders: Records, horizons: Sequence[float] = HORIZONS) -> dict[str, Any]:
    """Return the means over all fills and orders, and how fills came about; the history is read twice."""
    lot = ticks.instrument.lot
    return {
        **fill_costs(ticks, fills, horizons).summary(), **order_costs(ticks, orders, fills).summary(),
        "fill_ratio": fill_ratio(orders), "maker_share": maker_share(fills),
        "ahead_at_entry": queue_ahead(fills, "ahead_at_entry") * lot,
        "ahead_at_fill": queue_ahead(fills, "ahead") * lot,
    }  # fmt: skip
