"""Which statistics metrics look at, so that a search for five of them measures no more than these ask for.

Nothing is declared: formulas have no branch that depends on a run's numbers, so evaluating one on a sample that takes
note of what is read finds all it ever reads under that convention.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import DAY_NS, Facts
from lockstep.analytics.metrics.formulas import chosen
from lockstep.analytics.metrics.sample import Sample
from lockstep.kernels.stats.statistics import statistics_init
from lockstep.kernels.stats.trades import trade_statistics_init

GIVEN = "given"
"""Known before the first bar: measuring it costs nothing."""

STATISTIC_GROUPS = {
    "statistics.rules": GIVEN,
    "statistics.curve": "equity",
    "statistics.curve.initial": GIVEN,
    "statistics.curve.warm_up": GIVEN,
    "statistics.curve.highest": "extremes",
    "statistics.curve.lowest": "extremes",
    "statistics.curve.benchmark": "benchmark",
    "statistics.curve.benchmark_base": "benchmark",
    "statistics.curve.benchmark_first": "benchmark",
    "statistics.curve.benchmark_after_warm_up": "benchmark",
    "statistics.exposure": "exposure",
    "statistics.drawdown": "drawdown",
    "statistics.drawdown.rows": "depth",
    "statistics.drawdown.peak": "depth",
    "statistics.drawdown.maximum": "depth",
    "statistics.log_changes": "log_changes",
    "statistics.periods.growth": "growth",
    "statistics.periods.moments": "moments",
    "statistics.periods.moments.n": "returns",
    "statistics.periods.moments.mean": "returns",
    "statistics.periods.moments.m2": "returns",
    "statistics.periods.moments.best": "returns",
    "statistics.periods.moments.worst": "returns",
    "statistics.periods.shortfall": "shortfall",
    "statistics.periods.shortfall.required": GIVEN,
    "statistics.periods.shortfall.threshold": GIVEN,
    "statistics.periods.trend": "trend",
    "statistics.periods.relative": "relative",
    "statistics.periods.relative.required": GIVEN,
    "trades": "trade_detail",
    "trades.closed": "trades",
    "trades.open": "trades",
    "trades.longs": "trades",
    "trades.long_wins": "trades",
    "trades.wins.n": "trades",
    "trades.losses.n": "trades",
    "returns": "quantile",
}
"""Statistic -> the group it is measured with; a named tuple's name stands for those of its fields not listed."""


def group_of(path: str) -> str:
    """Return the group of a statistic, given as in ``statistics.periods.moments.m2``."""
    while path and path not in STATISTIC_GROUPS:
        path = path.rpartition(".")[0]
    return STATISTIC_GROUPS[path]


def needs(
    names: Iterable[str] | None = None, convention: str | Convention = "lockstep", facts: Facts | None = None
) -> frozenset[str]:
    """Return the groups of statistics that metrics look at under a convention.

    Args:
        names: which metrics; None: all.
        convention: a preset's name or a ``Convention``.
        facts: facts of the runs: where fees are known, those of trades need not be summed. None: daily bars of which
            no more is known.

    Returns:
        of the groups in ``STATISTIC_GROUPS`` those that must be measured. "quantile" asks for all period returns.

    Raises:
        UnknownConventionError: no preset has this name.
        UnknownMetricError: no metric has one of the names.
    """
    read: set[str] = set()
    statistics: Any = Watched(statistics_init(1.0), "statistics", read)
    trades: Any = Watched(trade_statistics_init(), "trades", read)
    returns: Any = Watched((), "returns", read)
    known = Facts(interval_ns=DAY_NS) if facts is None else facts
    sample = Sample(statistics, trades, returns, known, preset(convention))
    with np.errstate(all="ignore"):
        for entry in chosen(names):
            entry.formula(sample)
    return frozenset(map(group_of, read)) - {GIVEN}


class Watched:
    """A named tuple that takes note of which of its leaves are read."""

    def __init__(self, values: tuple[Any, ...], path: str, read: set[str]) -> None:
        self._values, self._path, self._read = values, path, read

    def __getattr__(self, name: str) -> Any:
        value, path = getattr(self._values, name), f"{self._path}.{name}"
        if isinstance(value, tuple):
            return Watched(value, path, self._read)
        self._read.add(path)
        return np.array([value])

    def __len__(self) -> int:
        self._read.add(self._path)
        return len(self._values)
