"""Conventions: which of the usual answers to the usual questions a number gives.

Libraries agree on names and disagree on numbers. A ``Convention`` says, question by question, what is meant;
the presets answer them as empyrical, vectorbt and backtesting.py do, and as Lockstep does by default.
"""

from dataclasses import dataclass
from typing import Literal

from lockstep.errors import UnknownConventionError


@dataclass(frozen=True)
class Convention:
    """One answer to each question; ``dataclasses.replace`` makes a variant of a preset."""

    name: str
    per_bar: bool = False
    """Returns of single bars; else bars are compounded to session days first."""
    skip_first: bool = False
    """The first period has no return; else it is measured against the initial cash."""
    periods_per_year: float | None = None
    """None: from the data (252 sessions, 365 where every day is one, 52 weeks, 12 months)."""
    year_days: float | None = None
    """Length of a year in days; periods per year are then this over the interval of the data."""
    ddof: int = 1
    """Variances are divided by (number of returns - ddof)."""
    volatility: Literal["scaled", "compounded"] = "scaled"
    """Annual volatility: deviation times the root of periods per year, or that of compounded returns."""
    reward: Literal["arithmetic", "geometric"] = "arithmetic"
    """What Sharpe and Sortino divide: the mean return times periods per year, or the annual return."""
    cagr: Literal["calendar", "periods"] = "calendar"
    """Years of ``cagr``: by the clock (365.25 days), or by the number of periods."""
    required_is_risk_free: bool = True
    """Without a required return, downside is measured against the risk-free rate; else against zero."""
    drawdown_on_bars: bool = True
    """Drawdown looks at every bar; else at the ends of periods."""
    drawdown_from_start: bool = True
    """The initial cash is the first peak; else the first bar's equity is."""
    durations: Literal["time", "rows", "rounded"] = "time"
    """Days by the clock, rows times the interval, or days rounded up to the data's resolution."""
    sample_moments: bool = False
    """Skew and kurtosis are corrected for the size of the sample."""
    alpha: Literal["regression", "total"] = "regression"
    """Annualised intercept of the regression, or total return less beta times the benchmark's."""
    log_beta: bool = False
    """Beta of log changes from bar to bar; else of the periods' returns."""
    trade_returns: bool = False
    """Profit factor on returns and geometric average trade; else on P&L and arithmetic."""
    closed_trades_only: bool = False
    """Exposure, fees and the number of trades count closed trades only."""
    after_warm_up: bool = False
    """The benchmark's return starts at the first bar the strategy could trade on."""
    zero_division: Literal["nan", "ieee", "inf"] = "nan"
    """A ratio over zero: nan, signed infinity (nan for 0/0), or infinity."""


LOCKSTEP = Convention("lockstep")

EMPYRICAL = Convention(
    "empyrical",
    periods_per_year=252.0,
    cagr="periods",
    required_is_risk_free=False,
    drawdown_on_bars=False,
    zero_division="ieee",
)

VECTORBT = Convention(
    "vectorbt",
    per_bar=True,
    year_days=365.0,
    required_is_risk_free=False,
    drawdown_from_start=False,
    durations="rows",
    sample_moments=True,
    zero_division="inf",
)

BACKTESTING = Convention(
    "backtesting.py",
    skip_first=True,
    volatility="compounded",
    reward="geometric",
    required_is_risk_free=False,
    drawdown_from_start=False,
    durations="rounded",
    alpha="total",
    log_beta=True,
    trade_returns=True,
    closed_trades_only=True,
    after_warm_up=True,
)

PRESETS = {rules.name: rules for rules in (LOCKSTEP, EMPYRICAL, VECTORBT, BACKTESTING)}


def preset(name: str | Convention) -> Convention:
    """Return the preset of that name; a ``Convention`` is returned as it is.

    Raises ``UnknownConventionError`` for a name that is no preset.
    """
    if isinstance(name, Convention):
        return name
    if name not in PRESETS:
        raise UnknownConventionError(
            f"unknown convention {name!r}: the presets are {', '.join(PRESETS)}; "
            f"dataclasses.replace(preset('lockstep'), ...) makes your own"
        )
    return PRESETS[name]
