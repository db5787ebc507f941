"""How long messages travel: constant, with jitter, or read off a table of latencies that were recorded."""

import math
from enum import IntEnum
from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.tables import int64
from lockstep.kernels.ticks.clock import local_ns
from lockstep.kernels.ticks.tables import Action, Run


class LatencyModel(IntEnum):
    """Where a delay comes from."""

    CONSTANT = 0
    JITTER = 1
    """The constant and an exponential share of chance with mean ``jitter_ns``."""
    RECORDED = 2
    """Interpolated between recorded latencies by time; the first and last hold outside."""


LATENCY = np.dtype([("time_ns", np.int64), ("delay_ns", np.int64)], align=True)

_STEP, _MIX_1, _MIX_2 = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


@kernel
def uniform(seed: int, draw: int) -> float:
    """Return a number in (0, 1] for the draw of that number: SplitMix64 (Steele, Lea and Flood 2014) at one place."""
    z = np.uint64(seed) + np.uint64(draw) * _STEP
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(11)) + np.uint64(1)) * (1.0 / (1 << 53))


@kernel(inline=False)
def interpolated(address: int, points: int, time_ns: int) -> int:
    """Return the delay at a moment, off LATENCY[points], which ascends by time."""
    table = carray(pointer(address), points, LATENCY)
    low, high = 0, points
    while low < high:
        middle = (low + high) >> 1
        if table[middle].time_ns <= time_ns:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return int64(table[0].delay_ns)
    if low == points:
        return int64(table[points - 1].delay_ns)
    a, b = table[low - 1], table[low]
    share = (time_ns - a.time_ns) / (b.time_ns - a.time_ns)
    return int64(a.delay_ns + share * (b.delay_ns - a.delay_ns))


@kernel
def _jitter(r: Run) -> int:
    if r.latency_model == LatencyModel.CONSTANT or r.jitter_ns == 0:
        return 0
    r.draws += 1
    return int64(-math.log(uniform(r.seed, r.draws)) * r.jitter_ns)


@kernel(inline=False)
def request_delay(r: Run, action: int) -> int:
    """Return how long a request takes to the exchange, in ns. What leaves for a venue outside leaves now."""
    if r.remote == 1:
        return 0
    base, address, points = r.entry_ns, r.entry_table_address, r.entry_points
    if action == Action.CANCEL:
        base, address, points = r.cancel_ns, r.cancel_table_address, r.cancel_points
    elif action == Action.REPLACE:
        base, address, points = r.replace_ns, r.replace_table_address, r.replace_points
    if r.latency_model == LatencyModel.RECORDED and points > 0:
        return interpolated(address, points, local_ns(r))
    return base + _jitter(r)


@kernel(inline=False)
def report_delay(r: Run, time_ns: int) -> int:
    """Return how long a report takes back, in ns. What comes from a venue outside has come."""
    if r.remote == 1:
        return 0
    if r.latency_model == LatencyModel.RECORDED and r.report_points > 0:
        return interpolated(r.report_table_address, r.report_points, time_ns)
    return r.report_ns + _jitter(r)


FEED_DRAWS = np.dtype([("events", np.int64), ("received_ns", np.int64), ("delay_ns", np.int64)], align=True)
"""Events heard so far, when the latest was received, and its share of chance."""

_FEED = 0x5F356495
"""Tells the draws of the feed from those of messages."""


@kernel(cache=True)
def delay_feed(received_ns: Any, draws: Any, seed: int, mean_ns: int) -> None:
    """Add an exponential share of chance to times of receipt, int64[n], in place: one to all of one moment.

    It is the draw of the number of the moment's first event in the history, so blocks may end anywhere. ``draws`` is
    FEED_DRAWS[1]. Times may fall then: what is received before its predecessor is heard right after it.
    """
    state = draws[0]
    for k in range(received_ns.size):
        if state.events == 0 or received_ns[k] != state.received_ns:
            state.received_ns = received_ns[k]
            state.delay_ns = int64(-math.log(uniform(seed ^ _FEED, state.events + 1)) * mean_ns)
        state.events += 1
        received_ns[k] += state.delay_ns


def recorded(time_ns: Any, delay_ns: Any) -> Any:
    """Return LATENCY[n] of recorded latencies, sorted by time."""
    order = np.argsort(time_ns, kind="stable")
    table = np.zeros(len(order), LATENCY)
    table["time_ns"], table["delay_ns"] = np.asarray(time_ns)[order], np.asarray(delay_ns)[order]
    return table
