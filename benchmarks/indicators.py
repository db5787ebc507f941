"""What does a bar cost in each indicator, and beside TA-Lib where it has the same?

    python -m benchmarks.indicators [--bars 1000000] [--repeats 7] [--short]

Prints nanoseconds a bar: median, and the spread between the fastest and the slowest run. Arrays are in memory
and compiled code is warm; memory for the outputs is part of the measurement on both sides.
"""

from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import talib
from benchmarks.harness import heading, options, timed

from lockstep.kernels.indicators import CATALOGUE, compute

PARAMETERS: dict[str, dict[str, float]] = {
    "ema": {"period": 20},
    "garch": {"omega": 1e-6, "alpha": 0.1, "beta": 0.85},
    "max": {"period": 20},
    "mean": {"period": 20},
    "min": {"period": 20},
    "moments": {"period": 20},
    "sma": {"period": 20},
    "std": {"period": 20},
    "wilder": {"period": 14},
    "wma": {"period": 20},
    "zscore": {"period": 20},
}
"""For the rest the defaults."""

PEERS: dict[str, Callable[..., object]] = {
    "adx": lambda *bar: (talib.ADX(*bar), talib.PLUS_DI(*bar), talib.MINUS_DI(*bar)),
    "atr": talib.ATR,
    "bollinger": lambda c: talib.BBANDS(c, 20, 2.0, 2.0),
    "cci": lambda *bar: talib.CCI(*bar, 20),
    "ema": lambda c: talib.EMA(c, 20),
    "macd": talib.MACD,
    "max": lambda c: talib.MAX(c, 20),
    "mean": lambda c: talib.SMA(c, 20),
    "min": lambda c: talib.MIN(c, 20),
    "obv": talib.OBV,
    "rsi": talib.RSI,
    "sma": lambda c: talib.SMA(c, 20),
    "std": lambda c: talib.STDDEV(c, 20),
    "stochastic": lambda *bar: talib.STOCH(*bar, 14, 3, 0, 3, 0),
    "true_range": talib.TRANGE,
    "wma": lambda c: talib.WMA(c, 20),
}


def bars(n: int) -> dict[str, np.ndarray]:
    """Return a seeded random walk of ``n`` bars."""
    rng = np.random.default_rng(1)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 1e-3, n)))
    return {
        "high": close + 0.1 * rng.random(n),
        "low": close - 0.1 * rng.random(n),
        "close": close,
        "volume": rng.integers(1, 1000, n).astype(float),
        "session": np.arange(n) // 390,
        "returns": np.diff(close, prepend=close[0]) / close,
    }


def measured(call: Callable[[], object], repeats: int, n: int) -> list[float]:
    """Return nanoseconds a bar of each run; a first one, which compiles, is left out."""
    call()
    return [seconds / n * 1e9 for seconds in timed(call, repeats)]


def main() -> None:
    """Measure every indicator and print a table."""
    chosen = options(__doc__, repeats=7, bars=1_000_000)
    rows, repeats = (200_000, 3) if chosen.short else (chosen.bars, chosen.repeats)
    columns = bars(rows)
    heading(__doc__)
    print(f"TA-Lib {talib.__version__}; {rows:,} bars, {repeats} runs, one thread, ns a bar")
    print(f"{'indicator':<12} {'median':>7} {'fastest':>8} {'slowest':>8} {'TA-Lib':>7}")
    for name, indicator in CATALOGUE.items():
        inputs = {i: columns[i] for i in indicator.inputs}
        ours = measured(partial(compute, name, **inputs, **PARAMETERS.get(name, {})), repeats, rows)
        line = f"{name:<12} {median(ours):7.2f} {min(ours):8.2f} {max(ours):8.2f}"
        if name in PEERS:
            line += f" {median(measured(partial(PEERS[name], *inputs.values()), repeats, rows)):7.2f}"
        print(line)


if __name__ == "__main__":
    main()
