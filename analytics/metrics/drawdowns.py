"""Drawdowns: how deep, how long, how often."""

import math

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import NAN, Sample
from lockstep.analytics.metrics.value import elapsed_ns, moment_of, total_return

GROUP = "Drawdown"
_RESOLUTIONS_NS = (1, 1_000, 1_000_000, 1_000_000_000, 60_000_000_000, 3_600_000_000_000, DAY_NS)


def days(sample: Sample, time_ns: int, number: int = 1) -> float:
    """Return a length of time, or the mean of a number of them that are ``time_ns`` together, in days.

    Rounded up to the data's resolution where the convention says so.
    """
    mean_ns = elapsed_ns(sample, time_ns) / number
    if sample.rules.durations != "rounded" or not sample.facts.interval_ns:
        return mean_ns / DAY_NS
    # The largest unit that divides the interval, as pandas names a resolution.
    unit = max(u for u in _RESOLUTIONS_NS if sample.facts.interval_ns % u == 0)
    return math.ceil(mean_ns / unit) * unit / DAY_NS


def lasting_rows(sample: Sample) -> int:
    """Return the number of bars of the drawdown that lasts; 0 at a peak."""
    drawdown = sample.drawdown
    return int(drawdown.rows - 1 - drawdown.peak_row) if drawdown.deepest > 0.0 else 0


def lasting_ns(sample: Sample) -> int:
    """Return how long the drawdown that lasts has lasted; 0 at a peak."""
    drawdown = sample.drawdown
    return int(sample.curve.time_ns - drawdown.peak_time_ns) if drawdown.deepest > 0.0 else 0


def counts_lasting(sample: Sample) -> bool:
    """Return whether the drawdown that lasts is one; backtesting.py wants it two bars long."""
    return lasting_rows(sample) > (1 if sample.rules.durations == "rounded" else 0)


@metric(
    "Max drawdown",
    "fraction",
    group=GROUP,
    empyrical="max_drawdown",
    vectorbt="Max Drawdown [%]",
    backtesting="Max. Drawdown [%]",
)
def max_drawdown(sample: Sample) -> float:
    """Lowest equity / highest equity before - 1, from the initial cash on.

    vectorbt, backtesting.py: from the first bar's equity on. empyrical: at the ends of periods only.
    """
    return -float(sample.drawdown.maximum) if sample.drawdown.rows else NAN


@metric("Average drawdown", "fraction", group=GROUP, backtesting="Avg. Drawdown [%]")
def average_drawdown(sample: Sample) -> float:
    """Mean of the deepest points of all drawdowns."""
    drawdown = sample.drawdown
    if not (drawdown.ended or counts_lasting(sample)):
        return -float(drawdown.deepest) if drawdown.deepest > 0.0 else NAN
    lasting = counts_lasting(sample)
    total = drawdown.ended_depth_sum + (drawdown.deepest if lasting else 0.0)
    return -float(total) / (int(drawdown.ended) + lasting)


@metric(
    "Longest drawdown",
    "days",
    group=GROUP,
    vectorbt="Max Drawdown Duration",
    backtesting="Max. Drawdown Duration",
)
def max_drawdown_duration(sample: Sample) -> float:
    """From a peak to the recovery, or to the last bar.

    vectorbt: bars below the peak x interval; backtesting.py: rounded up to the data's resolution.
    """
    drawdown = sample.drawdown
    if sample.rules.durations == "rows":
        longest = max(int(drawdown.longest_rows), lasting_rows(sample))
        return longest * sample.facts.interval_ns / DAY_NS if longest and sample.facts.interval_ns else NAN
    if not (drawdown.ended or counts_lasting(sample)) or not sample.facts.has_times:
        return NAN
    lasting = lasting_ns(sample) if counts_lasting(sample) else 0
    return days(sample, max(int(drawdown.longest_ns), lasting))


@metric("Average drawdown duration", "days", group=GROUP, backtesting="Avg. Drawdown Duration")
def average_drawdown_duration(sample: Sample) -> float:
    """Mean over all drawdowns of the time from peak to recovery or last bar."""
    drawdown, lasting = sample.drawdown, counts_lasting(sample)
    number = int(drawdown.ended) + lasting
    if not number:
        return NAN
    if sample.rules.durations == "rows":
        rows = int(drawdown.ended_rows) + lasting_rows(sample)
        return rows / number * sample.facts.interval_ns / DAY_NS if sample.facts.interval_ns else NAN
    if not sample.facts.has_times:
        return NAN
    return days(sample, int(drawdown.ended_ns) + (lasting_ns(sample) if lasting else 0), number)


@metric("Longest drawdown in bars", "count", group=GROUP)
def max_drawdown_bars(sample: Sample) -> float:
    """Most consecutive bars below a peak."""
    return float(max(int(sample.drawdown.longest_rows), lasting_rows(sample)))


@metric("Drawdowns", "count", group=GROUP)
def drawdowns(sample: Sample) -> float:
    """Number of drawdowns, the one that lasts included."""
    return float(int(sample.drawdown.ended) + (sample.drawdown.deepest > 0.0))


@metric("Current drawdown", "fraction", group=GROUP)
def current_drawdown(sample: Sample) -> float:
    """Last equity / its peak - 1."""
    peak = float(sample.drawdown.peak)
    if not sample.drawdown.rows or not peak > 0.0:
        return NAN
    return min(float(sample.curve.equity) / peak - 1.0, 0.0)


@metric("Start of the max drawdown", "time", group=GROUP)
def max_drawdown_start(sample: Sample) -> np.datetime64:
    """Time of its peak; NaT without one."""
    drawdown = sample.drawdown
    return moment_of(sample, drawdown.maximum_peak_ns) if drawdown.maximum > 0.0 else np.datetime64("NaT", "ns")


@metric("Bottom of the max drawdown", "time", group=GROUP)
def max_drawdown_bottom(sample: Sample) -> np.datetime64:
    """Time of its deepest point; NaT without one."""
    drawdown = sample.drawdown
    return moment_of(sample, drawdown.maximum_trough_ns) if drawdown.maximum > 0.0 else np.datetime64("NaT", "ns")


@metric(
    "Pain index",
    "fraction",
    group=GROUP,
    source="Becker (2006); Bacon, Practical Portfolio Performance Measurement and Attribution (2008)",
)
def pain_index(sample: Sample) -> float:
    """Mean of |drawdown| over all bars."""
    drawdown = sample.drawdown
    return float(drawdown.depth_sum) / int(drawdown.rows) if drawdown.rows else NAN


@metric(
    "Ulcer index",
    "fraction",
    group=GROUP,
    source="Martin and McCann, The Investor's Guide to Fidelity Funds (1989)",
    vectorbt="ulcer_index",
)
def ulcer_index(sample: Sample) -> float:
    """sqrt(mean of drawdown^2) over all bars."""
    drawdown = sample.drawdown
    return float(np.sqrt(drawdown.depth_squares / int(drawdown.rows))) if drawdown.rows else NAN


@metric("Pain ratio", "ratio", group=GROUP, source="Bacon (2008)")
def pain_ratio(sample: Sample) -> float:
    """(annual return - annual risk-free rate) / pain index."""
    below = pain_index(sample)
    return (sample.annual_return - sample.facts.risk_free) / below if below else NAN


@metric("Martin ratio", "ratio", group=GROUP, source="Martin and McCann (1989)", vectorbt="martin_ratio")
def martin_ratio(sample: Sample) -> float:
    """(annual return - annual risk-free rate) / ulcer index."""
    below = ulcer_index(sample)
    return (sample.annual_return - sample.facts.risk_free) / below if below else NAN


@metric(
    "Burke ratio",
    "ratio",
    group=GROUP,
    source="Burke, A Sharper Sharpe Ratio (1994), with the runs of R's PerformanceAnalytics",
)
def burke_ratio(sample: Sample) -> float:
    """(annual return - annual risk-free rate) / sqrt(sum of D^2).

    D is the sum of each unbroken run of negative returns.
    """
    squares = float(sample.moments.losing_run_squares + sample.moments.losing_run**2)
    return (sample.annual_return - sample.facts.risk_free) / math.sqrt(squares) if squares else NAN


@metric("Modified Burke ratio", "ratio", group=GROUP, source="Bacon (2008)")
def burke_modified(sample: Sample) -> float:
    """Burke ratio x sqrt(n)."""
    return burke_ratio(sample) * math.sqrt(sample.count)


@metric("Recovery factor", "ratio", group=GROUP)
def recovery_factor(sample: Sample) -> float:
    """Total return / |max drawdown|; nan without a drawdown."""
    deepest = float(sample.drawdown.maximum)
    return total_return(sample) / deepest if deepest else NAN
