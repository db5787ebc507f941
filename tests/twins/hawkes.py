"""The rates of a Hawkes process with exponential kernels, from its definition: what residuals are measured with.

Y. Ogata, "Statistical models for earthquake occurrences and residual analysis for point processes", JASA 83 (1988):
when the clock of each kind runs at its rate, its arrivals are a Poisson process of rate 1.
"""

import math
from typing import Any

import numpy as np


def expected_between(base: Any, branching: Any, decay: Any, times: Any, kinds: Any) -> list[list[float]]:
    """Return for each kind the integrals of its rate between its arrivals; ``times`` in seconds, from mean rates on."""
    number = len(base)
    mean = np.linalg.solve(np.eye(number) - branching.sum(axis=0).T, base)
    excited = np.einsum("j,kji->ki", mean, branching)  # arrivals still to come of what was before
    total = np.zeros(number)
    found: list[list[float]] = [[] for _ in base]
    last = 0.0
    for time, kind in zip(times.tolist(), kinds.tolist(), strict=True):
        passed = time - last
        fading = np.array([math.exp(-rate * passed) for rate in decay])[:, None]
        total += base * passed + (excited / decay[:, None] * (1.0 - fading)).sum(axis=0)
        excited = excited * fading + branching[:, kind, :] * decay[:, None]
        found[kind].append(float(total[kind]))
        total[kind] = 0.0
        last = time
    return found
