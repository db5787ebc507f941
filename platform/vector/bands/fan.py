"""What equity curves of several runs leave for a plot, in memory that does not grow with their number."""

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.kernels.stats.statistics import Statistics
from lockstep.strategies.over_bars.growing import Rows
from lockstep.strategies.over_bars.subaccount import Valuation
from lockstep.vector.run import Benchmark, Curve, GivenBenchmark

Floats = npt.NDArray[np.float64]
POINTS = 1500
"""So many points at most are kept of each run's own line; the envelope knows every row."""


class Envelope:
    """The lowest and the highest equity of all runs, row by row."""

    def __init__(self, rows: int) -> None:
        """Expect some number of rows."""
        self.every = max(1, -(-rows // POINTS))
        self._low = np.full(rows, np.inf)
        self._high = np.full(rows, -np.inf)
        self.rows = 0

    def take(self, start: int, equity: Floats) -> None:
        """Take one run's equity from row ``start`` on."""
        stop = start + len(equity)
        if stop > len(self._low):
            more = stop + len(self._low)
            self._low = np.concatenate([self._low, np.full(more, np.inf)])
            self._high = np.concatenate([self._high, np.full(more, -np.inf)])
        np.minimum(self._low[start:stop], equity, out=self._low[start:stop])
        np.maximum(self._high[start:stop], equity, out=self._high[start:stop])
        self.rows = max(self.rows, stop)

    @property
    def low(self) -> Floats:
        """float64[rows]."""
        return self._low[: self.rows]

    @property
    def high(self) -> Floats:
        """float64[rows]."""
        return self._high[: self.rows]


class FanCurve(Curve):
    """A run's curve that also widens the envelope and keeps some points of its own line."""

    def __init__(
        self, initial: Statistics, benchmark: Benchmark | GivenBenchmark, keep: int, envelope: Envelope
    ) -> None:  # fmt: skip
        super().__init__(initial, benchmark, keep)
        self._envelope = envelope
        self._points = Rows((np.int64, np.float64), POINTS)
        self._row = 0
        self._last = np.nan

    def advance(self, block: BarBlock, value: Valuation) -> None:
        """Take the rows of a block that were run."""
        super().advance(block, value)
        equity, every = value.equity, self._envelope.every
        self._envelope.take(self._row, equity)
        picked = slice(-self._row % every, None, every)
        self._points.append(block.close_time_ns[: len(equity)][picked], equity[picked])
        self._row += len(equity)
        if len(equity):
            self._last = float(equity[-1])

    def last_out(self) -> None:
        """Let a run that ended early keep its last equity while others go on."""
        if 0 < self._row < self._envelope.rows:
            self._envelope.take(self._row, np.full(self._envelope.rows - self._row, self._last))

    def line(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return times (ns UTC) and equity of the points that were kept."""
        times, equity = self._points.columns()
        return times, equity
