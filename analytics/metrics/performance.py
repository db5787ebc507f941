"""Return for risk: growth, volatility and the ratios made of them."""

import math
from statistics import NormalDist

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import NAN, Sample
from lockstep.analytics.metrics.value import elapsed_ns, total_return

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
def annual_return(sample: Sample) -> float:
    """(1 + r_1)...(1 + r_n) ^ (N / n) - 1 with N periods a year."""
    return sample.annual_return


@metric("CAGR", "fraction", group=GROUP, empyrical="cagr", backtesting="CAGR [%]")
def cagr(sample: Sample) -> float:
    """(1 + total return) ^ (1 / years) - 1, years of 365.25 days by the clock.

    empyrical: as annual return.
    """
    if sample.rules.cagr == "periods" or not sample.facts.has_times:
        return sample.annual_return
    years = elapsed_ns(sample, int(sample.curve.time_ns - sample.curve.first_time_ns)) / DAY_NS / YEAR_DAYS
    growth = np.float64(1.0 + total_return(sample))
    return float(growth ** (1.0 / years) - 1.0) if years else NAN


@metric("Mean return", "fraction", group=GROUP)
def mean_return(sample: Sample) -> float:
    """Mean return of a period."""
    return float(sample.moments.mean) if sample.count else NAN


@metric(
    "Annual volatility",
    "fraction",
    group=GROUP,
    empyrical="annual_volatility",
    vectorbt="Annualized Volatility [%]",
    backtesting="Volatility (Ann.) [%]",
)
def annual_volatility(sample: Sample) -> float:
    """Volatility s sqrt(N), s the standard deviation of period returns (ddof 1).

    backtesting.py: sqrt((s^2 + (1 + g)^2)^N - (1 + g)^(2N)), g the geometric mean return of a
    period.
    """
    if sample.rules.volatility == "scaled":
        # Rounding included: only ratios treat equal returns as having no deviation at all.
        return float(np.sqrt(sample.variance(sample.moments.m2, sample.count)) * np.sqrt(sample.per_year))
    growth, periods = np.float64(1.0 + sample.geometric_mean), sample.per_year
    variance = sample.variance(sample.moments.m2, sample.count)
    return float(np.sqrt((variance + growth**2) ** periods - growth ** (2.0 * periods)))


@metric(
    "Sharpe ratio",
    "ratio",
    group=GROUP,
    source="Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994)",
    empyrical="sharpe_ratio",
    vectorbt="Sharpe Ratio",
    backtesting="Sharpe Ratio",
)
def sharpe(sample: Sample) -> float:
    """(mean(r) - rf) / s sqrt(N), rf the risk-free rate of a period.

    backtesting.py: (annual return - annual risk-free rate) / annual volatility.
    """
    if sample.rules.reward == "geometric":
        return sample.ratio(sample.annual_return - sample.facts.risk_free, annual_volatility(sample))
    return sample.ratio(sample.moments.mean - sample.risk_free, sample.deviation) * math.sqrt(sample.per_year)


@metric(
    "Sortino ratio",
    "ratio",
    group=GROUP,
    source=SORTINO,
    empyrical="sortino_ratio",
    vectorbt="Sortino Ratio",
    backtesting="Sortino Ratio",
)
def sortino(sample: Sample) -> float:
    """(mean(r) - required) N / downside risk, required the required return of a period.

    That is the risk-free rate unless given; empyrical, vectorbt: 0 unless given.
    backtesting.py: (annual return - annual risk-free rate) / downside risk, required 0.
    """
    risk = sample.downside_deviation * math.sqrt(sample.per_year)
    if sample.rules.reward == "geometric":
        return float(np.float64(sample.annual_return - sample.facts.risk_free) / np.float64(risk))
    if sample.count < 2:
        return NAN
    return sample.ratio((sample.moments.mean - sample.shortfall.required) * sample.per_year, risk)


@metric(
    "Calmar ratio",
    "ratio",
    group=GROUP,
    source="Young, Calmar Ratio: A Smoother Tool, Futures 20 (1991)",
    empyrical="calmar_ratio",
    vectorbt="Calmar Ratio",
    backtesting="Calmar Ratio",
)
def calmar(sample: Sample) -> float:
    """Annual return / |max drawdown|; nan without a drawdown."""
    deepest = float(sample.drawdown.maximum)
    return sample.annual_return / deepest if deepest else NAN


@metric(
    "Omega ratio",
    "ratio",
    group=GROUP,
    source="Keating and Shadwick, A Universal Performance Measure (2002)",
    empyrical="omega_ratio",
    vectorbt="Omega Ratio",
)
def omega(sample: Sample) -> float:
    """Sum of max(r - t, 0) / sum of max(t - r, 0), t the required return of a period; nan without a loss.

    empyrical, vectorbt: t is the required return plus the risk-free rate; vectorbt: inf without a loss.
    """
    shortfall = sample.shortfall
    if sample.rules.zero_division != "inf" and (sample.count < 2 or shortfall.losses == 0.0):
        return NAN
    return sample.ratio(shortfall.gains, shortfall.losses) if sample.count else NAN


@metric("Skew", "ratio", group=GROUP, empyrical="skew", vectorbt="Skew")
def skew(sample: Sample) -> float:
    """m_3 / m_2^1.5 with central moments m_k.

    vectorbt: times sqrt(n (n - 1)) / (n - 2).
    """
    return sample.moment(3)


@metric("Excess kurtosis", "ratio", group=GROUP, empyrical="kurtosis", vectorbt="Kurtosis")
def kurtosis(sample: Sample) -> float:
    """Kurtosis k = m_4 / m_2^2 - 3.

    vectorbt: (n - 1) / ((n - 2)(n - 3)) ((n + 1) k + 6).
    """
    return sample.moment(4)


@metric("Stability", "ratio", group=GROUP, empyrical="stability_of_timeseries")
def stability(sample: Sample) -> float:
    """R^2 of the line through cumulated log returns."""
    trend = sample.statistics.periods.trend
    squares_x = trend.n * (trend.n**2 - 1.0) / 12.0
    if trend.n < 2 or not trend.m2 > 0.0:
        return NAN
    return float(min(trend.cross**2 / (squares_x * trend.m2), 1.0))


@metric("Standard error of growth", "fraction", group=GROUP)
def growth_error(sample: Sample) -> float:
    """Standard error of the slope of that line, times N."""
    trend = sample.statistics.periods.trend
    if trend.n < 3:
        return NAN
    squares_x = trend.n * (trend.n**2 - 1.0) / 12.0
    rest = max(float(trend.m2 - trend.cross**2 / squares_x), 0.0)
    return float(np.sqrt(rest / (trend.n - 2) / squares_x)) * sample.per_year


@metric("Best period", "fraction", group=GROUP)
def best_period(sample: Sample) -> float:
    """Highest return of a period."""
    return float(sample.moments.best) if sample.count else NAN


@metric("Worst period", "fraction", group=GROUP)
def worst_period(sample: Sample) -> float:
    """Lowest return of a period."""
    return float(sample.moments.worst) if sample.count else NAN


@metric("Positive periods", "fraction", group=GROUP)
def positive_periods(sample: Sample) -> float:
    """Share of periods with a return above zero."""
    return sample.moments.gains / sample.count if sample.count else NAN


@metric("Gain to pain", "ratio", group=GROUP, source="Schwager, Hedge Fund Market Wizards (2012)")
def gain_to_pain(sample: Sample) -> float:
    """Sum of returns / |sum of negative returns|."""
    moments = sample.moments
    return sample.ratio(moments.gain_sum + moments.loss_sum, -moments.loss_sum) if sample.count else NAN


def period_sharpe(sample: Sample) -> float:
    """Return the Sharpe ratio of one period, not annualised."""
    return sample.ratio(sample.moments.mean - sample.risk_free, sample.deviation)


def sharpe_confidence(sample: Sample, against: float) -> float:
    """Return the probability that the true Sharpe ratio of a period is above ``against``."""
    ratio, n, m2 = period_sharpe(sample), sample.count, float(sample.moments.m2)
    if n < 2 or m2 <= 0.0 or not math.isfinite(ratio):
        return NAN
    skewness = math.sqrt(n) * float(sample.moments.m3) / m2**1.5
    full_kurtosis = n * float(sample.moments.m4) / m2**2
    spread = 1.0 - skewness * ratio + (full_kurtosis - 1.0) / 4.0 * ratio**2
    if not spread > 0.0:
        return NAN
    return NormalDist().cdf((ratio - against) * math.sqrt(n - 1) / math.sqrt(spread))


@metric(
    "Probabilistic Sharpe ratio",
    "fraction",
    group=GROUP,
    source="Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, Journal of Risk 15 (2012)",
)
def probabilistic_sharpe(sample: Sample) -> float:
    """Phi(SR sqrt(n - 1) / sqrt(1 - skew SR + (kurt - 1) / 4 SR^2)), SR of one period, kurt = m_4 / m_2^2."""
    return sharpe_confidence(sample, 0.0)


@metric("Deflated Sharpe ratio", "fraction", group=GROUP, source=LOPEZ_DE_PRADO, vectorbt="deflated_sharpe_ratio")
def deflated_sharpe(sample: Sample) -> float:
    """The same with SR - SR0, SR0 = sqrt(V / N) ((1 - c) z(1 - 1/T) + c z(1 - 1/(T e))).

    V is the variance of the annual Sharpe ratios of T trials, c Euler's constant; nan without trials.
    """
    trials, variance = sample.facts.trials, sample.facts.trial_variance
    if trials < 2 or not variance >= 0.0:
        return NAN
    normal, euler = NormalDist(), float(np.euler_gamma)
    highest = (1.0 - euler) * normal.inv_cdf(1.0 - 1.0 / trials)
    highest += euler * normal.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return sharpe_confidence(sample, math.sqrt(variance / sample.per_year) * highest)
