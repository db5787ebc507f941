"""What sets score on one range of sessions or on several, of which each is a run of its own.

A training without its middle is several runs: none of them may hold a position over the gap. Their Sharpe ratio and
mean return are those of all their period returns together, by number, sum and sum of squares; returns over the whole
are compounded, what is counted is added up, and any other metric is the mean of the ranges' values, weighted with
their numbers of periods.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import per_period

Floats = npt.NDArray[np.float64]

ADDED = frozenset(
    ("trades", "closed_trades", "open_trades", "long_trades", "short_trades", "fees", "profit", "bars", "periods")
)
"""Metrics that count something."""

COMPOUNDED = frozenset(("total_return", "benchmark_return"))
"""Metrics that are growth over the whole."""


class Measured(NamedTuple):
    """Runs of k sets over one range."""

    values: dict[str, Floats]
    """Metric -> float64[k]; nan where a set has none."""
    periods: int
    """Number of period returns."""
    sums: Floats
    """float64[k]: sum of the period returns, and of their squares."""
    squares: Floats


def together(ranges: Sequence[Measured], rules: Convention, risk_free: float, per_year: float) -> dict[str, Floats]:
    """Return metric -> float64[k] over all ranges; those of a single range are its own.

    ``risk_free`` is an annual rate. A set that lacks a metric in one of several ranges lacks it over all, but for the
    Sharpe ratio, whose deviation may come from other ranges.
    """
    if len(ranges) == 1:
        return ranges[0].values
    return {name: _together(name, ranges, rules, risk_free, per_year) for name in ranges[0].values}


def _together(name: str, ranges: Sequence[Measured], rules: Convention, risk_free: float, per_year: float) -> Floats:
    if name == "mean_return" or (name == "sharpe" and rules.reward == "arithmetic"):
        return _pooled(name, ranges, rules, risk_free, per_year)
    values = np.array([each.values[name] for each in ranges])
    if name in ADDED:
        return np.asarray(values.sum(axis=0))
    if name in COMPOUNDED:
        return np.asarray(np.prod(1.0 + values, axis=0) - 1.0)
    weights = np.array([float(each.periods) for each in ranges])
    return np.asarray((weights / weights.sum()) @ values)


def _pooled(name: str, ranges: Sequence[Measured], rules: Convention, risk_free: float, per_year: float) -> Floats:
    """Return the mean return, or the Sharpe ratio, of all period returns of the ranges."""
    number = float(sum(each.periods for each in ranges))
    total = np.sum([each.sums for each in ranges], axis=0)
    squares = np.sum([each.squares for each in ranges], axis=0)
    mean = total / number
    if name == "mean_return":
        return np.asarray(mean)
    with np.errstate(all="ignore"):
        variance = (squares - number * mean * mean) / (number - rules.ddof)
        # Returns that are all alike leave only rounding behind.
        known = variance > 1e-14 * squares / number
        ratio = (mean - per_period(risk_free, per_year)) / np.sqrt(variance) * math.sqrt(per_year)
    return np.where(known, ratio, np.nan)
