"""How long a session takes: from an event to the decision that it leads to, and from a row to its being durable."""

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

WINDOW_NS = 60_000_000_000
MOST = 1 << 15
"""Measurements kept of each kind, the latest."""


class Quantiles(NamedTuple):
    """Of what was measured in the last minute, in microseconds; nan where nothing was."""

    measured: int
    p50: float
    p99: float


class LatencyView(NamedTuple):
    """What people are shown."""

    decision: Quantiles
    """From an event's turn to the journal having what was decided upon it: intents, refusals, fills."""
    durable: Quantiles
    """From handing rows to the journal to their being durable."""


class Latencies:
    """Keeps the last minute; ``clock`` gives ns that never fall. Durable rows may be told from another thread."""

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self.clock = clock
        self._decisions: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._acknowledged: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._waiting: deque[tuple[int, int]] = deque(maxlen=MOST)

    def decided(self, since_ns: int) -> None:
        """Take that an event whose turn came then has led to something."""
        now_ns = self.clock()
        self._decisions.append((now_ns, now_ns - since_ns))

    def handed_over(self, seq: int) -> None:
        """Take that the journal has been given all rows up to one."""
        if not self._waiting or self._waiting[-1][0] != seq:
            self._waiting.append((seq, self.clock()))

    def durable(self, seq: int) -> None:
        """Take that all rows up to one are durable."""
        now_ns = self.clock()
        while self._waiting and self._waiting[0][0] <= seq:
            self._acknowledged.append((now_ns, now_ns - self._waiting.popleft()[1]))

    def view(self) -> LatencyView:
        """Return how long things took in the last minute."""
        since_ns = self.clock() - WINDOW_NS
        return LatencyView(_quantiles(self._decisions, since_ns), _quantiles(self._acknowledged, since_ns))


def _quantiles(found: deque[tuple[int, int]], since_ns: int) -> Quantiles:
    took = np.array([each for moment, each in found.copy() if moment >= since_ns], np.float64) / 1e3
    if not len(took):
        return Quantiles(0, np.nan, np.nan)
    p50, p99 = np.quantile(took, (0.5, 0.99)).tolist()
    return Quantiles(len(took), p50, p99)
