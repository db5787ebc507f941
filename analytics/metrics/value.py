"""Times, values and what was earned in all."""

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import NAN, Sample
from lockstep.kernels.stats.growth import total_growth

GROUP = "Run"
NEVER = np.datetime64("NaT", "ns")


def elapsed_ns(sample: Sample, time_ns: int) -> int:
    """Return a length of time; under rounded durations and with daily bars in whole days.

    Two sessions' opens, or closes, are an hour off whole days when summer time begins or ends between them.
    """
    interval_ns = sample.facts.interval_ns
    if sample.rules.durations == "rounded" and interval_ns and interval_ns % DAY_NS == 0:
        return round(time_ns / DAY_NS) * DAY_NS
    return time_ns


def moment_of(sample: Sample, time_ns: int) -> np.datetime64:
    """Return a time of the run; NaT where times are unknown."""
    known = sample.facts.has_times and sample.curve.rows
    return np.datetime64(int(time_ns), "ns") if known else NEVER


@metric("Start", "time", group=GROUP, vectorbt="Start", backtesting="Start")
def start(sample: Sample) -> np.datetime64:
    """Time of the first bar, UTC."""
    return moment_of(sample, sample.curve.first_time_ns)


@metric("End", "time", group=GROUP, vectorbt="End", backtesting="End")
def end(sample: Sample) -> np.datetime64:
    """Time of the last bar, UTC."""
    return moment_of(sample, sample.curve.time_ns)


@metric("Duration", "days", group=GROUP, vectorbt="Period", backtesting="Duration")
def duration(sample: Sample) -> float:
    """End - start.

    vectorbt: bars x interval.
    """
    curve = sample.curve
    if sample.rules.durations == "rows":
        return curve.rows * sample.facts.interval_ns / DAY_NS if sample.facts.interval_ns else NAN
    if not (sample.facts.has_times and curve.rows):
        return NAN
    return elapsed_ns(sample, int(curve.time_ns - curve.first_time_ns)) / DAY_NS


@metric("Bars", "count", group=GROUP)
def bars(sample: Sample) -> float:
    """Rows of the run, warm-up included."""
    return float(sample.curve.rows)


@metric("Periods", "count", group=GROUP)
def periods(sample: Sample) -> float:
    """Period returns: sessions, or bars under a per-bar convention."""
    return float(sample.count)


@metric("Warm-up", "count", group=GROUP)
def warm_up(sample: Sample) -> float:
    """Bars before the strategy could first trade; they count in equity."""
    return float(sample.facts.warm_up)


@metric("Start value", "currency", group=GROUP, vectorbt="Start Value")
def start_value(sample: Sample) -> float:
    """Equity before the first bar."""
    return float(sample.curve.initial)


@metric("End value", "currency", group=GROUP, vectorbt="End Value", backtesting="Equity Final [$]")
def end_value(sample: Sample) -> float:
    """Equity at the last bar."""
    return float(sample.curve.equity)


@metric("Peak value", "currency", group=GROUP, backtesting="Equity Peak [$]")
def peak_value(sample: Sample) -> float:
    """Highest equity of a bar."""
    return float(sample.curve.highest) if sample.curve.rows else NAN


@metric("Lowest value", "currency", group=GROUP)
def lowest_value(sample: Sample) -> float:
    """Lowest equity of a bar."""
    return float(sample.curve.lowest) if sample.curve.rows else NAN


@metric("Profit", "currency", group=GROUP)
def profit(sample: Sample) -> float:
    """End value - start value."""
    return float(sample.curve.equity - sample.curve.initial)


@metric("Fees", "currency", group=GROUP, vectorbt="Total Fees Paid", backtesting="Commissions [$]")
def fees(sample: Sample) -> float:
    """All fees paid.

    backtesting.py: of closed trades.
    """
    trades = sample.trades
    if sample.rules.closed_trades_only:
        return float(trades.fees)
    return float(trades.fees + trades.open_fees) if sample.facts.fees is None else sample.facts.fees


@metric(
    "Total return",
    "fraction",
    group=GROUP,
    empyrical="cum_returns_final",
    vectorbt="Total Return [%]",
    backtesting="Return [%]",
)
def total_return(sample: Sample) -> float:
    """End value / start value - 1.

    backtesting.py: over the first bar's equity.
    """
    curve = sample.curve
    if not curve.rows:
        return NAN
    before = curve.first if sample.rules.skip_first else curve.initial
    return sample.ratio(curve.equity - before, before)


@metric(
    "Benchmark return",
    "fraction",
    group=GROUP,
    vectorbt="Benchmark Return [%]",
    backtesting="Buy & Hold Return [%]",
)
def benchmark_return(sample: Sample) -> float:
    """Growth of the benchmark over the run.

    backtesting.py: from the first bar after warm-up.
    """
    curve = sample.curve
    if sample.rules.after_warm_up:
        before = curve.benchmark_after_warm_up
        return sample.ratio(curve.benchmark - before, before)
    pairs = sample.relative.pairs.n
    return total_growth(sample.relative.benchmark_growth) - 1.0 if pairs else NAN
