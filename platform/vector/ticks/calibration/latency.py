"""Latency fitted to measured delays: a constant, and an exponential share of chance on top."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.bootstrap import Estimate, interval

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
    return LatencyFit(
        constant=interval(len(delays), lambda picked: _shifted(delays[picked])[0]),
        jitter=interval(len(delays), lambda picked: _shifted(delays[picked])[1]),
        observations=len(delays),
    )


def _shifted(delays: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return shift and mean of a shifted exponential: the least lies mean / n above the shift on average."""
    n = len(delays)
    mean = (delays.mean() - delays.min()) * n / (n - 1)
    return max(float(delays.min() - mean / n), 0.0), float(mean)
