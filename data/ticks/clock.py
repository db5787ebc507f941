"""Two clocks: how far the recorder's is from the exchange's, and feed latencies that can be.

A message can't be received before it was sent, but a recorder's clock can run seconds early. The difference received -
sent is the latency plus the clocks' offset; latencies have a floor that is nearly reached in every window of some
seconds, so the window's minimum follows the offset. A line through the minima gives offset and drift (the median of the
slopes between them, Theil 1950, Sen 1968: a third of the windows may lie astray). What the floor itself is can't be
measured from one side: it is given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]

WINDOW_NS = 10_000_000_000
FLOOR_NS = 1_000_000
"""Exchanges stamp whole milliseconds, rounded down: a latency below one can't be told from none."""
_MOST_WINDOWS = 512
"""Slopes between more would be too many; neighbours are joined."""
_STRAY = 5.0
"""A window lies astray when it is so many median deviations from the line."""
_LEAST_STRAY_NS = 2_000_000
_BINS = np.concatenate([[0.0], np.geomspace(1e3, 1e12, 2001)])
"""Latencies are counted in bins of 1 %."""
_PERCENTILES = (0.0, 1.0, 50.0, 99.0, 100.0)


@dataclass(frozen=True)
class Clock:
    """A recorder's clock against the exchange's: received - sent is `offset_ns` + `floor_ns` at the least.

    `offset_ns` holds at `start_ns` by the recorder's clock and grows by `drift` ns a ns. Without `windows` nothing was
    measured and nothing is corrected. `agrees`: no window has a receipt before its event and no floor was given, so
    that nothing is moved but what lies astray; `least_ns` is the least latency then.
    """

    start_ns: int = 0
    offset_ns: int = 0
    drift: float = 0.0
    floor_ns: int = 0
    windows: int = 0
    stray_windows: int = 0
    agrees: bool = False
    least_ns: int = 0

    def aligned(self, received_ns: Int64Array, sent_ns: Int64Array) -> Int64Array:
        """Return receipts by the exchange's clock, each at least the floor after it was sent; int64[n] all."""
        if not self.windows:
            return received_ns
        offset = self.offset_ns + np.rint((received_ns - self.start_ns) * self.drift).astype(np.int64)
        moved: Int64Array = np.maximum(received_ns - offset, sent_ns + self.floor_ns)
        return moved

    def lines(self) -> list[str]:
        """Say in words what was found."""
        if not self.windows:
            return ["clocks: not aligned, receipts are as recorded"]
        if self.agrees:
            return [
                f"clocks: receipts come after their events, by {self.least_ns / 1e6:.3f} ms at the least"
                f" ({self.windows} windows), and are as recorded"
            ]
        side = "ahead of" if self.offset_ns > 0 else "behind"
        stray = f", {self.stray_windows} of them astray" if self.stray_windows else ""
        return [
            f"clocks: the recorder's is {abs(self.offset_ns) / 1e6:.3f} ms {side} the exchange's, drifting by "
            f"{self.drift * 1e6:+.3f} us a second ({self.windows} windows{stray}); receipts are moved so that the "
            f"least latency is {self.floor_ns / 1e6:g} ms"
        ]


def measure(
    stamps: Iterable[tuple[Int64Array, Int64Array]], *, floor_ns: int | None = FLOOR_NS, window_ns: int = WINDOW_NS
) -> Clock:
    """Measure the clocks by (received, sent), int64[n] each in ns, batch after batch: memory for the windows only.

    With the floor None clocks that agree are left alone, and others moved to a least latency of 0.
    """
    minima: dict[int, tuple[int, int]] = {}
    for received, sent in stamps:
        if len(received):
            _lower(minima, received, received - sent, window_ns)
    if not minima:
        return Clock()
    at, least = (np.array(column) for column in zip(*(minima[key] for key in sorted(minima)), strict=True))
    clock = _fit(*_thinned(at, least), floor_ns or 0)
    lowest = clock.offset_ns + min(0, round(clock.drift * float(at[-1] - at[0])))
    if floor_ns is None and lowest >= 0:
        return Clock(
            clock.start_ns, windows=clock.windows, stray_windows=clock.stray_windows, agrees=True, least_ns=lowest
        )
    return clock


def _lower(minima: dict[int, tuple[int, int]], received: Int64Array, difference: Int64Array, window_ns: int) -> None:
    windows = received // window_ns
    if (windows[1:] < windows[:-1]).any():
        order = np.argsort(windows, kind="stable")
        windows, received, difference = windows[order], received[order], difference[order]
    edges = [0, *(np.flatnonzero(windows[1:] != windows[:-1]) + 1).tolist(), len(windows)]
    for start, stop in pairwise(edges):
        row = start + int(np.argmin(difference[start:stop]))
        key, found = int(windows[row]), (int(received[row]), int(difference[row]))
        if key not in minima or found[1] < minima[key][1]:
            minima[key] = found


def _thinned(at: Int64Array, least: Int64Array) -> tuple[Int64Array, Int64Array]:
    parts = np.array_split(np.arange(len(at)), min(len(at), _MOST_WINDOWS))
    rows = np.array([part[np.argmin(least[part])] for part in parts])
    return at[rows], least[rows]


def _fit(at: Int64Array, least: Int64Array, floor_ns: int) -> Clock:
    start, base = int(at[0]), int(least[0])
    elapsed, above = (at - start).astype(np.float64), (least - base).astype(np.float64)
    drift = _slope(elapsed, above)
    rest = above - drift * elapsed
    middle = float(np.median(rest))
    spread = max(_STRAY * float(np.median(np.abs(rest - middle))), _LEAST_STRAY_NS)
    good = np.abs(rest - middle) <= spread
    offset = base + int(np.floor(rest[good].min())) - floor_ns
    return Clock(start, offset, drift, floor_ns, len(at), int(np.sum(~good)))


def _slope(x: Float64Array, y: Float64Array) -> float:
    """Return the median slope between two of the points, 0 for fewer than three."""
    if len(x) < 3:
        return 0.0
    one, other = np.triu_indices(len(x), 1)
    return float(np.median((y[other] - y[one]) / (x[other] - x[one])))


class Latencies:
    """Counts feed latencies, received - sent, as batches go by."""

    def __init__(self) -> None:
        self._counts = np.zeros(len(_BINS) + 1, np.int64)
        self._least, self._most = np.iinfo(np.int64).max, np.iinfo(np.int64).min

    def add(self, received_ns: Int64Array, sent_ns: Int64Array) -> None:
        """Count a batch, int64[n] each."""
        if len(received_ns):
            latency = received_ns - sent_ns
            self._least, self._most = min(self._least, int(latency.min())), max(self._most, int(latency.max()))
            self._counts += np.bincount(np.searchsorted(_BINS, latency, side="right"), minlength=len(_BINS) + 1)

    @property
    def count(self) -> int:
        """How many were counted."""
        return int(self._counts.sum())

    def percentile(self, share: float) -> float:
        """Return a percentile in ns: 0 and 100 exact, others within 1 %; nan where nothing was counted."""
        if not self.count:
            return float("nan")
        if share in (0.0, 100.0):
            return float(self._least if share == 0.0 else self._most)
        place = int(np.searchsorted(np.cumsum(self._counts), share / 100 * self.count))
        edge = float(_BINS[min(max(place - 1, 0), len(_BINS) - 1)])
        return min(max(edge, float(self._least)), float(self._most))

    def lines(self) -> list[str]:
        """Say in words how long messages took."""
        if not self.count:
            return []
        told = ", ".join(f"{share:g} %: {self.percentile(share) / 1e6:.3f}" for share in _PERCENTILES)
        return [f"feed latency, ms: {told}"]
