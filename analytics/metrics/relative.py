"""Beside the benchmark: alpha and beta, capture, and the decompositions of Bacon's book."""

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.downside import BACON, kappa
from lockstep.analytics.metrics.sample import Floats, Sample, mean_of, where_known
from lockstep.analytics.metrics.value import benchmark_return, total_return
from lockstep.kernels.stats.elementwise import power
from lockstep.kernels.stats.relative import CoMoments

GROUP = "Benchmark"
JENSEN = "Jensen, The Performance of Mutual Funds, Journal of Finance 23 (1968)"


def yearly(sample: Sample, intercept: Floats) -> Floats:
    """Return the return of a period, compounded to a year."""
    return power(1.0 + intercept, sample.per_year) - 1.0


@metric("Benchmark annual return", "fraction", group=GROUP)
def benchmark_annual_return(sample: Sample) -> Floats:
    """Annual return of the benchmark."""
    return sample.benchmark_annual_return


@metric("Benchmark annual volatility", "fraction", group=GROUP)
def benchmark_annual_volatility(sample: Sample) -> Floats:
    """Standard deviation of the benchmark's period returns x sqrt(N)."""
    return sample.benchmark_deviation * np.sqrt(sample.per_year)


@metric(
    "Alpha",
    "fraction",
    group=GROUP,
    source=JENSEN,
    empyrical="alpha",
    vectorbt="Alpha",
    backtesting="Alpha [%]",
)
def alpha(sample: Sample) -> Floats:
    """(1 + a)^N - 1, a = mean(r - rf) - beta mean(b - rf), b the benchmark's returns.

    backtesting.py: total return - rf - beta (benchmark return - rf), rf the annual risk-free rate.
    """
    if sample.rules.alpha == "regression":
        return yearly(sample, sample.intercept(sample.relative.pairs))
    excess = benchmark_return(sample) - sample.facts.risk_free
    return total_return(sample) - sample.facts.risk_free - sample.beta * excess


@metric("Beta", "ratio", group=GROUP, empyrical="beta", vectorbt="Beta", backtesting="Beta")
def beta(sample: Sample) -> Floats:
    """Cov(r, b) / Var(b); nan for a flat benchmark.

    backtesting.py: of log changes from bar to bar.
    """
    return sample.beta


@metric("Up alpha", "fraction", group=GROUP, empyrical="up_alpha_beta[0]")
def up_alpha(sample: Sample) -> Floats:
    """Alpha over the periods in which the benchmark rose."""
    return yearly(sample, sample.intercept(sample.relative.up))


@metric("Up beta", "ratio", group=GROUP, empyrical="up_alpha_beta[1]")
def up_beta(sample: Sample) -> Floats:
    """Beta over the periods in which the benchmark rose."""
    return sample.slope(sample.relative.up)


@metric("Down alpha", "fraction", group=GROUP, empyrical="down_alpha_beta[0]")
def down_alpha(sample: Sample) -> Floats:
    """Alpha over the periods in which the benchmark fell."""
    return yearly(sample, sample.intercept(sample.relative.down))


@metric("Down beta", "ratio", group=GROUP, empyrical="down_alpha_beta[1]")
def down_beta(sample: Sample) -> Floats:
    """Beta over the periods in which the benchmark fell."""
    return sample.slope(sample.relative.down)


@metric("Correlation", "ratio", group=GROUP)
def correlation(sample: Sample) -> Floats:
    """Cov(r, b) / sqrt(Var(r) Var(b))."""
    pairs = sample.relative.pairs
    squares = np.multiply(pairs.m2, pairs.benchmark_m2)
    return where_known(squares > 0.0, pairs.cross / np.sqrt(squares))


@metric("R squared", "fraction", group=GROUP)
def r_squared(sample: Sample) -> Floats:
    """Correlation squared."""
    return np.square(correlation(sample))


@metric("Tracking error", "fraction", group=GROUP, source=BACON)
def tracking_error(sample: Sample) -> Floats:
    """Standard deviation of r - b, times sqrt(N)."""
    return sample.active_deviation * np.sqrt(sample.per_year)


@metric("Excess Sharpe", "ratio", group=GROUP, empyrical="excess_sharpe", vectorbt="information_ratio")
def excess_sharpe(sample: Sample) -> Floats:
    """mean(r - b) / standard deviation of r - b, not annualised."""
    relative = sample.relative
    return where_known(np.greater(relative.pairs.n, 1), sample.ratio(relative.active_mean, sample.active_deviation))


@metric("Information ratio", "ratio", group=GROUP, source="Grinold and Kahn, Active Portfolio Management (1999)")
def information_ratio(sample: Sample) -> Floats:
    """mean(r - b) / standard deviation of r - b, times sqrt(N)."""
    return excess_sharpe(sample) * np.sqrt(sample.per_year)


@metric("Active premium", "fraction", group=GROUP, source=BACON)
def active_premium(sample: Sample) -> Floats:
    """Annual return - the benchmark's annual return."""
    return sample.annual_return - sample.benchmark_annual_return


@metric("Information ratio (geometric)", "ratio", group=GROUP, source=BACON)
def information_ratio_geometric(sample: Sample) -> Floats:
    """Active premium / tracking error."""
    return sample.ratio(active_premium(sample), tracking_error(sample))


@metric("Capture", "ratio", group=GROUP, empyrical="capture", vectorbt="capture")
def capture(sample: Sample) -> Floats:
    """Annual return / the benchmark's annual return."""
    return sample.ratio(sample.annual_return, sample.benchmark_annual_return)


@metric("Up capture", "ratio", group=GROUP, empyrical="up_capture", vectorbt="up_capture")
def up_capture(sample: Sample) -> Floats:
    """Capture over the periods in which the benchmark rose."""
    relative = sample.relative
    count = relative.up.n
    mine = sample.annualised(relative.up_growth, count)
    return sample.ratio(mine, sample.annualised(relative.up_benchmark_growth, count))


@metric("Down capture", "ratio", group=GROUP, empyrical="down_capture", vectorbt="down_capture")
def down_capture(sample: Sample) -> Floats:
    """Capture over the periods in which the benchmark fell."""
    relative = sample.relative
    count = relative.down.n
    mine = sample.annualised(relative.down_growth, count)
    return sample.ratio(mine, sample.annualised(relative.down_benchmark_growth, count))


@metric("Up/down capture", "ratio", group=GROUP, empyrical="up_down_capture")
def up_down_capture(sample: Sample) -> Floats:
    """Up capture / down capture."""
    return sample.ratio(up_capture(sample), down_capture(sample))


@metric("Batting average", "fraction", group=GROUP, empyrical="batting_average")
def batting_average(sample: Sample) -> Floats:
    """Share of periods in which r > b."""
    return mean_of(sample.relative.wins, sample.relative.pairs.n)


@metric("Batting average, up market", "fraction", group=GROUP, empyrical="batting_average (up market)")
def batting_average_up(sample: Sample) -> Floats:
    """Share of periods with r > b among those with b >= 0."""
    return mean_of(sample.relative.not_down_wins, sample.relative.not_down)


@metric("Batting average, down market", "fraction", group=GROUP, empyrical="batting_average (down market)")
def batting_average_down(sample: Sample) -> Floats:
    """Share of periods with r > b among those with b < 0."""
    return mean_of(sample.relative.down_wins, sample.relative.down.n)


def excess(sample: Sample) -> Floats:
    """Return the annual return above the risk-free rate."""
    return sample.annual_return - sample.facts.risk_free


def benchmark_excess(sample: Sample) -> Floats:
    """Return the benchmark's annual return above the risk-free rate."""
    return sample.benchmark_annual_return - sample.facts.risk_free


def unexplained(sample: Sample, pairs: CoMoments) -> Floats:
    """Return the sum of squares that the regression leaves."""
    return np.maximum(pairs.m2 - sample.slope(pairs) * pairs.cross, 0.0)


@metric("Treynor ratio", "ratio", group=GROUP, source="Treynor, How to Rate Management of Investment Funds (1965)")
def treynor_ratio(sample: Sample) -> Floats:
    """(annual return - annual risk-free rate) / beta."""
    return sample.ratio(excess(sample), sample.slope(sample.relative.pairs))


@metric("Jensen's alpha", "fraction", group=GROUP, source=JENSEN)
def jensen_alpha(sample: Sample) -> Floats:
    """(annual return - rf) - beta (benchmark annual return - rf), rf the annual risk-free rate."""
    return excess(sample) - sample.slope(sample.relative.pairs) * benchmark_excess(sample)


@metric("Regression epsilon", "fraction", group=GROUP, source=BACON)
def regression_epsilon(sample: Sample) -> Floats:
    """Jensen's alpha - a, a the intercept of the regression of one period."""
    return jensen_alpha(sample) - sample.intercept(sample.relative.pairs)


@metric("Fama beta", "ratio", group=GROUP, source="Fama, Components of Investment Performance (1972)")
def fama_beta(sample: Sample) -> Floats:
    """Standard deviation of r / standard deviation of b."""
    pairs = sample.relative.pairs
    return where_known(np.greater(pairs.n, 1), sample.ratio(np.sqrt(pairs.m2), np.sqrt(pairs.benchmark_m2)))


@metric("Selectivity", "fraction", group=GROUP, source="Fama, Components of Investment Performance (1972)")
def selectivity(sample: Sample) -> Floats:
    """Jensen's alpha."""
    return jensen_alpha(sample)


@metric("Net selectivity", "fraction", group=GROUP, source="Fama, Components of Investment Performance (1972)")
def net_selectivity(sample: Sample) -> Floats:
    """Selectivity - (Fama beta - beta) (benchmark annual return - annual risk-free rate)."""
    spread = fama_beta(sample) - sample.slope(sample.relative.pairs)
    return selectivity(sample) - spread * benchmark_excess(sample)


@metric("M squared", "fraction", group=GROUP, source="Modigliani and Modigliani, Risk-Adjusted Performance (1997)")
def m2(sample: Sample) -> Floats:
    """Risk-free rate rf + (annual return - rf) x standard deviation of b / that of r."""
    scale = sample.ratio(1.0, fama_beta(sample))
    return sample.facts.risk_free + excess(sample) * scale


@metric("M squared for Sortino", "fraction", group=GROUP, source=BACON)
def m2_sortino(sample: Sample) -> Floats:
    """Annual return + Kappa 2 x (downside risk of b - downside risk of r)."""
    relative = sample.relative
    theirs = np.sqrt(mean_of(relative.benchmark_below_squares, relative.pairs.n))
    gap = (theirs - sample.downside_deviation) * np.sqrt(sample.per_year)
    return sample.annual_return + kappa(sample) * gap


@metric("M squared excess", "fraction", group=GROUP, source="R's PerformanceAnalytics (geometric)")
def m2_excess(sample: Sample) -> Floats:
    """(1 + M squared) / (1 + benchmark annual return) - 1."""
    return sample.ratio(1.0 + m2(sample), 1.0 + sample.benchmark_annual_return) - 1.0


@metric("Specific risk", "fraction", group=GROUP, source=BACON)
def specific_risk(sample: Sample) -> Floats:
    """Standard deviation (ddof 0) of what the regression on b leaves, times sqrt(N)."""
    pairs = sample.relative.pairs
    return where_known(np.greater(pairs.n, 1), np.sqrt(unexplained(sample, pairs) / pairs.n * sample.per_year))


@metric("Systematic risk", "fraction", group=GROUP, source=BACON)
def systematic_risk(sample: Sample) -> Floats:
    """Beta x annual volatility of the benchmark."""
    return sample.slope(sample.relative.pairs) * benchmark_annual_volatility(sample)


@metric("Total risk", "fraction", group=GROUP, source=BACON)
def total_risk(sample: Sample) -> Floats:
    """sqrt(specific risk^2 + systematic risk^2)."""
    specific, systematic = specific_risk(sample), systematic_risk(sample)
    return np.sqrt(specific * specific + systematic * systematic)


@metric("Modified Treynor ratio", "ratio", group=GROUP, source=BACON)
def treynor_modified(sample: Sample) -> Floats:
    """(annual return - annual risk-free rate) / systematic risk."""
    return sample.ratio(excess(sample), systematic_risk(sample))


@metric("Appraisal ratio", "ratio", group=GROUP, source="Treynor and Black (1973); Bacon (2008)")
def appraisal_ratio(sample: Sample) -> Floats:
    """Jensen's alpha / specific risk."""
    return sample.ratio(jensen_alpha(sample), specific_risk(sample))
