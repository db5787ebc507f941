"""Our side of the measurements: jobs for fresh processes (see ``harness.in_fresh_process``).

Imports stand inside, so that a job can time them and a process holds no more than it needs.
"""

import sys
import time
from typing import Any

HEAVY = ("pandas", "xarray", "jax", "plotly", "exchange_calendars")
ZSCORE = {"lookback": 20, "entry_z_score": 2.0, "exit_z_score": 0.5}
COMMISSION = 1e-5
CASH = 1_000_000.0


def zscore_run(folder: str, repeats: int, seconds: float = 0.0) -> dict[str, Any]:
    """Time bars from the store, run, per-bar equity, trades and all metrics; the first run of the process apart."""
    from benchmarks.harness import rounds

    start = time.perf_counter()
    from benchmarks.stores import open_bars

    from lockstep.strategies import MeanReversion
    from lockstep.vector import backtest

    imported = time.perf_counter() - start
    times, facts = [], {}
    for _ in rounds(repeats + 1, seconds):
        start = time.perf_counter()
        result = backtest(open_bars(folder), MeanReversion(**ZSCORE), cash=CASH, commission=COMMISSION, fractional=True)
        equity, trades, metrics = result.equity, result.trades, result.metrics()
        times.append(time.perf_counter() - start)
        facts = {"rows": equity.height, "trades": trades.height, "final": equity["equity"][-1], "metrics": len(metrics)}
    return {"import": imported, "first": times[0], "times": times[1:], **facts}


def whole_units(folder: str) -> dict[str, Any]:
    """Run as backtesting.py does: whole units, orders filled at the next open."""
    from benchmarks.stores import open_bars

    from lockstep.strategies import MeanReversion
    from lockstep.vector import backtest

    result = backtest(open_bars(folder), MeanReversion(**ZSCORE), cash=CASH, commission=COMMISSION)
    closed = result.total.trades
    return {"trades": int((closed["open"] == 0).sum()), "final": result.equity["equity"][-1]}


def one_unit(folder: str) -> dict[str, Any]:
    """Run as our NautilusTrader strategy does: one unit a position, filled at the same close, no fees."""
    from benchmarks.one_unit import OneUnit
    from benchmarks.stores import open_bars

    from lockstep.vector import backtest

    result = backtest(open_bars(folder), OneUnit(**ZSCORE), cash=CASH, fill="same_close")
    return {"trades": len(result.total.trades), "final": result.equity["equity"][-1]}


def run(folder: str, symbols: int = 1, repeats: int = 1, keep_rows: bool = True, lookback: int = 20) -> dict[str, Any]:
    """Time a run over the symbols of a store; the first, which compiles or loads kernels, is left out."""
    from benchmarks.stores import open_bars

    from lockstep.strategies import MeanReversion
    from lockstep.vector import backtest

    strategy = MeanReversion(lookback=lookback)
    times, facts = [], {}
    # Warm on other bars: a long history is run once only.
    backtest(_few(symbols), strategy, commission=COMMISSION, fractional=True, keep_rows=keep_rows)
    for _ in range(repeats):
        start = time.perf_counter()
        result = backtest(
            open_bars(folder, symbols), strategy, cash=CASH, commission=COMMISSION, fractional=True, keep_rows=keep_rows
        )
        metrics = result.metrics()
        times.append(time.perf_counter() - start)
        records = (result.total.orders, result.total.fills, result.total.trades)
        facts = {"fills": len(records[1]), "records_mb": sum(r.nbytes for r in records) / 1e6, "metrics": len(metrics)}
    return {"times": times, **facts}


def _few(symbols: int) -> Any:
    from benchmarks.market import FIELDS, bars
    from benchmarks.stores import names

    from lockstep.data import Bars

    frames = {name: bars(2_000, seed) for seed, name in enumerate(names(symbols))}
    columns = {
        name: {"time": frame["open_time"].view("M8[ns]"), **{field: frame[field] for field in FIELDS}}
        for name, frame in frames.items()
    }
    return Bars.from_frame(columns)


def from_frame(rows: int, repeats: int) -> dict[str, Any]:
    """Time taking bars from memory, checks included."""
    from benchmarks.harness import timed
    from benchmarks.market import FIELDS, bars

    from lockstep.data import Bars

    made = bars(rows)
    columns = {"time": made["open_time"].view("M8[ns]"), **{field: made[field] for field in FIELDS}}
    return {"times": timed(lambda: Bars.from_frame(columns), repeats + 1)[1:]}


def import_alone() -> dict[str, Any]:
    """Time ``import lockstep``."""
    start = time.perf_counter()
    import lockstep

    return {"import": time.perf_counter() - start, "version": lockstep.__version__}


def install_sample(folder: str) -> dict[str, Any]:
    """Install the real daily bars into a store."""
    from lockstep.data import Store
    from lockstep.data.sample import install_real

    return dict(install_real(Store(folder)))


def first_backtest(folder: str) -> dict[str, Any]:
    """Time a process's first backtest, imports included, and look for modules that it must not load."""
    start = time.perf_counter()
    from lockstep.data import Store
    from lockstep.strategies import MeanReversion
    from lockstep.vector import backtest

    imported = time.perf_counter() - start
    result = backtest(Store(folder).bars(["AAPL", "GOOG", "MSFT"]), MeanReversion(**ZSCORE))
    sharpe = result.metrics()["sharpe"]
    total = time.perf_counter() - start
    return {
        "import": imported,
        "total": total,
        "sharpe": sharpe,
        "heavy": [name for name in HEAVY if name in sys.modules],
    }
