"""How much of the time, and how much of the equity, was in the market."""

from typing import Any

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.sample import Floats, Sample, mean_of, where_known

GROUP = "Exposure"


def per_bar(sample: Sample, total: Any) -> Floats:
    """Return a sum over the number of bars; nan without bars."""
    return mean_of(total, sample.curve.rows)


@metric("Exposure time", "fraction", group=GROUP, backtesting="Exposure Time [%]")
def exposure_time(sample: Sample) -> Floats:
    """Share of bars during any part of which a position was held.

    backtesting.py: bars from the entry to the exit of closed trades, both included.
    """
    if sample.rules.closed_trades_only:
        return per_bar(sample, sample.trades.covered_rows)
    return per_bar(sample, sample.statistics.exposure.rows_held + sample.statistics.exposure.rows_left)


@metric("Max gross exposure", "fraction", group=GROUP, vectorbt="Max Gross Exposure [%]")
def max_gross_exposure(sample: Sample) -> Floats:
    """Highest sum of |position value| over equity at the end of a bar.

    vectorbt divides short positions by their value plus free cash, which is the same when they are opened.
    """
    return where_known(sample.curve.rows, sample.statistics.exposure.gross_maximum)


@metric("Mean gross exposure", "fraction", group=GROUP)
def mean_gross_exposure(sample: Sample) -> Floats:
    """Mean over all bars of the sum of |position value| over equity."""
    return per_bar(sample, sample.statistics.exposure.gross_sum)


@metric("Mean net exposure", "fraction", group=GROUP)
def mean_net_exposure(sample: Sample) -> Floats:
    """Mean over all bars of the sum of signed position value over equity."""
    return per_bar(sample, sample.statistics.exposure.net_sum)


@metric("Max net exposure", "fraction", group=GROUP)
def max_net_exposure(sample: Sample) -> Floats:
    """Highest sum of signed position value over equity; at least 0."""
    return where_known(sample.curve.rows, sample.statistics.exposure.net_maximum)


@metric("Min net exposure", "fraction", group=GROUP)
def min_net_exposure(sample: Sample) -> Floats:
    """Lowest sum of signed position value over equity; at most 0."""
    return where_known(sample.curve.rows, sample.statistics.exposure.net_minimum)
