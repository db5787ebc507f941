"""Latency fitted to measured delays: a constant, and an exponential share of chance on top."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.bootstrap import LEVEL, Estimate

LEAST = 10
"""Delays below which nothing is fitted."""


@dataclass(frozen=True)
class LatencyFit:
    """Delay = constant + exponential with mean ``jitter``, both ns, by maximum likelihood with its bias taken out."""

    constant: Estimate
    jitter: Estimate
    observations: int


def fit_latency(delays_ns: Any) -> LatencyFit:
    """Fit delays (int[n] ns). Raises BacktestError for fewer than ten, or negative ones: align the clocks first."""
    delays = np.asarray(delays_ns, np.float64)
    if len(delays) < LEAST:
        raise BacktestError(f"a latency needs at least {LEAST} measured delays, found {len(delays)}")
    if delays.min() < 0.0:
        raise BacktestError(f"a delay is {delays.min():,.0f} ns: align the two clocks first")
    return LatencyFit(*_shifted(delays), observations=len(delays))


def _shifted(delays: npt.NDArray[np.float64]) -> tuple[Estimate, Estimate]:
    """Return shift and mean of a shifted exponential with their intervals.

    n (least - shift) / mean is F with 2 and 2n - 2 degrees, 2 (n - 1) mean / true mean chi-square with 2n - 2
    (N. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 1, ch. 19); its quantiles by Wilson and
    Hilferty. A bootstrap can't do it: no resampled least lies below the one observed.
    """
    n = len(delays)
    least, mean = float(delays.min()), float((delays.mean() - delays.min()) * n / (n - 1))
    tail = (1.0 - LEVEL) / 2.0
    near, far = ((n - 1) * (p ** (-1.0 / (n - 1)) - 1.0) * mean / n for p in (1.0 - tail, tail))
    small, large = (_chi_square(p, 2 * n - 2) for p in (tail, 1.0 - tail))
    total = 2.0 * (n - 1) * mean
    shift = Estimate(max(least - mean / n, 0.0), max(least - far, 0.0), max(least - near, 0.0))
    return shift, Estimate(mean, total / large, total / small)


def _chi_square(probability: float, degrees: int) -> float:
    part = 2.0 / (9.0 * degrees)
    return float(degrees * (1.0 - part + NormalDist().inv_cdf(probability) * part**0.5) ** 3)
