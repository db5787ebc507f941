"""The overfitting report: what the winner of a search is worth, in figures and in sentences."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from lockstep.analytics.overfitting.bootstrap import Interval
from lockstep.analytics.overfitting.neighbourhood import Neighbourhood
from lockstep.analytics.overfitting.verdict import Verdict
from lockstep.analytics.overfitting.words import headline, sentences


@dataclass(frozen=True, kw_only=True)
class OverfittingReport:
    """Figures about the best of many sets. Sharpe ratios are annual, shares and p-values between 0 and 1.

    nan is what could not be computed; ``str(report)`` says why where it matters.
    """

    verdict: Verdict
    metric: str
    """What the winner was chosen by."""
    winner: int
    """Its place among the sets as they were given."""
    trials: int
    """Sets of this search that ran to their end."""
    trials_before: int
    """Other trials made on these data earlier."""
    effective: float
    """Independent trials that the sets of this search amount to."""
    effective_before: float
    """The same of the earlier ones."""
    by_correlation: float
    """Independent trials by the sets' mean correlation: what the deflated Sharpe ratio counts."""
    participation: float
    """Participation ratio of the correlations: directions the sets spread over."""
    correlation: float
    """Mean correlation between two sets."""
    periods: int
    periods_per_year: float
    sharpe: float
    """The winner's annual Sharpe ratio, risk-free rate 0."""
    sharpe_interval: Interval
    """95 %, of this record by itself."""
    annual_return: float
    annual_return_interval: Interval
    variance_ratio: float
    """By how much its returns vary more over long stretches than independent ones would; 1 is added nothing."""
    probabilistic: float
    """Probability that its true Sharpe ratio is above 0 if it had been the only trial (PSR)."""
    deflated: float
    """Probability that it is above what the best of all trials owes to chance (DSR)."""
    chance_sharpe: float
    """Annual Sharpe ratio that the best of as many trials without skill is expected to show."""
    needed_sharpe: float
    """Annual Sharpe ratio that such a best exceeds in 3 of 100 searches: the verdict's threshold."""
    p_value: float
    """How often the best of as many trials without skill is at least as good as the winner."""
    needed_years: float
    """Record after which its Sharpe ratio is above ``chance_sharpe`` with 95 % (MinTRL); inf where it never is."""
    pbo: float
    """Probability of backtest overfitting."""
    pbo_sets: int
    """Sets that PBO was computed on: all, or an even choice of them."""
    loss: float
    """Share of the tests in which the set chosen on the other half of the time lost money."""
    slope: float
    """Change of the Sharpe ratio in the test for each point of it on the half it was chosen on."""
    reality_check: float
    spa_lower: float
    spa_consistent: float
    spa_upper: float
    neighbourhood: Neighbourhood | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the figures say, for people; the first is the verdict."""
        return sentences(self)

    @property
    def confident(self) -> bool:
        """True when the verdict is."""
        return self.verdict is Verdict.CONFIDENT

    def __str__(self) -> str:
        return "\n".join((headline(self), *(f"  {line}" for line in self.sentences[1:])))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold: nan as None, inf as 'inf'; the sentences are added for readers."""
        values = {name: _plain(value) for name, value in asdict(self).items()}
        if self.neighbourhood is not None:
            values["neighbourhood"] = {k: _plain(v) for k, v in self.neighbourhood._asdict().items()}
        return values | {"sentences": list(self.sentences)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the report that ``to_dict`` wrote."""
        given = {field.name: _number(values[field.name]) for field in fields(cls)}
        around = values["neighbourhood"]
        if around is not None:
            around = {name: _number(value) for name, value in around.items()}
            given["neighbourhood"] = Neighbourhood(**around | {"edges": tuple(around["edges"])})
        else:
            given["neighbourhood"] = None
        for name in ("sharpe_interval", "annual_return_interval"):
            given[name] = Interval(*map(_number, values[name]))
        return cls(**given | {"verdict": Verdict(values["verdict"])})


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else "inf" if value > 0.0 else "-inf"
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Verdict) else value


def _number(value: Any) -> Any:
    return math.nan if value is None else float(value) if value in ("inf", "-inf") else value
