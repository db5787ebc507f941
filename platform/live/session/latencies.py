"""How long a session takes: from an event to the decision that it leads to, and from a row to its being durable."""

import time
from array import array
from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lockstep.live.session.tally import Tally
from lockstep.live.session.view_types import LatencyView, QuantilesView

WINDOW_NS = 60_000_000_000
MOST = 1 << 15
"""Measurements kept of each kind, the latest."""


class _Latest:
    """The latest measurements: 16 bytes each, where a pair of Python's numbers takes 128."""

    def __init__(self) -> None:
        self._moments, self._took = array("q", bytes(8 * MOST)), array("q", bytes(8 * MOST))
        self._count = 0
        self.all = Tally()
        """Since the start."""

    def take(self, now_ns: int, took_ns: int) -> None:
        """Take a measurement; who reads meanwhile may see it a moment late."""
        at = self._count % MOST
        self._took[at], self._moments[at] = took_ns, now_ns
        self._count += 1
        self.all.take(took_ns / 1e9)

    def since(self, moment_ns: int) -> npt.NDArray[np.int64]:
        """Return what was measured since a moment, in no order."""
        count = min(self._count, MOST)
        moments, took = (np.frombuffer(each, np.int64, count) for each in (self._moments, self._took))
        return took[moments >= moment_ns]


class Latencies:
    """Keeps the last minute; ``clock`` gives ns that never fall. Durable rows may be told from another thread."""

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self.clock = clock
        self._decisions, self._acknowledged = _Latest(), _Latest()
        self._waiting: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._noted = self._durable = 0
        """The latest row that was handed over, and that became durable."""

    def decided(self, since_ns: int) -> None:
        """Take that an event whose turn came then has led to something."""
        now_ns = self.clock()
        self._decisions.take(now_ns, now_ns - since_ns)

    def handed_over(self, seq: int) -> None:
        """Take that the journal has been given all rows up to one."""
        if seq > self._noted and seq > self._durable:
            self._noted = seq
            self._waiting.append((seq, self.clock()))

    def durable(self, seq: int) -> None:
        """Take that all rows up to one are durable."""
        now_ns, self._durable = self.clock(), seq
        while self._waiting and self._waiting[0][0] <= seq:
            self._acknowledged.take(now_ns, now_ns - self._waiting.popleft()[1])

    def view(self) -> LatencyView:
        """Return how long things took in the last minute."""
        since_ns = self.clock() - WINDOW_NS
        return LatencyView(
            decision=_quantiles(self._decisions, since_ns),
            durable=_quantiles(self._acknowledged, since_ns),
        )


def _quantiles(found: _Latest, since_ns: int) -> QuantilesView:
    took = found.since(since_ns) / 1e3
    p50, p95, p99 = np.quantile(took, (0.5, 0.95, 0.99)).tolist() if len(took) else (None, None, None)
    return QuantilesView(
        measured=len(took), p50=p50, p95=p95, p99=p99, counts=tuple(found.all.counts), seconds=found.all.seconds,
    )  # fmt: skip
