"""How long things took, counted by classes: what was measured costs nothing to keep, and counts of two can be added."""

from bisect import bisect_left
from collections.abc import Sequence

SECONDS = (
    50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
"""Upper bounds of the classes; a last one takes what is longer."""
CLASSES = len(SECONDS) + 1


class Tally:
    """Counts of one thing that is measured. Written by one thread; who reads sees it at most one measurement late."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * CLASSES
        """By class, the longest last."""
        self.seconds = 0.0
        """All of them together."""

    def take(self, seconds: float) -> None:
        """Count a measurement."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.seconds += seconds

    def add(self, counts: Sequence[int], seconds: float) -> None:
        """Count measurements that were counted elsewhere."""
        for at, count in enumerate(counts):
            self.counts[at] += count
        self.seconds += seconds

    @property
    def measured(self) -> int:
        """How many there were."""
        return sum(self.counts)
