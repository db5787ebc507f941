"""What a page about a tick run needs to know of it: records and words, no engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lockstep.analytics.ticks.costs import FillCosts
from lockstep.analytics.view import MetricGroup
from lockstep.data.ticks.ticks import Ticks

Records = npt.NDArray[np.void]

HEADLINE = (
    "Profit", "Spread", "Inventory", "Fees", "Sharpe ratio", "Max drawdown", "Fill ratio", "Share of makers",
    "Slippage, arrival", "Gain after 10 s", "Implementation shortfall",
)  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class TickView:
    """One tick run as it is shown."""

    title: str
    ticks: Ticks
    fills: Records
    """TICK_FILL[n]"""
    orders: Records
    """TICK_ORDER[m]"""
    samples: Records
    """SAMPLE[k]: the account over time"""
    costs: FillCosts
    initial: float
    """cash before the run"""
    metrics: Sequence[MetricGroup]
    settings: Mapping[str, Mapping[str, object]]
    provenance: Mapping[str, object]
    notes: Sequence[str] = ()
    """What the reader has to know before the numbers."""

    headline: Sequence[str] = HEADLINE
    """Labels of the metrics shown as cards."""

    @property
    def synthetic(self) -> bool:
        """Were the ticks generated instead of observed?"""
        return self.ticks.synthetic

    def busiest(self, share: float = 0.02) -> tuple[int, int]:
        """Return start and end of the stretch, a ``share`` of the history, that has most fills, ns UTC."""
        first, last = self.ticks.span
        length = max(int((last - first) * share), 1)
        times = np.sort(self.fills["time_ns"])
        if not len(times):
            return first, first + length
        count = np.searchsorted(times, times + length, side="right") - np.arange(len(times))
        start = int(times[int(count.argmax())]) - length // 20
        return max(start, first), min(start + length + length // 10, last)
