"""Metrics of a run, or of many at once, under a convention."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts
from lockstep.analytics.metrics.formulas import chosen
from lockstep.analytics.metrics.sample import Sample
from lockstep.kernels.stats.block import PERIOD, STATISTICS, finish_block
from lockstep.kernels.stats.statistics import Statistics
from lockstep.kernels.stats.trades import TradeStatistics, trade_statistics_init

Value = float | np.datetime64
Column = npt.NDArray[Any]

NO_PERIODS = np.empty(0, PERIOD)
NO_RETURNS = np.empty(0)


def metrics(
    statistics: Statistics,
    trade_statistics: TradeStatistics | None = None,
    period_returns: npt.NDArray[Any] | None = None,
    facts: Facts | None = None,
    convention: str | Convention = "lockstep",
) -> dict[str, Value]:
    """Return every metric of the catalogue by name; nan (NaT for times) where one is undefined.

    Args:
        statistics: what ``statistics_for`` of the same convention and facts has become over the run; a
            period that is still open is closed for the purpose.
        trade_statistics: statistics of its trades; None: there were none.
        period_returns: PERIOD[periods], the closed periods as written by ``observe_block`` and
            ``finish_block``; None: not kept, and what needs all returns at once is nan.
        facts: facts of the run.
        convention: a preset's name or a ``Convention``.

    Raises:
        UnknownConventionError: no preset has this name.
    """
    kept = NO_PERIODS if period_returns is None else period_returns
    sample = Sample(
        alone(finished(statistics)),
        alone(trade_statistics_init() if trade_statistics is None else trade_statistics),
        np.ascontiguousarray(kept["portfolio"], np.float64),
        Facts() if facts is None else facts,
        preset(convention),
    )
    return of_one(evaluate(sample))


def metrics_of_many(
    statistics: Statistics,
    trade_statistics: TradeStatistics | None = None,
    facts: Facts | None = None,
    convention: str | Convention = "lockstep",
    names: Iterable[str] | None = None,
) -> dict[str, Column]:
    """Return metrics of many runs at once, each with the bits that ``metrics`` gives of that run alone.

    Args:
        statistics: finished statistics whose leaves are columns [k], as ``STATISTICS.unpack`` gives them of packed
            floats [leaves, k] and integers [leaves, k]; no period may be open.
        trade_statistics: statistics of their trades, likewise; None: there were none.
        facts: facts of the runs, see ``Facts`` for which of them may be columns [k].
        convention: a preset's name or a ``Convention``.
        names: which metrics; None: all. Those that need all period returns are nan.

    Returns:
        name -> float64[k], datetime64[ns][k] for times; nan and NaT where a metric is undefined.

    Raises:
        UnknownConventionError: no preset has this name.
        UnknownMetricError: no metric has one of the names.
    """
    trades = alone(trade_statistics_init()) if trade_statistics is None else trade_statistics
    sample = Sample(statistics, trades, NO_RETURNS, Facts() if facts is None else facts, preset(convention))
    return evaluate(sample, names)


def finished(statistics: Statistics) -> Statistics:
    """Return the statistics with the open period closed."""
    packed = STATISTICS.pack(statistics)
    finish_block(packed.floats, packed.integers, NO_PERIODS, 0)
    return STATISTICS.unpack(packed)  # type: ignore[no-any-return]


def alone(state: Any) -> Any:
    """Return a run's statistics as columns of length one."""
    return type(state)(*map(alone, state)) if isinstance(state, tuple) else np.array([state])


def evaluate(sample: Sample, names: Iterable[str] | None = None) -> dict[str, Column]:
    """Return the values of formulas, of all by default, for the runs of a sample."""
    with np.errstate(all="ignore"):
        return {entry.name: spread(entry.formula(sample), sample.size) for entry in chosen(names)}


def spread(values: Column, size: int) -> Column:
    """Return one value a run, also of what is the same for all; a copy, for a metric may be a statistic as it is."""
    return np.array(values if values.shape == (size,) else np.broadcast_to(values, size))


def of_one(columns: dict[str, Column]) -> dict[str, Value]:
    """Return the values of a run alone: Python floats, and times as they are."""
    return {name: values[0] if values.dtype.kind == "M" else float(values[0]) for name, values in columns.items()}
