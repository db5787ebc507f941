"""What metrics need to know of a run besides its statistics, and the statistics a convention asks for."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.kernels.stats.elementwise import power
from lockstep.kernels.stats.statistics import Statistics, statistics_init

Floats = npt.NDArray[np.float64]

DAY_NS = 86_400_000_000_000


@dataclass(frozen=True)
class Facts:
    """Facts of a run.

    For ``metrics_of_many``, ``risk_free``, ``warm_up``, ``fees``, ``trials`` and ``trial_variance`` may be columns [k],
    one value a run; the rest belongs to the data and is the same for all.
    """

    initial_cash: float = 1.0
    """Equity before the first bar, in the account's currency."""
    interval_ns: int = 0
    """Spacing of the bars in nanoseconds; 0: unknown."""
    sessions_per_year: float | None = None
    """How many sessions the market has in a year, where the data knows (365 for one that never closes)."""
    risk_free: float = 0.0
    """Annual rate, 0.03 for three percent."""
    required_return: float | None = None
    """Annual rate for Sortino, Omega and downside statistics; None: as the convention says."""
    benchmark_start: float = math.nan
    """Benchmark level before the first bar; nan: its first level."""
    warm_up: int = 0
    """Number of bars before the strategy could first trade."""
    fees: float | None = None
    """All fees paid; None: those of the trades."""
    trials: int = 1
    """How many variants were tried before this one was chosen (deflated Sharpe ratio)."""
    trial_variance: float = math.nan
    """Variance of the annual Sharpe ratios of those variants."""
    has_times: bool = True
    """False for a bare series of returns: dates and durations are unknown."""


def periods_per_year(rules: Convention, facts: Facts) -> float:
    """Return how many periods a year has under a convention.

    By name, by the length of the year, or from the data: weekly bars 52, monthly 12, quarterly 4, yearly 1,
    anything shorter by the market's sessions, 252 unless the data says otherwise.
    """
    if rules.periods_per_year is not None:
        return rules.periods_per_year
    if rules.year_days is not None:
        return rules.year_days * DAY_NS / facts.interval_ns if facts.interval_ns else rules.year_days
    days = facts.interval_ns / DAY_NS
    sessions = facts.sessions_per_year or 252.0
    if rules.per_bar and 0.0 < days < 1.0:
        # A session's bars are counted by the trading day of a stock exchange, 6.5 hours, or round the clock.
        return sessions * (6.5 if sessions < 365.0 else 24.0) / (24.0 * days)
    for at_least, count in ((364.0, 1.0), (89.0, 4.0), (28.0, 12.0), (7.0, 52.0)):
        if days >= at_least:
            return count
    return sessions


def per_period(annual: float | Floats, periods: float | Floats) -> Floats:
    """Return the rate per period that compounds to an annual rate; nan at a loss of more than everything."""
    rate = power(np.add(1.0, annual), np.divide(1.0, periods)) - 1.0
    return np.where(np.equal(annual, 0.0), 0.0, np.where(np.greater(annual, -1.0), rate, math.nan))


def thresholds(rules: Convention, facts: Facts) -> tuple[float, float]:
    """Return the required return and Omega's threshold, both per period."""
    periods = periods_per_year(rules, facts)
    risk_free = float(per_period(facts.risk_free, periods))
    if facts.required_return is not None:
        required = float(per_period(facts.required_return, periods))
    elif rules.required_is_risk_free:
        return risk_free, risk_free
    else:
        required = 0.0
    return required, required if rules.required_is_risk_free else required + risk_free


def statistics_for(convention: str | Convention, facts: Facts) -> Statistics:
    """Return the statistics to observe a run with, so that ``metrics`` can answer under a convention."""
    rules = preset(convention)
    required, threshold = thresholds(rules, facts)
    return statistics_init(
        facts.initial_cash,
        per_bar=rules.per_bar,
        skip_first=rules.skip_first,
        drawdown_on_rows=rules.drawdown_on_bars,
        peak_from_start=rules.drawdown_from_start,
        log_beta=rules.log_beta,
        required=required,
        threshold=threshold,
        benchmark_start=facts.benchmark_start,
        warm_up=facts.warm_up,
    )
