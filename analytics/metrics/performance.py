"""Return for risk: growth, volatility and the ratios made of them."""

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import Floats, Sample, column, mean_of, quotient, where_known
from lockstep.analytics.metrics.value import elapsed_ns, total_return
from lockstep.analytics.overfitting.sharpe import each, highest_of
from lockstep.analytics.overfitting.sharpe import probabilistic_sharpe as psr
from lockstep.kernels.stats.elementwise import power

GROUP = "Return and risk"
YEAR_DAYS = 365.25
SORTINO = "Sortino and Price, Performance Measurement in a Downside Risk Framework, J. of Investing 3 (1994)"
LOPEZ_DE_PRADO = "Bailey and Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40 (2014)"


@metric(
    "Annual return",
    "fraction",
    group=GROUP,
    empyrical="annual_return",
    vectorbt="Annualized Return [%]",
    backtesting="Return (Ann.) [%]",
)
def annual_return(sample: Sample) -> Floats:
    """(1 + r_1)...(1 + r_n) ^ (N / n) - 1 with N periods a year."""
    return sample.annual_return


@metric("CAGR", "fraction", group=GROUP, empyrical="cagr", backtesting="CAGR [%]")
def cagr(sample: Sample) -> Floats:
    """(1 + total return) ^ (1 / years) - 1, years of 365.25 days by the clock.

    empyrical: as annual return.
    """
    if sample.rules.cagr == "periods" or not sample.facts.has_times:
        return sample.annual_return
    years = elapsed_ns(sample, sample.curve.time_ns - sample.curve.first_time_ns) / DAY_NS / YEAR_DAYS
    return where_known(years, power(1.0 + total_return(sample), np.divide(1.0, years)) - 1.0)


@metric("Mean return", "fraction", group=GROUP)
def mean_return(sample: Sample) -> Floats:
    """Mean return of a period."""
    return where_known(sample.count, sample.moments.mean)


@metric(
    "Annual volatility",
    "fraction",
    group=GROUP,
    empyrical="annual_volatility",
    vectorbt="Annualized Volatility [%]",
    backtesting="Volatility (Ann.) [%]",
)
def annual_volatility(sample: Sample) -> Floats:
    """Volatility s sqrt(N), s the standard deviation of period returns (ddof 1).

    backtesting.py: sqrt((s^2 + (1 + g)^2)^N - (1 + g)^(2N)), g the geometric mean return of a
    period.
    """
    if sample.rules.volatility == "scaled":
        # Rounding included: only ratios treat equal returns as having no deviation at all.
        return np.sqrt(sample.variance(sample.moments.m2, sample.count)) * np.sqrt(sample.per_year)
    growth, periods = 1.0 + sample.geometric_mean, sample.per_year
    variance = sample.variance(sample.moments.m2, sample.count)
    return np.sqrt(power(variance + growth * growth, periods) - power(growth, 2.0 * periods))


@metric(
    "Sharpe ratio",
    "ratio",
    group=GROUP,
    source="Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994)",
    empyrical="sharpe_ratio",
    vectorbt="Sharpe Ratio",
    backtesting="Sharpe Ratio",
)
def sharpe(sample: Sample) -> Floats:
    """(mean(r) - rf) / s sqrt(N), rf the risk-free rate of a period.

    backtesting.py: (annual return - annual risk-free rate) / annual volatility.
    """
    if sample.rules.reward == "geometric":
        return sample.ratio(sample.annual_return - sample.facts.risk_free, annual_volatility(sample))
    return sample.ratio(sample.moments.mean - sample.risk_free, sample.deviation) * np.sqrt(sample.per_year)


@metric(
    "Sortino ratio",
    "ratio",
    group=GROUP,
    source=SORTINO,
    empyrical="sortino_ratio",
    vectorbt="Sortino Ratio",
    backtesting="Sortino Ratio",
)
def sortino(sample: Sample) -> Floats:
    """(mean(r) - required) N / downside risk, required the required return of a period.

    That is the risk-free rate unless given; empyrical, vectorbt: 0 unless given.
    backtesting.py: (annual return - annual risk-free rate) / downside risk, required 0.
    """
    risk = sample.downside_deviation * np.sqrt(sample.per_year)
    if sample.rules.reward == "geometric":
        return (sample.annual_return - sample.facts.risk_free) / risk
    excess = (sample.moments.mean - sample.shortfall.required) * sample.per_year
    return where_known(sample.count > 1, sample.ratio(excess, risk))


@metric(
    "Calmar ratio",
    "ratio",
    group=GROUP,
    source="Young, Calmar Ratio: A Smoother Tool, Futures 20 (1991)",
    empyrical="calmar_ratio",
    vectorbt="Calmar Ratio",
    backtesting="Calmar Ratio",
)
def calmar(sample: Sample) -> Floats:
    """Annual return / |max drawdown|; nan without a drawdown."""
    return quotient(sample.annual_return, sample.drawdown.maximum)


@metric(
    "Omega ratio",
    "ratio",
    group=GROUP,
    source="Keating and Shadwick, A Universal Performance Measure (2002)",
    empyrical="omega_ratio",
    vectorbt="Omega Ratio",
)
def omega(sample: Sample) -> Floats:
    """Sum of max(r - t, 0) / sum of max(t - r, 0), t the required return of a period; nan without a loss.

    empyrical, vectorbt: t is the required return plus the risk-free rate; vectorbt: inf without a loss.
    """
    shortfall = sample.shortfall
    if sample.rules.zero_division == "inf":
        return where_known(sample.count, sample.ratio(shortfall.gains, shortfall.losses))
    return where_known(sample.count > 1, quotient(shortfall.gains, shortfall.losses))


@metric("Skew", "ratio", group=GROUP, empyrical="skew", vectorbt="Skew")
def skew(sample: Sample) -> Floats:
    """m_3 / m_2^1.5 with central moments m_k.

    vectorbt: times sqrt(n (n - 1)) / (n - 2).
    """
    return sample.skew


@metric("Excess kurtosis", "ratio", group=GROUP, empyrical="kurtosis", vectorbt="Kurtosis")
def kurtosis(sample: Sample) -> Floats:
    """Kurtosis k = m_4 / m_2^2 - 3.

    vectorbt: (n - 1) / ((n - 2)(n - 3)) ((n + 1) k + 6).
    """
    return sample.kurtosis


def squares_of_x(sample: Sample) -> Floats:
    """Return the sum of (x - mean)^2 over x = 0 ... n - 1."""
    n = column(sample.statistics.periods.trend.n)
    return n * (n * n - 1.0) / 12.0


@metric("Stability", "ratio", group=GROUP, empyrical="stability_of_timeseries")
def stability(sample: Sample) -> Floats:
    """R^2 of the line through cumulated log returns."""
    trend = sample.statistics.periods.trend
    explained = trend.cross * trend.cross / (squares_of_x(sample) * trend.m2)
    return where_known(np.greater(trend.n, 1) & np.greater(trend.m2, 0.0), np.minimum(explained, 1.0))


@metric("Standard error of growth", "fraction", group=GROUP)
def growth_error(sample: Sample) -> Floats:
    """Standard error of the slope of that line, times N."""
    trend = sample.statistics.periods.trend
    rest = np.maximum(trend.m2 - trend.cross * trend.cross / squares_of_x(sample), 0.0)
    error = np.sqrt(rest / np.subtract(trend.n, 2) / squares_of_x(sample))
    return where_known(np.greater(trend.n, 2), error * sample.per_year)


@metric("Best period", "fraction", group=GROUP)
def best_period(sample: Sample) -> Floats:
    """Highest return of a period."""
    return where_known(sample.count, sample.moments.best)


@metric("Worst period", "fraction", group=GROUP)
def worst_period(sample: Sample) -> Floats:
    """Lowest return of a period."""
    return where_known(sample.count, sample.moments.worst)


@metric("Positive periods", "fraction", group=GROUP)
def positive_periods(sample: Sample) -> Floats:
    """Share of periods with a return above zero."""
    return mean_of(sample.moments.gains, sample.count)


@metric("Gain to pain", "ratio", group=GROUP, source="Schwager, Hedge Fund Market Wizards (2012)")
def gain_to_pain(sample: Sample) -> Floats:
    """Sum of returns / |sum of negative returns|."""
    moments = sample.moments
    return where_known(sample.count, sample.ratio(moments.gain_sum + moments.loss_sum, -moments.loss_sum))


def period_sharpe(sample: Sample) -> Floats:
    """Return the Sharpe ratio of one period, not annualised."""
    return sample.ratio(sample.moments.mean - sample.risk_free, sample.deviation)


def sharpe_confidence(sample: Sample, against: float | Floats) -> Floats:
    """Return the probability that the true Sharpe ratio of a period is above ``against``."""
    ratio, n, m2 = period_sharpe(sample), sample.count, sample.moments.m2
    skewness = np.sqrt(n) * sample.moments.m3 / power(m2, 1.5)
    full_kurtosis = n * sample.moments.m4 / (m2 * m2)
    known = np.greater(m2, 0.0) & np.isfinite(ratio)
    return where_known(known, psr(ratio, n, skewness, full_kurtosis, against=against))


@metric(
    "Probabilistic Sharpe ratio",
    "fraction",
    group=GROUP,
    source="Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, Journal of Risk 15 (2012)",
)
def probabilistic_sharpe(sample: Sample) -> Floats:
    """Phi(SR sqrt(n - 1) / sqrt(1 - skew SR + (kurt - 1) / 4 SR^2)), SR of one period, kurt = m_4 / m_2^2."""
    return sharpe_confidence(sample, 0.0)


@metric("Deflated Sharpe ratio", "fraction", group=GROUP, source=LOPEZ_DE_PRADO, vectorbt="deflated_sharpe_ratio")
def deflated_sharpe(sample: Sample) -> Floats:
    """The same with SR - SR0, SR0 = sqrt(V / N) ((1 - c) z(1 - 1/T) + c z(1 - 1/(T e))).

    V is the variance of the annual Sharpe ratios of T trials, c Euler's constant; nan without trials.
    """
    trials, variance = np.asarray(sample.facts.trials), np.asarray(sample.facts.trial_variance)
    confidence = sharpe_confidence(sample, np.sqrt(variance / sample.per_year) * each(highest_of, trials))
    return where_known((trials > 1) & (variance >= 0.0), confidence)
