"""Small markets of daily bars for tests of the full order model."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from lockstep.data import Bars
from lockstep.data.instrument import Instrument


def days(rows: list[list[float]], symbol: str = "A", start: date = date(2024, 1, 1)) -> dict[str, Any]:
    """Return columns of (open, high, low, close[, volume]) rows, a bar a day."""
    values = np.array([[*row, 1000.0][:5] for row in rows])
    times = [str(start + timedelta(days=i)) for i in range(len(rows))]
    names = ("open", "high", "low", "close", "volume")
    return {"time": times, "symbol": [symbol] * len(rows), **dict(zip(names, values.T, strict=True))}


def market(*frames: dict[str, Any], **terms: dict[str, Any]) -> Bars:
    """Return bars of several symbols; ``terms`` are facts of instruments by symbol."""
    joined = {name: np.concatenate([np.asarray(frame[name]) for frame in frames]) for name in frames[0]}
    symbols = list(dict.fromkeys(joined["symbol"].tolist()))
    instruments = {symbol: Instrument(symbol, **terms.get(symbol, {})) for symbol in symbols}
    return Bars.from_frame(joined, instruments=instruments)


def walk(n: int, seed: int = 0, symbol: str = "A") -> dict[str, Any]:
    """Return a seeded random walk of ``n`` days."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.012, n)))
    opened = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0.0, 0.003, n))
    high, low = np.maximum(opened, close) * 1.004, np.minimum(opened, close) * 0.996
    return days(np.column_stack([opened, high, low, close, np.full(n, 1000.0)]).tolist(), symbol)
