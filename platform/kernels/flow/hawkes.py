"""Arrivals that excite one another: a multivariate Hawkes process with kernels that are sums of exponentials.

    rate_i(t) = base_i + sum over arrivals (s, j) before t and scales k of jump[k, j, i] * exp(-decay[k] * (t - s))

jump[k, j, i] / decay[k], summed over k, is the mean number of arrivals of kind i that one of kind j causes directly.
With these in a matrix B[j, i] of spectral radius below 1 the process is stationary, at mean rates (I - B')^-1 base.

Exponential kernels make the rates a Markov process, so the next arrival is drawn exactly and nothing is rejected: the
base and each scale's fading excitation give a candidate each, and the earliest wins.

Sources: A. G. Hawkes, "Spectra of some self-exciting and mutually exciting point processes", Biometrika 58 (1971); the
exact draw: A. Dassios and H. Zhao, "Exact simulation of Hawkes process with exponentially decaying intensity",
Electronic Communications in Probability 18 (2013); the thinning it replaces: Y. Ogata, "On Lewis' simulation method for
point processes", IEEE Transactions on Information Theory 27 (1981).
"""

import math
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow
from lockstep.kernels.flow.tables import Hawkes, base_of, decay_of, excited_of, jump_of
from lockstep.kernels.ticks.latency import uniform

NS = 1e9


@kernel
def draw(h: Hawkes) -> float:
    """Return the next random number, uniform in (0, 1]."""
    h.draws += 1
    return uniform(h.seed, h.draws)


@kernel(inline=False)
def next_arrival(h: Hawkes) -> int:
    """Move to the next arrival and return its kind; ``time_ns`` and the rates move along."""
    wait, scale = _wait(h)
    at = h.rest_ns + wait * NS
    whole = math.floor(at)
    h.time_ns += np.int64(whole)
    h.rest_ns = at - whole
    kind = _which(h, scale)
    _fade(h, wait)
    _excite(h, kind)
    return kind


@kernel
def _wait(h: Hawkes) -> tuple[float, int]:
    """Return the seconds to the next arrival, and the scale that it comes from, -1 for the base."""
    wait, scale = -math.log(draw(h)) / h.base_total, -1
    decay, excited = decay_of(h), excited_of(h)
    for k in range(h.scales):
        total = 0.0
        for i in range(h.kinds):
            total += excited[k, i]
        # All that is left of a scale's excitation is total / decay arrivals: with chance exp(-that), none comes.
        used = -math.log(draw(h)) * decay[k]
        if used < total:
            candidate = -math.log1p(-used / total) / decay[k]
            if candidate < wait:
                wait, scale = candidate, k
    return wait, scale


@kernel
def _which(h: Hawkes, scale: int) -> int:
    """Return a kind, drawn by its share of the rates of a scale, or of the base."""
    rates = base_of(h) if scale < 0 else excited_of(h)[scale]
    total = 0.0
    for i in range(h.kinds):
        total += rates[i]
    left = draw(h) * total
    for i in range(h.kinds - 1):
        left -= rates[i]
        if left <= 0.0:
            return i
    return int(h.kinds) - 1


@kernel
def _fade(h: Hawkes, wait: float) -> None:
    decay, excited = decay_of(h), excited_of(h)
    for k in range(h.scales):
        factor = math.exp(-decay[k] * wait)
        for i in range(h.kinds):
            excited[k, i] *= factor


@kernel
def _excite(h: Hawkes, kind: int) -> None:
    jump, excited = jump_of(h), excited_of(h)
    for k in range(h.scales):
        for i in range(h.kinds):
            excited[k, i] += jump[k, kind, i]


@kernel(cache=True)
def simulate(hawkes: Any, time_ns: Any, kind: Any) -> None:
    """Write the next n arrivals of HAWKES[1] into ``time_ns`` int64[n] and ``kind`` uint8[n]."""
    h = borrow(hawkes)[0]
    times, kinds = borrow(time_ns), borrow(kind)
    for e in range(times.size):
        kinds[e] = next_arrival(h)
        times[e] = h.time_ns
