"""Generated minute bars for measurements: the same for us and for every peer. NumPy only."""

from typing import Any

import numpy as np
import numpy.typing as npt

MINUTE_NS = 60_000_000_000
FIRST_NS = 1_420_070_400_000_000_000  # 2015-01-01
FIELDS = ("open", "high", "low", "close", "volume")


def bars(rows: int, seed: int = 1, *, interval_ns: int = MINUTE_NS, sigma: float = 4e-4) -> dict[str, npt.NDArray[Any]]:
    """Return open_time (int64, ns UTC), open, high, low, close and volume (float64): a walk in whole cents."""
    return stretch(rows, np.random.default_rng(seed), FIRST_NS, 100.0, interval_ns, sigma)


def stretch(
    rows: int, rng: np.random.Generator, first_ns: int, price: float, interval_ns: int, sigma: float
) -> dict[str, npt.NDArray[Any]]:
    """Return ``rows`` bars from ``first_ns`` on that follow upon ``price``."""
    close = np.maximum(np.round(price * np.exp(np.cumsum(rng.normal(0.0, sigma, rows))), 2), 0.01)
    opens = np.concatenate([[price], close[:-1]])
    reach = np.round(rng.random(rows) * 0.05, 2)
    high, low = np.maximum(opens, close) + reach, np.maximum(np.minimum(opens, close) - reach, 0.01)
    time = first_ns + np.arange(rows, dtype=np.int64) * interval_ns
    volume = np.round(rng.random(rows) * 1000.0)
    return {"open_time": time, "open": opens, "high": high, "low": low, "close": close, "volume": volume}
