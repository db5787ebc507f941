"""Times, values and what was earned in all."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import Floats, Sample, column, where_known
from lockstep.kernels.stats.growth import total_growth

GROUP = "Run"
NEVER = np.datetime64("NaT", "ns")
Times = npt.NDArray[np.datetime64]


def elapsed_ns(sample: Sample, time_ns: Any) -> Any:
    """Return a length of time; under rounded durations and with daily bars in whole days.

    Two sessions' opens, or closes, are an hour off whole days when summer time begins or ends between them.
    """
    interval_ns = sample.facts.interval_ns
    if sample.rules.durations == "rounded" and interval_ns and interval_ns % DAY_NS == 0:
        return np.rint(np.divide(time_ns, DAY_NS)) * DAY_NS
    return time_ns


def moment_of(sample: Sample, time_ns: Any, known: Any = True) -> Times:
    """Return a time of the run; NaT where it is not known, or times are not."""
    known = np.logical_and(known, sample.curve.rows) & sample.facts.has_times
    return np.where(known, np.asarray(time_ns).astype("datetime64[ns]"), NEVER)


@metric("Start", "time", group=GROUP, vectorbt="Start", backtesting="Start")
def start(sample: Sample) -> Times:
    """Time of the first bar, UTC."""
    return moment_of(sample, sample.curve.first_time_ns)


@metric("End", "time", group=GROUP, vectorbt="End", backtesting="End")
def end(sample: Sample) -> Times:
    """Time of the last bar, UTC."""
    return moment_of(sample, sample.curve.time_ns)


@metric("Duration", "days", group=GROUP, vectorbt="Period", backtesting="Duration")
def duration(sample: Sample) -> Floats:
    """End - start.

    vectorbt: bars x interval.
    """
    curve = sample.curve
    if sample.rules.durations == "rows":
        return where_known(sample.facts.interval_ns, np.divide(curve.rows * sample.facts.interval_ns, DAY_NS))
    known = np.logical_and(curve.rows, sample.facts.has_times)
    return where_known(known, elapsed_ns(sample, curve.time_ns - curve.first_time_ns) / DAY_NS)


@metric("Bars", "count", group=GROUP)
def bars(sample: Sample) -> Floats:
    """Rows of the run, warm-up included."""
    return column(sample.curve.rows)


@metric("Periods", "count", group=GROUP)
def periods(sample: Sample) -> Floats:
    """Period returns: sessions, or bars under a per-bar convention."""
    return column(sample.count)


@metric("Warm-up", "count", group=GROUP)
def warm_up(sample: Sample) -> Floats:
    """Bars before the strategy could first trade; they count in equity."""
    return column(sample.facts.warm_up)


@metric("Start value", "currency", group=GROUP, vectorbt="Start Value")
def start_value(sample: Sample) -> Floats:
    """Equity before the first bar."""
    return column(sample.curve.initial)


@metric("End value", "currency", group=GROUP, vectorbt="End Value", backtesting="Equity Final [$]")
def end_value(sample: Sample) -> Floats:
    """Equity at the last bar."""
    return column(sample.curve.equity)


@metric("Peak value", "currency", group=GROUP, backtesting="Equity Peak [$]")
def peak_value(sample: Sample) -> Floats:
    """Highest equity of a bar."""
    return where_known(sample.curve.rows, sample.curve.highest)


@metric("Lowest value", "currency", group=GROUP)
def lowest_value(sample: Sample) -> Floats:
    """Lowest equity of a bar."""
    return where_known(sample.curve.rows, sample.curve.lowest)


@metric("Profit", "currency", group=GROUP)
def profit(sample: Sample) -> Floats:
    """End value - start value."""
    return column(sample.curve.equity - sample.curve.initial)


@metric("Fees", "currency", group=GROUP, vectorbt="Total Fees Paid", backtesting="Commissions [$]")
def fees(sample: Sample) -> Floats:
    """All fees paid.

    backtesting.py: of closed trades.
    """
    trades = sample.trades
    if sample.rules.closed_trades_only:
        return column(trades.fees)
    return column(trades.fees + trades.open_fees if sample.facts.fees is None else sample.facts.fees)


@metric(
    "Total return",
    "fraction",
    group=GROUP,
    empyrical="cum_returns_final",
    vectorbt="Total Return [%]",
    backtesting="Return [%]",
)
def total_return(sample: Sample) -> Floats:
    """End value / start value - 1.

    backtesting.py: over the first bar's equity.
    """
    curve = sample.curve
    before = curve.first if sample.rules.skip_first else curve.initial
    return where_known(curve.rows, sample.ratio(curve.equity - before, before))


@metric(
    "Benchmark return",
    "fraction",
    group=GROUP,
    vectorbt="Benchmark Return [%]",
    backtesting="Buy & Hold Return [%]",
)
def benchmark_return(sample: Sample) -> Floats:
    """Growth of the benchmark over the run.

    backtesting.py: from the first bar after warm-up.
    """
    curve = sample.curve
    if sample.rules.after_warm_up:
        before = curve.benchmark_after_warm_up
        return sample.ratio(curve.benchmark - before, before)
    relative = sample.relative
    return where_known(relative.pairs.n, total_growth(relative.benchmark_growth) - 1.0)
