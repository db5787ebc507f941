"""What needs all period returns at once: quantiles and absolute deviations. nan where they were not kept."""

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.sample import NAN, Sample

GROUP = "Distribution"
CUTOFF = 0.05


@metric("Tail ratio", "ratio", group=GROUP, empyrical="tail_ratio", vectorbt="Tail Ratio")
def tail_ratio(sample: Sample) -> float:
    """|95 % quantile of returns| / |5 % quantile|, interpolated linearly."""
    if not len(sample.returns):
        return NAN
    low, high = np.percentile(sample.returns, [5, 95])
    return sample.ratio(abs(high), abs(low))


@metric("Common sense ratio", "ratio", group=GROUP, vectorbt="Common Sense Ratio")
def common_sense_ratio(sample: Sample) -> float:
    """Tail ratio x (1 + annual return)."""
    return tail_ratio(sample) * (1.0 + sample.annual_return)


@metric("Value at risk", "fraction", group=GROUP, empyrical="value_at_risk", vectorbt="Value at Risk")
def value_at_risk(sample: Sample) -> float:
    """5 % quantile of period returns, interpolated linearly."""
    return float(np.percentile(sample.returns, 100 * CUTOFF)) if len(sample.returns) else NAN


@metric(
    "Conditional value at risk",
    "fraction",
    group=GROUP,
    empyrical="conditional_value_at_risk",
    vectorbt="cond_value_at_risk",
)
def conditional_value_at_risk(sample: Sample) -> float:
    """Mean of the worst k returns, k = floor((n - 1) 5 %) + 1."""
    if not len(sample.returns):
        return NAN
    worst = int((len(sample.returns) - 1) * CUTOFF)
    return float(np.mean(np.partition(sample.returns, worst)[: worst + 1]))


@metric("Mean absolute deviation", "fraction", group=GROUP, source="Konno and Yamazaki (1991)")
def mean_absolute_deviation(sample: Sample) -> float:
    """Mean of |r - mean(r)|."""
    returns = sample.returns
    return float(np.mean(np.abs(returns - np.mean(returns)))) if len(returns) else NAN
