"""Small histories for tests of the driver: generated, with gaps, on one calendar or several."""

from typing import Any

import numpy as np

from lockstep.data import Bars

DAY_NS = 86_400_000_000_000
START = np.datetime64("2020-01-01", "D")


def prices(rows: int, seed: int, *, tick: float = 0.0, flat: bool = False) -> dict[str, Any]:
    """Return daily columns of a random walk around 100; ``tick`` rounds it, ``flat`` holds it still for stretches."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, 0.02, rows)
    if flat:
        steps[rng.random(rows) < 0.7] = 0.0
    close = 100.0 * np.exp(np.cumsum(steps))
    open_ = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0.0, 0.0 if flat else 0.004, rows))
    if tick:
        close, open_ = np.round(close / tick) * tick, np.round(open_ / tick) * tick
    high = np.maximum(open_, close) * (1.0 if flat else 1.003)
    low = np.minimum(open_, close) * (1.0 if flat else 0.997)
    volume = rng.integers(1, 1000, rows).astype(np.float64)
    return {
        "time": START + np.arange(rows), "open": open_, "high": high, "low": low, "close": close, "volume": volume,
    }  # fmt: skip


def history(symbols: int = 3, rows: int = 300, seed: int = 1, gaps: float = 0.0, **kind: Any) -> Bars:
    """Return bars of several symbols; each misses a share of the days of its own."""
    frames = {}
    for s in range(symbols):
        columns = prices(rows, seed * 100 + s, **kind)
        keep = np.random.default_rng(seed * 7 + s).random(rows) >= gaps
        keep[-1] = True  # all symbols end together, so that prefixes have the same end
        frames[f"S{s}"] = {name: values[keep] for name, values in columns.items()}
    return Bars.from_frame(frames, interval="1d")


def prefix(symbols: int, rows: int, cut: int, seed: int = 1, gaps: float = 0.0, **kind: Any) -> Bars:
    """Return the same bars as ``history``, as they stood after the first ``cut`` days."""
    end = START + cut
    frames = {}
    for s in range(symbols):
        columns = prices(rows, seed * 100 + s, **kind)
        keep = np.random.default_rng(seed * 7 + s).random(rows) >= gaps
        keep[-1] = True
        keep &= columns["time"] < end
        frames[f"S{s}"] = {name: values[keep] for name, values in columns.items()}
    return Bars.from_frame(frames, interval="1d")
