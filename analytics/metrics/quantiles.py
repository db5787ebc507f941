"""What needs all period returns at once: quantiles and absolute deviations. nan where they were not kept."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.sample import NAN, Floats, Sample

GROUP = "Distribution"
CUTOFF = 0.05


def of_returns(sample: Sample, statistic: Callable[[Floats], Any]) -> Floats:
    """Return a statistic of a run's returns; nan where they were not kept."""
    return np.full(sample.size, statistic(sample.returns) if len(sample.returns) else NAN)


def percentile(sample: Sample, percent: float) -> Floats:
    """Return a percentile of the period returns, interpolated linearly."""
    return of_returns(sample, lambda returns: np.percentile(returns, percent))


@metric("Tail ratio", "ratio", group=GROUP, empyrical="tail_ratio", vectorbt="Tail Ratio")
def tail_ratio(sample: Sample) -> Floats:
    """|95 % quantile of returns| / |5 % quantile|, interpolated linearly."""
    return sample.ratio(np.abs(percentile(sample, 95)), np.abs(percentile(sample, 5)))


@metric("Common sense ratio", "ratio", group=GROUP, vectorbt="Common Sense Ratio")
def common_sense_ratio(sample: Sample) -> Floats:
    """Tail ratio x (1 + annual return)."""
    return tail_ratio(sample) * (1.0 + sample.annual_return)


@metric("Value at risk", "fraction", group=GROUP, empyrical="value_at_risk", vectorbt="Value at Risk")
def value_at_risk(sample: Sample) -> Floats:
    """5 % quantile of period returns, interpolated linearly."""
    return percentile(sample, 100 * CUTOFF)


@metric(
    "Conditional value at risk",
    "fraction",
    group=GROUP,
    empyrical="conditional_value_at_risk",
    vectorbt="cond_value_at_risk",
)
def conditional_value_at_risk(sample: Sample) -> Floats:
    """Mean of the worst k returns, k = floor((n - 1) 5 %) + 1."""

    def mean_of_worst(returns: Floats) -> Any:
        worst = int((len(returns) - 1) * CUTOFF)
        return np.mean(np.partition(returns, worst)[: worst + 1])

    return of_returns(sample, mean_of_worst)


@metric("Mean absolute deviation", "fraction", group=GROUP, source="Konno and Yamazaki (1991)")
def mean_absolute_deviation(sample: Sample) -> Floats:
    """Mean of |r - mean(r)|."""
    return of_returns(sample, lambda returns: np.mean(np.abs(returns - np.mean(returns))))
