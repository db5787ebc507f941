"""Metrics of bare series: of returns, or of an equity curve. The very kernels of a run compute them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.compute import Value, alone, evaluate, metrics, of_one
from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import DAY_NS, Facts, statistics_for
from lockstep.analytics.metrics.sample import Sample
from lockstep.errors import MetricsInputError
from lockstep.kernels.stats.block import (
    PERIOD,
    STATISTICS,
    TRADE_STATISTICS,
    finish_block,
    observe_block,
    observe_returns,
    observe_trades,
)
from lockstep.kernels.stats.trades import trade_statistics_init

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Numbers = Sequence[float] | Floats


def metrics_from_equity(
    equity: Numbers,
    time_ns: Sequence[int] | Integers,
    facts: Facts,
    convention: str | Convention = "lockstep",
    *,
    session: Sequence[int] | Integers | None = None,
    gross: Numbers | None = None,
    net: Numbers | None = None,
    benchmark: Numbers | None = None,
    trades: npt.NDArray[np.void] | None = None,
) -> dict[str, Value]:
    """Return the metrics of an equity curve.

    Args:
        equity: float[n], account value at each bar.
        time_ns: int[n], the bars' times in nanoseconds UTC, ascending.
        facts: facts of the run, its initial cash first of all.
        convention: a preset's name or a ``Convention``.
        session: int[n], session day numbers; None: the UTC day of each bar.
        gross: float[n], sum of absolute position values; None: nothing was ever held.
        net: float[n], sum of signed position values; None: as ``gross``.
        benchmark: float[n], benchmark levels, nan where unchanged; None: there is none.
        trades: TRADE[k], in the order of their exits.

    Raises:
        UnknownConventionError: no preset has this name.
        MetricsInputError: the columns are not series of numbers of one length.
    """
    level = one_series("equity", equity)
    rows = len(level)
    times = np.ascontiguousarray(time_ns, np.int64)
    days = times // DAY_NS if session is None else np.ascontiguousarray(session, np.int64)
    held = np.zeros(rows) if gross is None else one_series("gross", gross)
    signed = held if net is None else one_series("net", net)
    market = np.full(rows, np.nan) if benchmark is None else one_series("benchmark", benchmark, gaps=True)
    for name, column in (("time_ns", times), ("session", days), ("gross", held), ("net", signed)):
        same_length("equity", level, name, column)
    same_length("equity", level, "benchmark", market)
    packed, periods = STATISTICS.pack(statistics_for(convention, facts)), np.zeros(rows + 1, PERIOD)
    state = packed.floats, packed.integers
    written = observe_block(*state, times, days, level, held, signed, market, periods, 0)
    written = finish_block(*state, periods, written)
    closed = TRADE_STATISTICS.pack(trade_statistics_init())
    if trades is not None:
        observe_trades(closed.floats, closed.integers, trades)
    trade_statistics = TRADE_STATISTICS.unpack(closed)
    return metrics(STATISTICS.unpack(packed), trade_statistics, periods[:written], facts, convention)


def metrics_from_returns(
    returns: Numbers,
    benchmark: Numbers | None = None,
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
    beside = np.full(len(series), np.nan) if benchmark is None else one_series("benchmark", benchmark, gaps=True)
    same_length("returns", series, "benchmark", beside)
    facts = Facts(
        1.0, interval_ns, risk_free=risk_free, required_return=required_return, trials=trials,
        trial_variance=trial_variance, has_times=interval_ns > 0,
    )  # fmt: skip
    packed = STATISTICS.pack(statistics_for(rules, facts))
    observe_returns(packed.floats, packed.integers, np.arange(len(series)) * interval_ns, series, beside)
    statistics = alone(STATISTICS.unpack(packed))
    trades = alone(trade_statistics_init())
    return of_one(evaluate(Sample(statistics, trades, series, facts, rules)))


def one_series(name: str, values: Any, *, gaps: bool = False) -> Floats:
    """Return values as float64[n].

    Raises ``MetricsInputError`` unless they are one series of finite numbers (nan allowed with ``gaps``).
    """
    try:
        series = np.ascontiguousarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise MetricsInputError(f"expected {name} to be numbers, found {values!r:.80}: {error}") from None
    if series.ndim != 1:
        raise MetricsInputError(f"expected {name} to be one series, found {series.ndim} dimensions: pass one column")
    bad = np.flatnonzero(np.isinf(series) | (np.isnan(series) & (not gaps)))
    if len(bad):
        raise MetricsInputError(
            f"expected every value of {name} to be a number, found {series[bad[0]]} at {bad[0]}: "
            f"drop or fill such periods first"
        )
    return series


def same_length(name: str, values: npt.NDArray[Any], other: str, others: npt.NDArray[Any]) -> None:
    """Raise ``MetricsInputError`` unless both have one value for each period."""
    if len(values) != len(others):
        raise MetricsInputError(
            f"expected as many values of {other} as of {name}, {len(values)}, found {len(others)}: "
            f"align both to the same times first"
        )
