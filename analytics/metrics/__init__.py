"""Metrics of a run or of a series of returns, under written conventions (docs/metrics.md)."""

from lockstep.analytics.metrics.aggregate import (
    aggregate_returns,
    cumulative_returns,
    drawdown_series,
    simple_returns,
)
from lockstep.analytics.metrics.catalogue import Metric
from lockstep.analytics.metrics.compute import metrics, metrics_of_many
from lockstep.analytics.metrics.conventions import (
    BACKTESTING,
    EMPYRICAL,
    LOCKSTEP,
    PRESETS,
    VECTORBT,
    Convention,
    preset,
)
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.analytics.metrics.formulas import FORMULAS, GROUPS
from lockstep.analytics.metrics.needs import STATISTIC_GROUPS, needs
from lockstep.analytics.metrics.series import metrics_from_equity, metrics_from_returns

__all__ = [
    "BACKTESTING",
    "EMPYRICAL",
    "FORMULAS",
    "GROUPS",
    "LOCKSTEP",
    "PRESETS",
    "STATISTIC_GROUPS",
    "VECTORBT",
    "Convention",
    "Facts",
    "Metric",
    "aggregate_returns",
    "cumulative_returns",
    "drawdown_series",
    "metrics",
    "metrics_from_equity",
    "metrics_from_returns",
    "metrics_of_many",
    "needs",
    "preset",
    "simple_returns",
    "statistics_for",
]
