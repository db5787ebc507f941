"""vectorbt's side of the measurements: jobs for its own environment."""

import time
from typing import Any


def zscore_run(
    rows: int, repeats: int, seconds: float, engine: str, zscore: dict[str, float], cash: float, fees: float
) -> dict[str, Any]:
    """Time signals, simulation, per-bar value, trades and stats(); the first run of the process apart."""
    start = time.perf_counter()
    import numpy as np
    import pandas as pd
    import vectorbt as vbt
    from benchmarks.harness import rounds
    from benchmarks.market import bars

    imported = time.perf_counter() - start
    vbt.settings["engine"] = engine
    made = bars(rows)
    index = pd.DatetimeIndex(made["open_time"].view("M8[ns]"))
    close, opens = pd.Series(made["close"], index), pd.Series(made["open"], index)
    lookback, enter, leave = int(zscore["lookback"]), zscore["entry_z_score"], zscore["exit_z_score"]
    times, facts = [], {}
    for _ in rounds(repeats + 1, seconds):
        start = time.perf_counter()
        mean = close.vbt.rolling_mean(lookback, minp=lookback)
        deviation = close.vbt.rolling_std(lookback, minp=lookback, ddof=0)
        z = (close - mean) / deviation
        near = (z.abs() <= leave).vbt.signals.fshift(1)
        portfolio = vbt.Portfolio.from_signals(
            close, (z <= -enter).vbt.signals.fshift(1), near, (z >= enter).vbt.signals.fshift(1), near,
            price=opens, size=np.inf, upon_opposite_entry="reverse", fees=fees, init_cash=cash, freq="1min",
        )  # fmt: skip
        value, stats = portfolio.value(), portfolio.stats()
        trades = portfolio.trades.records
        times.append(time.perf_counter() - start)
        facts = {"rows": len(value), "trades": len(trades), "final": float(value.iloc[-1]), "metrics": len(stats)}
    return {"import": imported, "first": times[0], "times": times[1:], **facts, "version": vbt.__version__}


def import_alone() -> dict[str, Any]:
    """Time ``import vectorbt``."""
    start = time.perf_counter()
    import vectorbt

    return {"import": time.perf_counter() - start, "version": vectorbt.__version__}


def first_backtest(engine: str) -> dict[str, Any]:
    """Time a process's first backtest, imports included: the same three symbols' worth of daily bars."""
    start = time.perf_counter()
    import numpy as np
    import pandas as pd
    import vectorbt as vbt

    imported = time.perf_counter() - start
    from benchmarks.market import bars

    vbt.settings["engine"] = engine
    made = [bars(3270, seed) for seed in (1, 2, 3)]
    index = pd.date_range("2000-03-01", periods=3270, freq="D")
    close = pd.DataFrame({f"S{i}": one["close"] for i, one in enumerate(made)}, index)
    z = (close - close.vbt.rolling_mean(20, minp=20)) / close.vbt.rolling_std(20, minp=20, ddof=0)
    near = (z.abs() <= 0.5).vbt.signals.fshift(1)
    portfolio = vbt.Portfolio.from_signals(
        close, (z <= -2).vbt.signals.fshift(1), near, (z >= 2).vbt.signals.fshift(1), near,
        size=np.inf, upon_opposite_entry="reverse", init_cash=1e5, freq="1D",
    )  # fmt: skip
    stats = portfolio.stats(agg_func=None)
    return {"import": imported, "total": time.perf_counter() - start, "sharpe": float(stats["Sharpe Ratio"].iloc[0])}
