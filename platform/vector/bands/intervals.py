"""From the metrics of many runs to an interval for each metric, and to what holds on every rung."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from lockstep.errors import BacktestError

Metrics = Mapping[str, Any]


class Interval(NamedTuple):
    """What a metric is under the settings given, and at least and at most under the rungs."""

    metric: str
    low: float
    reference: float
    high: float
    low_rung: str
    """The rung that gave ``low``: the reference where no rung goes below it."""
    high_rung: str
    undefined: int
    """Number of rungs, the reference included, on which the metric has no value; they are in no interval."""

    @property
    def width(self) -> float:
        """High less low."""
        return self.high - self.low


class Conclusion(NamedTuple):
    """A statement about a metric, and on which rungs it holds."""

    metric: str
    relation: str
    """``above`` or ``below``."""
    threshold: float
    broken_by: tuple[str, ...]
    """Rungs on which it doesn't hold, or the metric has no value."""
    rungs: int
    """How many were asked, the reference included."""

    @property
    def holds(self) -> bool:
        """Does it hold on every rung?"""
        return not self.broken_by


def intervals(found: Mapping[str, Metrics], reference: str, units: Mapping[str, str]) -> dict[str, Interval]:
    """Return an interval for every metric that is no time; ``found`` is rung -> metrics, ``units`` metric -> unit."""
    return {
        metric: _interval(metric, {rung: float(values[metric]) for rung, values in found.items()}, reference)
        for metric, unit in units.items()
        if unit != "time"
    }


def _interval(metric: str, values: Mapping[str, float], reference: str) -> Interval:
    known = {rung: value for rung, value in values.items() if not math.isnan(value)}
    if not known:
        return Interval(metric, math.nan, math.nan, math.nan, "", "", len(values))
    # Of rungs that are level the reference is named, or else the first: min and max keep the first they meet.
    order = sorted(known, key=lambda rung: rung != reference)
    low, high = min(order, key=lambda rung: known[rung]), max(order, key=lambda rung: known[rung])
    return Interval(metric, known[low], values[reference], known[high], low, high, len(values) - len(known))


def conclusion(
    found: Mapping[str, Metrics], metric: str, above: float | None = None, below: float | None = None
) -> Conclusion:
    """Return whether a metric is above, or below, a number on every rung.

    Raises ``BacktestError`` for an unknown metric and unless exactly one of ``above`` and ``below`` is given.
    """
    if (above is None) == (below is None):
        raise BacktestError("say what a metric must be: above=0.0 or below=0.0, one of the two")
    known = next(iter(found.values()))
    if metric not in known:
        raise BacktestError(f"there is no metric {metric!r}; docs/metrics.md lists them, such as total_return, sharpe")
    threshold, relation = (above, "above") if above is not None else (below, "below")
    assert threshold is not None
    sign = 1.0 if relation == "above" else -1.0
    # Not "<=": what has no value holds nowhere.
    broken = [rung for rung, values in found.items() if not sign * (float(values[metric]) - threshold) > 0.0]
    return Conclusion(metric, relation, float(threshold), tuple(broken), len(found))
