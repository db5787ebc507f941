"""What does a bar cost in each indicator, and beside TA-Lib where it has the same?

    python benchmarks/indicators.py [--bars 1000000] [--repeats 7]

Prints nanoseconds a bar: median, and the spread between the fastest and the slowest run. Arrays are in memory
and compiled code is warm; memory for the outputs is part of the measurement on both sides.
"""

import argparse
import platform
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numba
import numpy as np
import talib

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


def timed(call: Callable[[], object], repeats: int, n: int) -> tuple[float, float, float]:
    """Return median, fastest and slowest nanoseconds a bar."""
    call()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        call()
        times.append((perf_counter() - start) / n * 1e9)
    return median(times), min(times), max(times)


def hardware() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def main() -> None:
    """Measure every indicator and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--bars", type=int, default=1_000_000)
    arguments.add_argument("--repeats", type=int, default=7)
    options = arguments.parse_args()
    columns = bars(options.bars)
    print(hardware())
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, numba {numba.__version__}, "
        f"TA-Lib {talib.__version__}; {options.bars:,} bars, {options.repeats} runs, one thread, ns a bar"
    )
    print(f"{'indicator':<12} {'median':>7} {'fastest':>8} {'slowest':>8} {'TA-Lib':>7}")
    for name, indicator in CATALOGUE.items():
        inputs = {i: columns[i] for i in indicator.inputs}
        parameters = PARAMETERS.get(name, {})
        ours = timed(lambda n=name, i=inputs, p=parameters: compute(n, **i, **p), options.repeats, options.bars)
        line = f"{name:<12} {ours[0]:7.2f} {ours[1]:8.2f} {ours[2]:8.2f}"
        if name in PEERS:
            theirs = timed(lambda n=name, i=inputs: PEERS[n](*i.values()), options.repeats, options.bars)
            line += f" {theirs[0]:7.2f}"
        print(line)


if __name__ == "__main__":
    main()
