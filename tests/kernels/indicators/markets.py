"""Bars to try indicators on, and the parameters to try them with. All synthetic and seeded."""

from typing import Any

import numpy as np


def _bars(close, reach, rng):
    n = len(close)
    high, low = close + reach * rng.random(n), close - reach * rng.random(n)
    return {
        "high": high,
        "low": low,
        "close": close,
        "volume": rng.integers(0, 2000, n).astype(float),
        "session": np.arange(n) // 78 + 19000,
        "returns": np.diff(close, prepend=close[0]) / close,
    }


def walk(n=420, seed=1):
    """A random walk at full precision, as split-adjusted prices are."""
    rng = np.random.default_rng(seed)
    return _bars(100 * np.exp(np.cumsum(rng.normal(0, 0.01, n))), 1.0, rng)


def ticks(n=420, seed=2):
    """A random walk on a grid of 0.05, so that ties and repeats are common."""
    rng = np.random.default_rng(seed)
    bars = _bars(20 + 0.05 * np.cumsum(rng.integers(-2, 3, n)), 0.2, rng)
    bars["close"] = np.round(bars["close"], 2)
    bars["high"] = np.maximum(np.round(np.round(bars["high"] / 0.05) * 0.05, 2), bars["close"])
    bars["low"] = np.minimum(np.round(np.round(bars["low"] / 0.05) * 0.05, 2), bars["close"])
    return bars


def flat(n=420, seed=3):
    """Ticks with stretches in which nothing moves: at the start, in the middle, briefly, and at the end."""
    bars = ticks(n, seed)
    for start, end in ((0, 60), (120, 180), (200, 203), (n - n // 4, n)):
        for name in ("high", "low", "close"):
            bars[name][start:end] = bars["close"][start]
    bars["returns"] = np.diff(bars["close"], prepend=bars["close"][0]) / bars["close"]
    return bars


MARKETS = {"walk": walk, "ticks": ticks, "flat": flat}

PERIODS = [{"period": p} for p in (1, 2, 3, 14, 20, 250)]

PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "adx": [{"period": p} for p in (2, 3, 14, 100)],
    "atr": PERIODS,
    "bollinger": [{"period": p, "width": w} for p, w in ((1, 2.0), (2, 1.0), (20, 2.0), (250, 2.5))],
    "cci": PERIODS,
    "donchian": PERIODS,
    "ema": PERIODS,
    "garch": [{"omega": 1e-6, "alpha": 0.08, "beta": 0.9}, {"omega": 1e-4, "alpha": 0.0, "beta": 0.0}],
    "kalman": [{}, {"level_noise": 0.0, "slope_noise": 0.0}, {"level_noise": 2.0, "measurement_noise": 0.5}],
    "keltner": [{}, {"period": 5, "width": 1.5, "atr_period": 30}, {"period": 1, "atr_period": 1}],
    "macd": [
        {},
        {"fast": 2, "slow": 3, "signal": 1},
        {"fast": 1, "slow": 2, "signal": 2},
        {"fast": 50, "slow": 200},
    ],
    "max": PERIODS,
    "mean": PERIODS,
    "min": PERIODS,
    "moments": PERIODS,
    "obv": [{}],
    "rsi": PERIODS,
    "sma": PERIODS,
    "std": [*PERIODS, {"period": 20, "ddof": 1}],
    "stochastic": [
        {},
        {"period": 1, "smooth": 1, "signal": 1},
        {"period": 2, "smooth": 1, "signal": 2},
        {"period": 5, "smooth": 3, "signal": 3},
        {"period": 100, "smooth": 20, "signal": 10},
    ],
    "supertrend": [{}, {"period": 1, "width": 1.0}, {"period": 50, "width": 2.0}],
    "true_range": [{}],
    "vwap": [{}, {"anchor": "none"}],
    "wilder": PERIODS,
    "wma": PERIODS,
    "zscore": PERIODS,
}

CASES = [(name, parameters) for name, several in PARAMETERS.items() for parameters in several]
"""(indicator, parameters) for all indicators."""


def case_id(case):
    """Return a readable name of a case or of a market."""
    if isinstance(case, str):
        return case
    return "-".join([case[0], *map(str, case[1].values())])
