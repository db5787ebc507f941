"""Latency fitted to measured delays: a constant, and an exponential share of chance on top."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.execution import Latency
from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.bootstrap import Estimate
from lockstep.vector.ticks.calibration.quantiles import TAIL, chi_square

LEAST = 10
"""Delays below which nothing is fitted."""


@dataclass(frozen=True)
class LatencyFit:
    """Delay = constant + exponential with mean ``jitter``, both ns, by maximum likelihood with its bias taken out."""

    constant: Estimate
    jitter: Estimate
    observations: int

    def __str__(self) -> str:
        return f"{self.constant} ns, and {self.jitter} ns of chance, of {self.observations}"


@dataclass(frozen=True)
class LatencyFits:
    """A fit for each kind of message; None where too few were measured."""

    submit: LatencyFit | None = None
    cancel: LatencyFit | None = None
    replace: LatencyFit | None = None
    report: LatencyFit | None = None

    @property
    def jitter(self) -> Estimate:
        """The mean of the chance, ns, if it is the same for all messages, as it is in a simulator.

        Raises BacktestError where nothing was fitted.
        """
        return pooled_jitter(fit for fit in vars(self).values() if fit is not None)

    def into(self, base: Latency) -> Latency:
        """Return settings with what was fitted in them, in place of recorded delays of those messages too."""
        found = {name: round(fit.constant.value) for name, fit in vars(self).items() if fit is not None}
        if not found:
            return base
        late = replace(base, **found, jitter=round(self.jitter.value))
        fitted = {
            "recorded_requests": self.submit, "recorded_cancels": self.cancel, "recorded_replaces": self.replace,
            "recorded_reports": self.report,
        }  # fmt: skip
        known: Any = {name: None for name, fit in fitted.items() if fit is not None}
        return replace(late, **known)


def fit_latency(delays_ns: Any) -> LatencyFit:
    """Fit delays (int[n] ns). Raises BacktestError for fewer than ten, or negative ones: align the clocks first."""
    delays = np.asarray(delays_ns, np.float64)
    if len(delays) < LEAST:
        raise BacktestError(f"a latency needs at least {LEAST} measured delays, found {len(delays)}")
    if delays.min() < 0.0:
        raise BacktestError(f"a delay is {delays.min():,.0f} ns: align the two clocks first")
    return LatencyFit(*_shifted(delays), observations=len(delays))


def pooled_jitter(fits: Iterable[LatencyFit]) -> Estimate:
    """Return the mean of the chance that several kinds of messages have in common.

    2 (n - 1) mean / true mean of each is chi-square with 2n - 2 degrees, and sums of such are chi-square again.
    """
    parts = [(fit.jitter.value, fit.observations - 1) for fit in fits]
    degrees = 2 * sum(free for _, free in parts)
    if not degrees:
        raise BacktestError("no latency was fitted: there is no chance in common")
    total = 2.0 * sum(mean * free for mean, free in parts)
    small, large = (chi_square(p, degrees) for p in (TAIL, 1.0 - TAIL))
    return Estimate(total / degrees, total / large, total / small)


def _shifted(delays: npt.NDArray[np.float64]) -> tuple[Estimate, Estimate]:
    """Return shift and mean of a shifted exponential with their intervals.

    n (least - shift) / mean is F with 2 and 2n - 2 degrees, 2 (n - 1) mean / true mean chi-square with 2n - 2
    (N. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 1, ch. 19). A bootstrap can't do it: no
    resampled least lies below the one observed.
    """
    n = len(delays)
    least, mean = float(delays.min()), float((delays.mean() - delays.min()) * n / (n - 1))
    near, far = ((n - 1) * (p ** (-1.0 / (n - 1)) - 1.0) * mean / n for p in (1.0 - TAIL, TAIL))
    small, large = (chi_square(p, 2 * n - 2) for p in (TAIL, 1.0 - TAIL))
    total = 2.0 * (n - 1) * mean
    shift = Estimate(max(least - mean / n, 0.0), max(least - far, 0.0), max(least - near, 0.0))
    return shift, Estimate(mean, total / large, total / small)
