"""Drawdowns: how deep, how long, how often."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import NAN, Floats, Sample, column, mean_of, quotient, where_known
from lockstep.analytics.metrics.value import Times, elapsed_ns, moment_of, total_return

Integers = npt.NDArray[np.int64]

GROUP = "Drawdown"
_RESOLUTIONS_NS = (1, 1_000, 1_000_000, 1_000_000_000, 60_000_000_000, 3_600_000_000_000, DAY_NS)


def days(sample: Sample, time_ns: Any, number: Any = 1) -> Floats:
    """Return a length of time, or the mean of a number of them that are ``time_ns`` together, in days.

    Rounded up to the data's resolution where the convention says so.
    """
    mean_ns: Floats = column(elapsed_ns(sample, time_ns)) / number
    if sample.rules.durations != "rounded" or not sample.facts.interval_ns:
        return mean_ns / DAY_NS
    # The largest unit that divides the interval, as pandas names a resolution.
    unit = max(u for u in _RESOLUTIONS_NS if sample.facts.interval_ns % u == 0)
    return column(np.ceil(mean_ns / unit) * unit / DAY_NS)


def lasting_rows(sample: Sample) -> Integers:
    """Return the number of bars of the drawdown that lasts; 0 at a peak."""
    drawdown = sample.drawdown
    return np.where(np.greater(drawdown.deepest, 0.0), drawdown.rows - 1 - drawdown.peak_row, 0)


def lasting_ns(sample: Sample) -> Integers:
    """Return how long the drawdown that lasts has lasted; 0 where it doesn't count."""
    return np.where(counts_lasting(sample), sample.curve.time_ns - sample.drawdown.peak_time_ns, 0)


def counts_lasting(sample: Sample) -> Integers:
    """Return 1 where the drawdown that lasts is one, else 0; backtesting.py wants it two bars long."""
    return np.where(lasting_rows(sample) > (1 if sample.rules.durations == "rounded" else 0), 1, 0)


def number_of(sample: Sample) -> Integers:
    """Return how many drawdowns count."""
    return sample.drawdown.ended + counts_lasting(sample)


@metric(
    "Max drawdown",
    "fraction",
    group=GROUP,
    empyrical="max_drawdown",
    vectorbt="Max Drawdown [%]",
    backtesting="Max. Drawdown [%]",
)
def max_drawdown(sample: Sample) -> Floats:
    """Lowest equity / highest equity before - 1, from the initial cash on.

    vectorbt, backtesting.py: from the first bar's equity on. empyrical: at the ends of periods only.
    """
    return where_known(sample.drawdown.rows, np.negative(sample.drawdown.maximum))


@metric("Average drawdown", "fraction", group=GROUP, backtesting="Avg. Drawdown [%]")
def average_drawdown(sample: Sample) -> Floats:
    """Mean of the deepest points of all drawdowns."""
    drawdown = sample.drawdown
    number, deepest = number_of(sample), np.asarray(drawdown.deepest)
    total = drawdown.ended_depth_sum + np.where(counts_lasting(sample), deepest, 0.0)
    # One that lasts and does not count is all there is to tell of where nothing else was.
    return np.where(number, -total / number, np.where(deepest > 0.0, -deepest, NAN))


@metric(
    "Longest drawdown",
    "days",
    group=GROUP,
    vectorbt="Max Drawdown Duration",
    backtesting="Max. Drawdown Duration",
)
def max_drawdown_duration(sample: Sample) -> Floats:
    """From a peak to the recovery, or to the last bar.

    vectorbt: bars below the peak x interval; backtesting.py: rounded up to the data's resolution.
    """
    drawdown, interval_ns = sample.drawdown, sample.facts.interval_ns
    if sample.rules.durations == "rows":
        longest = max_drawdown_bars(sample)
        return where_known(np.logical_and(longest, interval_ns), longest * interval_ns / DAY_NS)
    known = np.logical_and(number_of(sample), sample.facts.has_times)
    return where_known(known, days(sample, np.maximum(drawdown.longest_ns, lasting_ns(sample))))


@metric("Average drawdown duration", "days", group=GROUP, backtesting="Avg. Drawdown Duration")
def average_drawdown_duration(sample: Sample) -> Floats:
    """Mean over all drawdowns of the time from peak to recovery or last bar."""
    drawdown, number, interval_ns = sample.drawdown, number_of(sample), sample.facts.interval_ns
    if sample.rules.durations == "rows":
        rows = drawdown.ended_rows + lasting_rows(sample)
        return where_known(np.logical_and(number, interval_ns), rows / number * interval_ns / DAY_NS)
    known = np.logical_and(number, sample.facts.has_times)
    return where_known(known, days(sample, drawdown.ended_ns + lasting_ns(sample), number))


@metric("Longest drawdown in bars", "count", group=GROUP)
def max_drawdown_bars(sample: Sample) -> Floats:
    """Most consecutive bars below a peak."""
    return column(np.maximum(sample.drawdown.longest_rows, lasting_rows(sample)))


@metric("Drawdowns", "count", group=GROUP)
def drawdowns(sample: Sample) -> Floats:
    """Number of drawdowns, the one that lasts included."""
    return column(np.add(sample.drawdown.ended, np.greater(sample.drawdown.deepest, 0.0)))


@metric("Current drawdown", "fraction", group=GROUP)
def current_drawdown(sample: Sample) -> Floats:
    """Last equity / its peak - 1."""
    drawdown = sample.drawdown
    known = np.logical_and(drawdown.rows, np.greater(drawdown.peak, 0.0))
    return where_known(known, np.minimum(np.divide(sample.curve.equity, drawdown.peak) - 1.0, 0.0))


@metric("Start of the max drawdown", "time", group=GROUP)
def max_drawdown_start(sample: Sample) -> Times:
    """Time of its peak; NaT without one."""
    drawdown = sample.drawdown
    return moment_of(sample, drawdown.maximum_peak_ns, np.greater(drawdown.maximum, 0.0))


@metric("Bottom of the max drawdown", "time", group=GROUP)
def max_drawdown_bottom(sample: Sample) -> Times:
    """Time of its deepest point; NaT without one."""
    drawdown = sample.drawdown
    return moment_of(sample, drawdown.maximum_trough_ns, np.greater(drawdown.maximum, 0.0))


@metric(
    "Pain index",
    "fraction",
    group=GROUP,
    source="Becker (2006); Bacon, Practical Portfolio Performance Measurement and Attribution (2008)",
)
def pain_index(sample: Sample) -> Floats:
    """Mean of |drawdown| over all bars."""
    drawdown = sample.drawdown
    return mean_of(drawdown.depth_sum, drawdown.rows)


@metric(
    "Ulcer index",
    "fraction",
    group=GROUP,
    source="Martin and McCann, The Investor's Guide to Fidelity Funds (1989)",
    vectorbt="ulcer_index",
)
def ulcer_index(sample: Sample) -> Floats:
    """sqrt(mean of drawdown^2) over all bars."""
    drawdown = sample.drawdown
    return np.sqrt(mean_of(drawdown.depth_squares, drawdown.rows))


@metric("Pain ratio", "ratio", group=GROUP, source="Bacon (2008)")
def pain_ratio(sample: Sample) -> Floats:
    """(annual return - annual risk-free rate) / pain index."""
    return quotient(sample.annual_return - sample.facts.risk_free, pain_index(sample))


@metric("Martin ratio", "ratio", group=GROUP, source="Martin and McCann (1989)", vectorbt="martin_ratio")
def martin_ratio(sample: Sample) -> Floats:
    """(annual return - annual risk-free rate) / ulcer index."""
    return quotient(sample.annual_return - sample.facts.risk_free, ulcer_index(sample))


@metric(
    "Burke ratio",
    "ratio",
    group=GROUP,
    source="Burke, A Sharper Sharpe Ratio (1994), with the runs of R's PerformanceAnalytics",
)
def burke_ratio(sample: Sample) -> Floats:
    """(annual return - annual risk-free rate) / sqrt(sum of D^2).

    D is the sum of each unbroken run of negative returns.
    """
    running = sample.moments.losing_run
    squares = sample.moments.losing_run_squares + running * running
    return quotient(sample.annual_return - sample.facts.risk_free, np.sqrt(squares))


@metric("Modified Burke ratio", "ratio", group=GROUP, source="Bacon (2008)")
def burke_modified(sample: Sample) -> Floats:
    """Burke ratio x sqrt(n)."""
    return burke_ratio(sample) * np.sqrt(sample.count)


@metric("Recovery factor", "ratio", group=GROUP)
def recovery_factor(sample: Sample) -> Floats:
    """Total return / |max drawdown|; nan without a drawdown."""
    return quotient(total_return(sample), sample.drawdown.maximum)
