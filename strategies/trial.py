"""Generated bars on which strategies are tried: waves, steps of a tick, jumps and a stretch without movement."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.bar import Bar, Bars

DAY_NS = 86_400_000_000_000
GAP = 17
"""In a trial of many symbols, symbol s has no bar at rows s + GAP, s + 2 * GAP, ..."""


class Trial(NamedTuple):
    """Rows of many symbols."""

    symbols: int
    prices: npt.NDArray[np.float64]
    """float64[5, n, symbols]: open, high, low, close, volume."""
    extra: npt.NDArray[np.float64]
    """float64[n, symbols, columns]"""

    def rows(self, cross_sectional: bool) -> Iterator[Bar | Bars]:
        """Yield the first symbol's bars, or rows of all symbols."""
        if cross_sectional:
            return self._all()
        return self._first()

    def _first(self) -> Iterator[Bar]:
        for t in range(self.prices.shape[1]):
            numbers = self.prices[:, t, 0]
            yield Bar._make((t, (t + 1) * DAY_NS, t // 5, *numbers, self.extra[t, 0]))

    def _all(self) -> Iterator[Bars]:
        for t in range(self.prices.shape[1]):
            present = (t - np.arange(self.symbols)) % GAP != 0
            numbers = np.where(present, self.prices[:, t], np.nan)
            yield Bars._make((t, (t + 1) * DAY_NS, t // 5, *numbers, present, self.extra[t]))


def trial(rows: int, symbols: int, columns: int) -> Trial:
    """Return the same bars each time it is called."""
    t = np.arange(rows)[:, None]
    s = np.arange(symbols)[None, :]
    waves = 8.0 * np.sin(0.37 * t + s) + 4.0 * np.sin(1.7 * t + 0.5 * s) + 6.0 * np.sin(0.045 * t + 2.0 * s)
    jumps = np.where((t * 7 + s) % 41 == 0, 9.0, 0.0)
    close = np.round(100.0 + 10.0 * s + waves + jumps, 2)
    flat = (t >= rows // 2) & (t < rows // 2 + 30)
    close = np.where(flat, close[rows // 2], close)
    opening = np.concatenate([close[:1], close[:-1]])
    reach = np.where(flat, 0.0, 0.25)
    high, low = np.maximum(opening, close) + reach, np.minimum(opening, close) - reach
    volume = 1000.0 + (t * 13 + s * 5) % 97 * 10.0
    extra = np.sin(0.9 * t[..., None] + s[..., None] + np.arange(columns))
    return Trial(symbols, np.stack([opening, high, low, close, volume]), extra)
