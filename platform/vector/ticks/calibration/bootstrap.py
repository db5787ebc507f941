"""Confidence intervals by resampling, seeded: the same orders give the same interval.

Percentile intervals: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
DRAWS = 1_000

Floats = npt.NDArray[np.float64]
Picks = npt.NDArray[np.intp]


class Estimate(NamedTuple):
    """A value and the bounds between which it lies with 95 % confidence."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{_shown(self.value)} ({_shown(self.low)} to {_shown(self.high)})"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if 1_000.0 <= abs(value) < np.inf else f"{value:.4g}"


def interval(size: int, statistic: Callable[[Picks], float], *, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """Return a statistic of ``size`` observations with its interval; it is given the numbers of those to use."""
    rng = np.random.default_rng(seed)
    found = [statistic(rng.integers(0, size, size)) for _ in range(draws)]
    tail = 100.0 * (1.0 - LEVEL) / 2.0
    low, high = np.percentile(found, [tail, 100.0 - tail], method="inverted_cdf")  # values that were found
    return Estimate(statistic(np.arange(size)), float(low), float(high))
