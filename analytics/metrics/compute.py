"""Metrics of a run, or of a bare series of returns, under a convention."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.analytics.metrics.formulas import FORMULAS
from lockstep.analytics.metrics.sample import Sample
from lockstep.errors import MetricsInputError
from lockstep.kernels.stats.block import PERIOD, STATISTICS, finish_block, observe_returns
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


def metrics_from_returns(
    returns: Sequence[float] | Floats,
    benchmark: Sequence[float] | Floats | None = None,
    risk_free: float = 0.0,
    convention: str | Convention = "lockstep",
    *,
    required_return: float | None = None,
    interval_ns: int = 0,
    periods_per_year: float | None = None,
    trials: int = 1,
    trial_variance: float = float("nan"),
) -> dict[str, Value]:
    """Return the metrics of a series of period returns; the very kernels of a run compute them.

    Args:
        returns: float[n], one return a period (a session, unless an interval says otherwise), 0.01 for one
        percent. benchmark: float[n], the benchmark's returns of the same periods; nan where there is none.
        risk_free: annual rate. convention: a preset's name or a ``Convention``. required_return: annual rate
        for downside statistics; None: as the convention says. interval_ns: length of a period, for durations
        and where the convention counts periods per year by it. periods_per_year: overrides the convention's.
        trials: how many variants were tried, for the deflated Sharpe ratio. trial_variance: variance of
        their annual Sharpe ratios.

    Raises:
        UnknownConventionError: no preset has this name.
        MetricsInputError: the returns are not one series of numbers, or the benchmark has another length.
    """
    rules = preset(convention)
    if periods_per_year is not None:
        rules = replace(rules, periods_per_year=float(periods_per_year))
    series = one_series("returns", returns)
    beside = (
        np.full(len(series), np.nan) if benchmark is None else one_series("benchmark", benchmark, gaps=True)
    )
    if len(beside) != len(series):
        raise MetricsInputError(
            f"expected one benchmark return for each of the {len(series)} returns, found {len(beside)}: "
            f"align both to the same periods first"
        )
    facts = Facts(
        1.0, interval_ns, risk_free=risk_free, required_return=required_return, trials=trials,
        trial_variance=trial_variance, has_times=interval_ns > 0,
    )  # fmt: skip
    packed = STATISTICS.pack(statistics_for(rules, facts))
    observe_returns(packed.floats, packed.integers, np.arange(len(series)) * interval_ns, series, beside)
    return evaluate(Sample(STATISTICS.unpack(packed), trade_statistics_init(), series, beside, facts, rules))


def one_series(name: str, values: Any, *, gaps: bool = False) -> Floats:
    """Return values as float64[n].

    Raises ``MetricsInputError`` unless they are one series of finite numbers (nan allowed with ``gaps``).
    """
    try:
        series = np.ascontiguousarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise MetricsInputError(f"expected {name} to be numbers, found {values!r:.80}: {error}") from None
    if series.ndim != 1:
        raise MetricsInputError(
            f"expected {name} to be one series, found {series.ndim} dimensions: pass one column"
        )
    bad = np.flatnonzero(np.isinf(series) | (np.isnan(series) & (not gaps)))
    if len(bad):
        raise MetricsInputError(
            f"expected every value of {name} to be a number, found {series[bad[0]]} at {bad[0]}: "
            f"drop or fill such periods first"
        )
    return series
