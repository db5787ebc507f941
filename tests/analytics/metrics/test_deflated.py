"""Published examples of the probabilistic and the deflated Sharpe ratio.

Bailey and Lopez de Prado, The Deflated Sharpe Ratio (2014), and The Sharpe Ratio Efficient Frontier (2012). They give
moments, not returns: here a state with these moments takes the place of a run.
"""

import math
from dataclasses import replace

import pytest

from lockstep.analytics.metrics import LOCKSTEP, Facts, metrics
from lockstep.kernels.stats.statistics import Statistics, statistics_init


def state_with(sharpe: float, n: int, skew: float, kurtosis: float) -> Statistics:
    """Returns of deviation 1 (ddof 1), whose mean is their Sharpe ratio."""
    m2 = n - 1.0
    empty = statistics_init(1.0)
    moments = empty.periods.moments._replace(
        n=n,
        mean=sharpe,
        m2=m2,
        m3=skew * m2**1.5 / math.sqrt(n),
        m4=kurtosis * m2**2 / n,
        best=3.0,
        worst=-3.0,
    )
    return empty._replace(periods=empty.periods._replace(moments=moments))


@pytest.mark.parametrize(
    ("trials", "skew", "kurtosis", "expected"),
    [(100, -3.0, 10.0, 0.9004), (46, -3.0, 10.0, 0.9505), (88, 0.0, 3.0, 0.9505)],
)
def test_deflated_sharpe_of_the_paper(trials: int, skew: float, kurtosis: float, expected: float) -> None:
    """Annual Sharpe ratio 2.5 over 1250 days of 250 a year, annual variance of the trials' ratios 0.5."""
    state = state_with(2.5 / math.sqrt(250), 1250, skew, kurtosis)
    facts = Facts(trials=trials, trial_variance=0.5)
    found = metrics(state, facts=facts, convention=replace(LOCKSTEP, periods_per_year=250.0))
    assert found["deflated_sharpe"] == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("skew", "kurtosis", "expected"), [(-2.448, 10.164, 0.913), (0.0, 3.0, 0.982)])
def test_probabilistic_sharpe_of_the_paper(skew: float, kurtosis: float, expected: float) -> None:
    """Monthly Sharpe ratio 0.458 over 24 months."""
    found = metrics(state_with(0.458, 24, skew, kurtosis))
    assert found["probabilistic_sharpe"] == pytest.approx(expected, abs=5e-4)
