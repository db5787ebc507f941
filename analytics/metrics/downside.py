"""Returns around a required return: partial moments and the ratios made of them."""

from typing import Any

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.sample import Floats, Sample, mean_of, where_known
from lockstep.kernels.stats.elementwise import power

GROUP = "Downside"
BACON = "Bacon, Practical Portfolio Performance Measurement and Attribution (2008)"
LOSS_AVERSION = 2.25


def per_return(sample: Sample, total: Any) -> Floats:
    """Return a sum over the number of period returns; nan without one."""
    return mean_of(total, sample.count)


@metric("Downside risk", "fraction", group=GROUP, empyrical="downside_risk", vectorbt="downside_risk")
def downside_risk(sample: Sample) -> Floats:
    """Downside deviation x sqrt(N)."""
    return sample.downside_deviation * np.sqrt(sample.per_year)


@metric("Downside deviation", "fraction", group=GROUP, source=BACON)
def downside_deviation(sample: Sample) -> Floats:
    """sqrt(mean of max(required - r, 0)^2), required the required return of a period."""
    return sample.downside_deviation


@metric("Downside potential", "fraction", group=GROUP, source=BACON)
def downside_potential(sample: Sample) -> Floats:
    """Mean of max(required - r, 0)."""
    return per_return(sample, sample.shortfall.below_sum)


@metric("Downside frequency", "fraction", group=GROUP, source=BACON)
def downside_frequency(sample: Sample) -> Floats:
    """Share of periods with a return below the required one."""
    return per_return(sample, sample.shortfall.below)


@metric("Upside risk", "fraction", group=GROUP, source=BACON)
def upside_risk(sample: Sample) -> Floats:
    """sqrt(mean of max(r - required, 0)^2)."""
    return np.sqrt(per_return(sample, sample.shortfall.above_squares))


@metric("Upside potential", "fraction", group=GROUP, source=BACON)
def upside_potential(sample: Sample) -> Floats:
    """Mean of max(r - required, 0)."""
    return per_return(sample, sample.shortfall.above_sum)


@metric("Upside frequency", "fraction", group=GROUP, source=BACON)
def upside_frequency(sample: Sample) -> Floats:
    """Share of periods with a return above the required one."""
    return per_return(sample, sample.shortfall.above)


@metric("Upside potential ratio", "ratio", group=GROUP, source="Sortino, van der Meer and Plantinga (1999)")
def upside_potential_ratio(sample: Sample) -> Floats:
    """Upside potential / downside deviation."""
    return sample.ratio(upside_potential(sample), sample.downside_deviation)


@metric("Volatility skewness", "ratio", group=GROUP, source=BACON)
def volatility_skewness(sample: Sample) -> Floats:
    """(Upside risk / downside deviation)^2."""
    return sample.ratio(sample.shortfall.above_squares, sample.shortfall.below_squares)


@metric("Variability skewness", "ratio", group=GROUP, source=BACON)
def variability_skewness(sample: Sample) -> Floats:
    """Upside risk / downside deviation."""
    return sample.ratio(upside_risk(sample), sample.downside_deviation)


@metric("Omega-Sharpe ratio", "ratio", group=GROUP, source=BACON)
def omega_sharpe(sample: Sample) -> Floats:
    """(Upside potential - downside potential) / downside potential."""
    return sample.ratio(upside_potential(sample) - downside_potential(sample), downside_potential(sample))


def kappa_of(sample: Sample, total: Any, order: int) -> Floats:
    """Return Kappa of an order, from the sum of that power of the shortfalls."""
    excess = sample.moments.mean - sample.shortfall.required
    return where_known(sample.count, sample.ratio(excess, power(per_return(sample, total), 1.0 / order)))


@metric("Kappa 2", "ratio", group=GROUP, source="Kaplan and Knowles, Kappa (2004)")
def kappa(sample: Sample) -> Floats:
    """(mean(r) - required) / downside deviation, of one period."""
    return kappa_of(sample, sample.shortfall.below_squares, 2)


@metric("Kappa 3", "ratio", group=GROUP, source="Kaplan and Knowles, Kappa (2004)")
def kappa_3(sample: Sample) -> Floats:
    """(mean(r) - required) / (mean of max(required - r, 0)^3)^(1/3)."""
    return kappa_of(sample, sample.shortfall.below_cubes, 3)


@metric(
    "Bernardo-Ledoit ratio",
    "ratio",
    group=GROUP,
    source="Bernardo and Ledoit, Gain, Loss and Asset Pricing (2000)",
)
def bernardo_ledoit(sample: Sample) -> Floats:
    """Sum of positive returns / |sum of negative returns|."""
    return where_known(sample.count, sample.ratio(sample.moments.gain_sum, -sample.moments.loss_sum))


@metric("D ratio", "ratio", group=GROUP, source=BACON)
def d_ratio(sample: Sample) -> Floats:
    """Number x |sum| of negative returns / number x sum of positive returns."""
    moments = sample.moments
    return sample.ratio(moments.losses * -moments.loss_sum, moments.gains * moments.gain_sum)


@metric("Prospect ratio", "ratio", group=GROUP, source="Watanabe (2006); Kahneman and Tversky's loss aversion")
def prospect_ratio(sample: Sample) -> Floats:
    """(mean of (max(r, 0) + 2.25 min(r, 0)) - required) / downside deviation."""
    moments = sample.moments
    felt = per_return(sample, moments.gain_sum + LOSS_AVERSION * moments.loss_sum)
    return sample.ratio(felt - sample.shortfall.required, sample.downside_deviation)


@metric("Sharpe ratio (geometric)", "ratio", group=GROUP, source=BACON)
def sharpe_geometric(sample: Sample) -> Floats:
    """(annual return - annual risk-free rate) / (s sqrt(N))."""
    excess = sample.annual_return - sample.facts.risk_free
    return sample.ratio(excess, sample.deviation * np.sqrt(sample.per_year))


@metric("Adjusted Sharpe ratio", "ratio", group=GROUP, source="Pezier and White (2006)")
def adjusted_sharpe(sample: Sample) -> Floats:
    """SR (1 + skew / 6 SR - excess kurtosis / 24 SR^2), SR the geometric Sharpe ratio."""
    ratio = sharpe_geometric(sample)
    return ratio * (1.0 + sample.skew / 6.0 * ratio - sample.kurtosis / 24.0 * (ratio * ratio))


@metric("Skewness-kurtosis ratio", "ratio", group=GROUP, source=BACON)
def skewness_kurtosis(sample: Sample) -> Floats:
    """Skew / (excess kurtosis + 3)."""
    return sample.ratio(sample.skew, sample.kurtosis + 3.0)
