"""What a formula may look at: the finished statistics of a run, under one convention."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts, per_period, periods_per_year
from lockstep.kernels.stats.curve import Curve
from lockstep.kernels.stats.drawdown import Drawdown
from lockstep.kernels.stats.growth import Growth, total_growth
from lockstep.kernels.stats.moments import ReturnMoments
from lockstep.kernels.stats.relative import CoMoments, Relative
from lockstep.kernels.stats.shortfall import Shortfall
from lockstep.kernels.stats.statistics import Statistics
from lockstep.kernels.stats.trades import TradeStatistics

Floats = npt.NDArray[np.float64]
NAN = float("nan")

# empyrical and vectorbt take a smaller benchmark variance for none.
NO_VARIANCE = 1e-30

# The share of weekend bars above which a market counts as open every day (backtesting.py's rule).
WEEKEND_SHARE = 2.0 / 7.0 * 0.6


@dataclass(frozen=True)
class Sample:
    """Statistics, period returns and facts of a run, with what several formulas share."""

    statistics: Statistics
    trades: TradeStatistics
    returns: Floats
    """float64[periods]; empty where they were not kept (metrics of quantiles are then nan)."""
    benchmark_returns: Floats
    facts: Facts
    rules: Convention

    @property
    def curve(self) -> Curve:
        """The equity curve."""
        return self.statistics.curve

    @property
    def drawdown(self) -> Drawdown:
        """Its drawdowns."""
        return self.statistics.drawdown

    @property
    def moments(self) -> ReturnMoments:
        """Moments of the period returns."""
        return self.statistics.periods.moments

    @property
    def shortfall(self) -> Shortfall:
        """Their partial moments."""
        return self.statistics.periods.shortfall

    @property
    def relative(self) -> Relative:
        """The period returns beside the benchmark's."""
        return self.statistics.periods.relative

    @property
    def count(self) -> int:
        """Number of period returns."""
        return int(self.moments.n)

    @cached_property
    def per_year(self) -> float:
        """Periods per year."""
        periods = periods_per_year(self.rules, self.facts)
        if self.rules.periods_per_year is None and self.rules.year_days is None and periods == 252.0:
            share = self.curve.weekend_rows / self.curve.rows if self.curve.rows else 0.0
            return 365.0 if share > WEEKEND_SHARE else periods
        return periods

    @cached_property
    def risk_free(self) -> float:
        """Risk-free rate of one period."""
        return per_period(self.facts.risk_free, self.per_year)

    def ratio(self, above: float, below: float) -> float:
        """Divide; over zero as the convention says."""
        if below != 0.0:
            return float(np.float64(above) / np.float64(below))
        if self.rules.zero_division == "inf":
            return float("inf")
        return float(np.float64(above) / np.float64(below)) if self.rules.zero_division == "ieee" else NAN

    def variance(self, squares: float, count: int, ddof: int | None = None) -> float:
        """Return a variance from a sum of squares; nan for too few values."""
        freedom = count - (self.rules.ddof if ddof is None else ddof)
        return float(squares) / freedom if freedom > 0 else NAN

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of the period returns; exactly zero where all are equal."""
        if self.count > 1 and self.moments.best == self.moments.worst:
            return 0.0
        return float(np.sqrt(self.variance(self.moments.m2, self.count)))

    @cached_property
    def active_deviation(self) -> float:
        """Standard deviation of portfolio less benchmark."""
        relative = self.relative
        if relative.pairs.n > 1 and relative.active_best == relative.active_worst:
            return 0.0
        return float(np.sqrt(self.variance(relative.active_m2, relative.pairs.n)))

    @cached_property
    def geometric_mean(self) -> float:
        """Geometric mean return of a period; backtesting.py's is 0 once a period lost everything."""
        if self.rules.reward == "geometric" and self.moments.worst <= -1.0:
            return 0.0
        return self.annualised(self.statistics.periods.growth, self.count, 1.0)

    @cached_property
    def annual_return(self) -> float:
        """Growth rate per year."""
        if self.rules.reward == "geometric":
            return float((1.0 + np.float64(self.geometric_mean)) ** self.per_year - 1.0)
        return self.annualised(self.statistics.periods.growth, self.count)

    @cached_property
    def benchmark_annual_return(self) -> float:
        """The benchmark's growth rate per year."""
        return self.annualised(self.relative.benchmark_growth, self.relative.pairs.n)

    def annualised(self, growth: Growth, count: int, periods: float | None = None) -> float:
        """Return growth over ``count`` periods as a rate per year (or per ``periods``)."""
        periods = self.per_year if periods is None else periods
        return total_growth(growth, periods / count) - 1.0 if count else NAN

    @cached_property
    def downside_deviation(self) -> float:
        """Root mean square of the shortfalls of a period below the required return."""
        return float(np.sqrt(self.shortfall.below_squares / self.count)) if self.count else NAN

    def slope(self, pairs: CoMoments) -> float:
        """Return the regression slope on the benchmark; nan for fewer than two pairs or a flat benchmark."""
        if pairs.n < 2 or pairs.benchmark_m2 / pairs.n < NO_VARIANCE:
            return NAN
        return float(pairs.cross / pairs.benchmark_m2)

    def intercept(self, pairs: CoMoments) -> float:
        """Return the mean return that beta does not explain, above the risk-free rate, of one period."""
        rest = pairs.mean - self.risk_free - self.slope(pairs) * (pairs.benchmark_mean - self.risk_free)
        return float(rest) if pairs.n > 1 else NAN

    @cached_property
    def beta(self) -> float:
        """Regression slope on the benchmark, of log changes where the convention says so."""
        if not self.rules.log_beta:
            return self.slope(self.relative.pairs)
        changes = self.statistics.log_changes
        if changes.n < 2 or changes.benchmark_m2 == 0.0:
            return NAN
        return float(changes.cross / changes.benchmark_m2)

    @cached_property
    def benchmark_deviation(self) -> float:
        """Standard deviation of the benchmark's period returns."""
        pairs = self.relative.pairs
        return float(np.sqrt(self.variance(pairs.benchmark_m2, pairs.n)))

    def moment(self, order: int) -> float:
        """Return skew (3) or excess kurtosis (4), by the convention corrected for the sample's size.

        nan where all returns are equal, or are too few.
        """
        n, m2 = float(self.count), float(self.moments.m2)
        if n == 0.0 or m2 <= 0.0 or self.moments.best == self.moments.worst:
            return NAN
        if order == 3:
            skew = float(np.sqrt(n) * self.moments.m3 / np.float64(m2) ** 1.5)
            if not self.rules.sample_moments:
                return skew
            return float(np.sqrt(n * (n - 1.0)) / (n - 2.0) * skew) if n > 2.0 else NAN
        kurtosis = float(n * self.moments.m4 / (m2 * m2)) - 3.0
        if not self.rules.sample_moments:
            return kurtosis
        return (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * kurtosis + 6.0) if n > 3.0 else NAN
