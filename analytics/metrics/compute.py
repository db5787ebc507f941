"""Metrics of a run under a convention."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts
from lockstep.analytics.metrics.formulas import FORMULAS
from lockstep.analytics.metrics.sample import Sample
from lockstep.kernels.stats.block import PERIOD, STATISTICS, finish_block
from lockstep.kernels.stats.statistics import Statistics
from lockstep.kernels.stats.trades import TradeStatistics, trade_statistics_init

Value = float | np.datetime64
Floats = npt.NDArray[np.float64]

NO_PERIODS = np.empty(0, PERIOD)


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
        period that
            is still open is closed for the purpose.
        trade_statistics: statistics of its trades; None: there were none.
        period_returns: PERIOD[periods], the closed periods as written by ``observe_block`` and
        ``finish_block``;
            None: not kept, and what needs all returns at once is nan.
        facts: facts of the run.
        convention: a preset's name or a ``Convention``.

    Raises:
        UnknownConventionError: no preset has this name.
    """
    kept = NO_PERIODS if period_returns is None else period_returns
    sample = Sample(
        finished(statistics),
        trade_statistics_init() if trade_statistics is None else trade_statistics,
        np.ascontiguousarray(kept["portfolio"], np.float64),
        np.ascontiguousarray(kept["benchmark"], np.float64),
        Facts(float(statistics.curve.initial)) if facts is None else facts,
        preset(convention),
    )
    return evaluate(sample)


def finished(statistics: Statistics) -> Statistics:
    """Return the statistics with the open period closed."""
    packed = STATISTICS.pack(statistics)
    finish_block(packed.floats, packed.integers, NO_PERIODS, 0)
    return STATISTICS.unpack(packed)  # type: ignore[no-any-return]


def evaluate(sample: Sample) -> dict[str, Value]:
    """Return the value of every formula for a sample."""
    with np.errstate(all="ignore"):
        return {name: plain(entry.formula(sample)) for name, entry in FORMULAS.items()}


def plain(value: Any) -> Value:
    """Return a Python float, or a time as it is."""
    return value if isinstance(value, np.datetime64) else float(value)
