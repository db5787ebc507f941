"""vectorbt's side of the sweeps: jobs for its own environment.

Two ways. "documented": one call for all sets, indicators and signals as its documentation writes them. "fastest": each
window computed once, the signals of all sets as plain arrays, so many sets a call as its arrays fit into the caches.
"""

import time
from typing import Any


def measure(
    search: str, short: bool, rows: int, engine: str, way: str, chunk: int, repeats: int, imports: str | None = None
) -> dict[str, Any]:
    """Time five metrics of every set; the first run of the process apart."""
    start = time.perf_counter()
    import numpy as np
    import pandas as pd
    import vectorbt as vbt
    from benchmarks.harness import imports_alike, memory_mb
    from benchmarks.sweeps import METRICS, SEARCHES

    imported = time.perf_counter() - start
    imports_alike(imports)
    before = memory_mb()["VmHWM"]
    vbt.settings["engine"] = engine
    chosen = SEARCHES[search].short() if short else SEARCHES[search]
    made, columns = chosen.prices(rows), chosen.columns()
    close = pd.Series(made["close"], pd.DatetimeIndex(made["open_time"].view("M8[ns]")))
    number, signals = len(next(iter(columns.values()))), SIGNALS[search, way]
    times: list[float] = []
    found: list[Any] = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        found = []
        for first in range(0, number, chunk or number):
            part = {name: values[first : first + (chunk or number)] for name, values in columns.items()}
            found.append(_metrics(close, signals(close, part), chosen.commission))
        times.append(time.perf_counter() - start)
    values = np.concatenate(found, axis=1)
    return {
        "import": imported, "first": times[0], "times": times[1:], "version": vbt.__version__,
        "values": dict(zip(METRICS, values.tolist(), strict=True)), "above": memory_mb()["VmHWM"] - before,
    }  # fmt: skip


def _metrics(close: Any, signals: tuple[Any, ...], fees: float) -> Any:
    """Return float64[5, sets]."""
    import numpy as np
    import vectorbt as vbt
    from benchmarks.sweeps import CASH

    portfolio = vbt.Portfolio.from_signals(
        close, *signals, size=np.inf, upon_opposite_entry="reverse", fees=fees, init_cash=CASH, freq="1min"
    )
    trades = portfolio.trades
    figures = (
        portfolio.total_return(), portfolio.sharpe_ratio(), portfolio.max_drawdown(), trades.count(),
        trades.closed.win_rate(),
    )  # fmt: skip
    return np.array([figure.to_numpy(float) for figure in figures])


def _ema_documented(close: Any, part: dict[str, Any]) -> tuple[Any, ...]:
    import vectorbt as vbt

    fast = vbt.MA.run(close, part["fast"].tolist(), ewm=True, short_name="fast")
    slow = vbt.MA.run(close, part["slow"].tolist(), ewm=True, short_name="slow")
    return fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)


def _ema_fastest(close: Any, part: dict[str, Any]) -> tuple[Any, ...]:
    from vectorbt.generic import dispatch

    fast, slow = (_once(close, part[name], "MA", ewm=True) for name in ("fast", "slow"))
    return dispatch.crossed_above(fast, slow), dispatch.crossed_above(slow, fast)


def _zscore_documented(close: Any, part: dict[str, Any]) -> tuple[Any, ...]:
    import vectorbt as vbt

    windows = part["lookback"].tolist()
    mean, deviation = vbt.MA.run(close, windows).ma, vbt.MSTD.run(close, windows).mstd
    z = mean.rsub(close, axis=0) / deviation
    near = z.abs() <= part["exit_z_score"]
    return z <= -part["entry_z_score"], near, z >= part["entry_z_score"], near


def _zscore_fastest(close: Any, part: dict[str, Any]) -> tuple[Any, ...]:
    import numpy as np

    windows, which = np.unique(part["lookback"], return_inverse=True)
    mean, deviation = _once(close, windows, "MA"), _once(close, windows, "MSTD")
    z = ((close.to_numpy()[:, None] - mean) / deviation)[:, which]
    near = np.abs(z) <= part["exit_z_score"]
    return z <= -part["entry_z_score"], near, z >= part["entry_z_score"], near


def _once(close: Any, windows: Any, name: str, **settings: Any) -> Any:
    """Return one column a window; each is computed once, however often it is asked for."""
    import numpy as np
    import vectorbt as vbt

    known, which = np.unique(windows, return_inverse=True)
    made = getattr(vbt, name).run(close, known.tolist(), **settings)
    return getattr(made, name.lower()).to_numpy().reshape(len(close), -1)[:, which]


SIGNALS = {
    ("ema", "documented"): _ema_documented,
    ("ema", "fastest"): _ema_fastest,
    ("zscore", "documented"): _zscore_documented,
    ("zscore", "fastest"): _zscore_fastest,
}
