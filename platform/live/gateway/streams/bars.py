"""Bars that are built of trades as they come, by their moments."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

KEPT = 500
"""Bars that whoever begins to listen is shown."""
INTERVALS = {
    "1s": 1, "5s": 5, "15s": 15, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400,
}  # fmt: skip
"""Seconds; a day is one of UTC."""
SECOND_NS = 1_000_000_000


class Built(NamedTuple):
    """A bar: the moment at which it begins (ns UTC), prices and volume."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class BarBuilder:
    """Bars of one symbol and interval. ``closed`` gathers those that have closed, until it is taken."""

    def __init__(self, interval: str) -> None:
        self.length = INTERVALS[interval] * SECOND_NS
        self.bar: Built | None = None
        """The one that is being built."""
        self.history: deque[Built] = deque(maxlen=KEPT)
        self.closed: list[Built] = []

    def know(self, bars: Sequence[Built]) -> None:
        """Take over bars of the past, the oldest first, of which the last one goes on."""
        self.history.extend(bars[:-1])
        self.bar = bars[-1] if bars else None

    def begin_with(self, finer: "BarBuilder") -> None:
        """Take over what a finer one knows of the past, its bars put together."""
        for bar in (*finer.history, *filter(None, (finer.bar,))):
            self._join(bar)

    def _join(self, part: Built) -> None:
        start = part.start - part.start % self.length
        if self.bar is None or self.bar.start != start:
            if self.bar is not None:
                self.history.append(self.bar)
            self.bar = part._replace(start=start)
            return
        bar = self.bar
        self.bar = bar._replace(
            high=max(bar.high, part.high), low=min(bar.low, part.low), close=part.close,
            volume=bar.volume + part.volume,
        )  # fmt: skip

    def trade(self, time_ns: int, price: float, size: float) -> None:
        """Take a trade; one whose bar has closed already counts to the one that is being built."""
        self.pass_time(time_ns)
        if self.bar is None:
            start = time_ns - time_ns % self.length
            self.bar = Built(start, price, price, price, price, size)
            return
        bar = self.bar
        self.bar = bar._replace(
            high=max(bar.high, price), low=min(bar.low, price), close=price, volume=bar.volume + size
        )

    def pass_time(self, time_ns: int) -> None:
        """Close the bar whose time is up."""
        if self.bar is not None and time_ns >= self.bar.start + self.length:
            self.close(self.bar)
            self.bar = None

    def close(self, bar: Built) -> None:
        """Take a bar that has closed."""
        self.history.append(bar)
        self.closed.append(bar)

    def take_closed(self) -> list[Built]:
        """Return the bars that have closed since the last call."""
        found, self.closed = self.closed, []
        return found
