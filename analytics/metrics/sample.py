"""What a formula may look at: the finished statistics of one run or of many, under one convention.

Every statistic is a column: float64[k] or int64[k], one element a run, k = 1 for a run alone. A formula is one
expression over columns, so a run has the same metrics, bit for bit, alone and among ten thousand.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts, per_period, periods_per_year
from lockstep.kernels.stats.curve import Curve
from lockstep.kernels.stats.drawdown import Drawdown
from lockstep.kernels.stats.elementwise import power
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


# The named tuples of the kernels call a statistic a float or an int, as it is within a run; here it is a column of
# them. What takes one is therefore typed ``Any``.


def column(values: Any) -> Floats:
    """Return values as float64."""
    return np.asarray(values, np.float64)


def where_known(known: Any, values: Any) -> Floats:
    """Return values where they are known (true, or not zero), else nan."""
    return np.where(known, values, NAN)


def mean_of(total: Any, number: Any) -> Floats:
    """Return total / number; nan of nothing."""
    return where_known(number, np.divide(total, number))


def quotient(above: Any, below: Any) -> Floats:
    """Return above / below; nan over zero, whatever the convention."""
    return where_known(np.not_equal(below, 0.0), np.divide(above, below))


@dataclass(frozen=True)
class Sample:
    """Statistics, period returns and facts of one run or of many, with what several formulas share."""

    statistics: Statistics
    trades: TradeStatistics
    returns: Floats
    """float64[periods] of a run alone; empty where they were not kept (metrics of quantiles are then nan)."""
    facts: Facts
    rules: Convention

    @cached_property
    def size(self) -> int:
        """How many runs there are."""
        return int(np.size(self.statistics.curve.initial))

    @property
    def unknown(self) -> Floats:
        """Nan for every run."""
        return np.full(self.size, NAN)

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
    def count(self) -> npt.NDArray[np.int64]:
        """Number of period returns."""
        return np.asarray(self.moments.n)

    @cached_property
    def per_year(self) -> Floats:
        """Periods per year."""
        periods = periods_per_year(self.rules, self.facts)
        if self.rules.periods_per_year is None and self.rules.year_days is None and periods == 252.0:
            share = np.divide(self.curve.weekend_rows, self.curve.rows)
            return np.where(share > WEEKEND_SHARE, 365.0, periods)
        return np.full(self.size, periods)

    @cached_property
    def risk_free(self) -> Floats:
        """Risk-free rate of one period."""
        return per_period(self.facts.risk_free, self.per_year)

    def ratio(self, above: Any, below: Any) -> Floats:
        """Divide; over zero as the convention says."""
        if self.rules.zero_division == "ieee":
            return column(np.divide(above, below))
        missing = float("inf") if self.rules.zero_division == "inf" else NAN
        return np.where(np.not_equal(below, 0.0), np.divide(above, below), missing)

    def variance(self, squares: Any, count: Any, ddof: int | None = None) -> Floats:
        """Return a variance from a sum of squares; nan for too few values."""
        freedom = np.subtract(count, self.rules.ddof if ddof is None else ddof)
        return where_known(freedom > 0, np.divide(squares, freedom))

    @cached_property
    def deviation(self) -> Floats:
        """Standard deviation of the period returns; exactly zero where all are equal."""
        equal = (self.count > 1) & np.equal(self.moments.best, self.moments.worst)
        return np.where(equal, 0.0, np.sqrt(self.variance(self.moments.m2, self.count)))

    @cached_property
    def active_deviation(self) -> Floats:
        """Standard deviation of portfolio less benchmark."""
        relative = self.relative
        equal = np.greater(relative.pairs.n, 1) & np.equal(relative.active_best, relative.active_worst)
        return np.where(equal, 0.0, np.sqrt(self.variance(relative.active_m2, relative.pairs.n)))

    @cached_property
    def geometric_mean(self) -> Floats:
        """Geometric mean return of a period; backtesting.py's is 0 once a period lost everything."""
        mean = self.annualised(self.statistics.periods.growth, self.count, 1.0)
        return np.where(np.less_equal(self.moments.worst, -1.0), 0.0, mean) if self._rewards_geometric else mean

    @property
    def _rewards_geometric(self) -> bool:
        return self.rules.reward == "geometric"

    @cached_property
    def annual_return(self) -> Floats:
        """Growth rate per year."""
        if self._rewards_geometric:
            return power(1.0 + self.geometric_mean, self.per_year) - 1.0
        return self.annualised(self.statistics.periods.growth, self.count)

    @cached_property
    def benchmark_annual_return(self) -> Floats:
        """The benchmark's growth rate per year."""
        return self.annualised(self.relative.benchmark_growth, self.relative.pairs.n)

    def annualised(self, growth: Growth, count: Any, periods: float | None = None) -> Floats:
        """Return growth over ``count`` periods as a rate per year (or per ``periods``)."""
        per_year = self.per_year if periods is None else periods
        return where_known(count, total_growth(growth, np.divide(per_year, count)) - 1.0)

    @cached_property
    def downside_deviation(self) -> Floats:
        """Root mean square of the shortfalls of a period below the required return."""
        return np.sqrt(mean_of(self.shortfall.below_squares, self.count))

    def slope(self, pairs: CoMoments) -> Floats:
        """Return the regression slope on the benchmark; nan for fewer than two pairs or a flat benchmark."""
        known = np.greater(pairs.n, 1) & (np.divide(pairs.benchmark_m2, pairs.n) >= NO_VARIANCE)
        return where_known(known, np.divide(pairs.cross, pairs.benchmark_m2))

    def intercept(self, pairs: CoMoments) -> Floats:
        """Return the mean return that beta does not explain, above the risk-free rate, of one period."""
        rest = pairs.mean - self.risk_free - self.slope(pairs) * (pairs.benchmark_mean - self.risk_free)
        return where_known(np.greater(pairs.n, 1), rest)

    @cached_property
    def beta(self) -> Floats:
        """Regression slope on the benchmark, of log changes where the convention says so."""
        if not self.rules.log_beta:
            return self.slope(self.relative.pairs)
        changes = self.statistics.log_changes
        return where_known(np.greater(changes.n, 1), quotient(changes.cross, changes.benchmark_m2))

    @cached_property
    def benchmark_deviation(self) -> Floats:
        """Standard deviation of the benchmark's period returns."""
        pairs = self.relative.pairs
        return np.sqrt(self.variance(pairs.benchmark_m2, pairs.n))

    @cached_property
    def skew(self) -> Floats:
        """Skew, by the convention corrected for the sample's size; nan where all returns are equal, or too few."""
        n, m2 = column(self.count), self.moments.m2
        skew = where_known(self._varied, np.sqrt(n) * self.moments.m3 / power(m2, 1.5))
        if not self.rules.sample_moments:
            return skew
        return where_known(n > 2.0, np.sqrt(n * (n - 1.0)) / (n - 2.0) * skew)

    @cached_property
    def kurtosis(self) -> Floats:
        """Excess kurtosis, likewise."""
        n, m2 = column(self.count), self.moments.m2
        kurtosis = where_known(self._varied, n * self.moments.m4 / (m2 * m2) - 3.0)
        if not self.rules.sample_moments:
            return kurtosis
        return where_known(n > 3.0, (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * kurtosis + 6.0))

    @property
    def _varied(self) -> npt.NDArray[np.bool_]:
        varied: npt.NDArray[np.bool_] = column(self.moments.best) != self.moments.worst
        return varied & (column(self.moments.m2) > 0.0)
