"""What a Sharpe ratio proves: its probability, the record it takes, and what the best of many trials owes to chance.

All ratios are those of one period, not annualised; ``kurtosis`` is the full one, 3 for the normal distribution.
Sources: Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, J. of Risk 15 (2012), and The Deflated Sharpe
Ratio, J. of Portfolio Management 40 (2014).
"""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EULER = float(np.euler_gamma)
NORMAL = NormalDist()


def each(function: Callable[[float], float], values: Any) -> Floats:
    """Return a function of single numbers for each value, float64 of the values' shape."""
    array = np.asarray(values, np.float64)
    return np.fromiter(map(function, array.ravel().tolist()), np.float64, array.size).reshape(array.shape)


def sharpe_spread(sharpe: Any, skew: Any = 0.0, kurtosis: Any = 3.0) -> Any:
    """Return 1 - skew SR + (kurtosis - 1) / 4 SR^2: the variance of sqrt(n) times the estimated ratio (Mertens)."""
    return 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * (sharpe * sharpe)


def probabilistic_sharpe(
    sharpe: Any, periods: Any, skew: Any = 0.0, kurtosis: Any = 3.0, *, against: Any = 0.0
) -> Floats:
    """Return the probability that the true ratio is above ``against`` (PSR), a float64 array of the arguments' shape.

    nan with fewer than two periods, and where the moments contradict one another.
    """
    periods, spread = np.asarray(periods, np.float64), np.asarray(sharpe_spread(sharpe, skew, kurtosis))
    known = (periods > 1.0) & (spread > 0.0)
    score = (sharpe - against) * np.sqrt(np.where(known, periods - 1.0, np.nan)) / np.sqrt(np.where(known, spread, 1.0))
    return each(NORMAL.cdf, score)


def minimum_periods(
    sharpe: float, skew: float = 0.0, kurtosis: float = 3.0, *, against: float = 0.0, confidence: float = 0.95
) -> float:
    """Return the periods after which PSR reaches ``confidence``: the minimum track record length (MinTRL).

    Divide by the periods of a year for years. inf when the ratio is not above ``against``, however long the record; nan
    where the moments contradict one another.
    """
    if not sharpe > against:
        return math.inf
    if not sharpe_spread(sharpe, skew, kurtosis) > 0.0:
        return math.nan
    quantile = NORMAL.inv_cdf(confidence)
    return float(1.0 + sharpe_spread(sharpe, skew, kurtosis) * (quantile / (sharpe - against)) ** 2)


def highest_of(trials: float) -> float:
    """Return the expected maximum of so many independent standard normal numbers; 0 for a single one.

    (1 - c) z(1 - 1/N) + c z(1 - 1/(N e)), c Euler's constant: the extreme-value approximation of the 2014 paper. Below
    two trials, where it runs below the truth, never less than 0.
    """
    if not trials > 1.0:
        return 0.0
    upper, outer = NORMAL.inv_cdf(1.0 - 1.0 / trials), NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return max((1.0 - EULER) * upper + EULER * outer, 0.0)


def expected_maximum_sharpe(trials: float, variance: float) -> float:
    """Return SR0, the highest ratio that so many trials without skill are expected to show.

    ``variance`` is that of the trials' ratios. sqrt(variance) times ``highest_of``.
    """
    return math.sqrt(variance) * highest_of(trials)


def deflated_sharpe(
    sharpe: Any, periods: Any, trials: float, variance: float, skew: Any = 0.0, kurtosis: Any = 3.0
) -> Floats:
    """Return the probability that the true ratio is above what the best of ``trials`` owes to chance (DSR)."""
    return probabilistic_sharpe(sharpe, periods, skew, kurtosis, against=expected_maximum_sharpe(trials, variance))
