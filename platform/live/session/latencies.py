"""How long a session takes: from an event to the decision that it leads to, and from a row to its being durable."""

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from lockstep.live.session.tally import Tally
from lockstep.live.session.view_types import LatencyView, QuantilesView

WINDOW_NS = 60_000_000_000
MOST = 1 << 15
"""Measurements kept of each kind, the latest."""


class Latencies:
    """Keeps the last minute; ``clock`` gives ns that never fall. Durable rows may be told from another thread."""

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self.clock = clock
        self._decisions: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._acknowledged: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._waiting: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._noted = self._durable = 0
        """The latest row that was handed over, and that became durable."""
        self._all = Tally(), Tally()
        """Since the start, of decisions and of what became durable."""

    def decided(self, since_ns: int) -> None:
        """Take that an event whose turn came then has led to something."""
        now_ns = self.clock()
        self._decisions.append((now_ns, now_ns - since_ns))
        self._all[0].take((now_ns - since_ns) / 1e9)

    def handed_over(self, seq: int) -> None:
        """Take that the journal has been given all rows up to one."""
        if seq > self._noted and seq > self._durable:
            self._noted = seq
            self._waiting.append((seq, self.clock()))

    def durable(self, seq: int) -> None:
        """Take that all rows up to one are durable."""
        now_ns, self._durable = self.clock(), seq
        while self._waiting and self._waiting[0][0] <= seq:
            took_ns = now_ns - self._waiting.popleft()[1]
            self._acknowledged.append((now_ns, took_ns))
            self._all[1].take(took_ns / 1e9)

    def view(self) -> LatencyView:
        """Return how long things took in the last minute."""
        since_ns = self.clock() - WINDOW_NS
        return LatencyView(
            decision=_quantiles(self._decisions, since_ns, self._all[0]),
            durable=_quantiles(self._acknowledged, since_ns, self._all[1]),
        )


def _quantiles(found: deque[tuple[int, int]], since_ns: int, all_: Tally) -> QuantilesView:
    took = np.array([each for moment, each in found.copy() if moment >= since_ns], np.float64) / 1e3
    p50, p95, p99 = np.quantile(took, (0.5, 0.95, 0.99)).tolist() if len(took) else (None, None, None)
    return QuantilesView(
        measured=len(took), p50=p50, p95=p95, p99=p99, counts=tuple(all_.counts), seconds=all_.seconds,
    )  # fmt: skip
