"""Runs to draw: seeded random prices, fills and trades that look like a real run, at any length."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from lockstep.analytics.view import MetricGroup, RunView

UTC_NS = pl.Datetime("ns", "UTC")
DAY_NS = 86_400_000_000_000
MINUTE_NS = 60_000_000_000
FIRST_NS = int(datetime(2005, 1, 3, 21, tzinfo=UTC).timestamp()) * 1_000_000_000

METRICS: tuple[MetricGroup, ...] = (
    (
        "Returns",
        (
            ("Total return", "+84.31 %", "last equity / initial equity - 1"),
            ("Annual return", "+8.02 %", "(1 + total return) ^ (252 / days) - 1"),
            ("Annual volatility", "14.20 %", "standard deviation of daily returns (ddof 1) x sqrt(252)"),
            ("vs benchmark", "−12.40 %", "total return less the benchmark's"),
        ),
    ),
    (
        "Risk",
        (
            ("Sharpe ratio", "0.61", "mean / standard deviation of daily excess returns x sqrt(252)"),
            ("Sortino ratio", "0.88", "mean excess return / downside deviation, annualised"),
            ("Max drawdown", "−21.70 %", "smallest of equity / running maximum - 1"),
            ("Value at risk 95 %", float("nan"), "5 % quantile of daily returns"),
        ),
    ),
    (
        "Trades",
        (
            ("Trades", "412", "closed and open trades"),
            ("Win rate", "56.31 %", "closed trades with a profit / closed trades"),
            ("Profit factor", "1.31", "sum of profits / sum of losses"),
            ("Average duration", None, "mean of bars held"),
        ),
    ),
)


def times_ns(rows: int, step_ns: int = DAY_NS) -> npt.NDArray[np.int64]:
    """Weekdays at 21:00 UTC for daily rows; else minutes without a break."""
    if step_ns != DAY_NS:
        return FIRST_NS + np.arange(rows) * step_ns
    days = np.arange(rows)
    return FIRST_NS + (days + 2 * (days // 5)) * DAY_NS


def time_series(ns: npt.NDArray[np.int64]) -> pl.Series:
    return pl.Series(ns).cast(pl.Datetime("ns")).dt.replace_time_zone("UTC")


def random_view(
    rows: int = 2000,
    symbols: tuple[str, ...] = ("AAPL", "GOOG", "MSFT"),
    *,
    step_ns: int = DAY_NS,
    trades: int = 400,
    seed: int = 7,
    **changes: Any,
) -> RunView:
    """Return a run with everything a report can show; ``changes`` replace the view's fields."""
    rng = np.random.default_rng(seed)
    ns = times_ns(rows, step_ns)
    scale = 0.011 * np.sqrt(step_ns / DAY_NS)
    bars = pl.concat([_bars(rng, symbol, ns, scale * 1.4) for symbol in symbols])
    value = 100_000 * np.exp(np.cumsum(rng.standard_t(4, rows) * scale * 0.6 + scale**2 * 2))
    market = 100_000 * np.exp(np.cumsum(rng.standard_t(4, rows) * scale * 0.8 + scale**2 * 2))
    gross = value * np.clip(np.repeat(rng.uniform(-0.3, 1.1, rows // 8 + 1), 8)[:rows], 0, 1)
    equity = pl.DataFrame(
        {
            "time": time_series(ns),
            "equity": value,
            "gross": gross,
            "net": gross * np.repeat(rng.choice([1.0, 0.4, -0.5], rows // 40 + 1), 40)[:rows],
            "benchmark": pl.Series(market).scatter(range(min(3, rows)), None),
        }
    )
    log = _trades(rng, symbols, ns, bars, trades)
    given: dict[str, Any] = {
        "title": "Mean Reversion Strategy",
        "source": "synthetic",
        "symbols": symbols,
        "span": (int(ns[0]), int(ns[-1])),
        "equity": equity,
        "fills": _fills(log),
        "trades": log,
        "bars": bars,
        "metrics": METRICS,
        "strategies": {
            name: equity.select("time", pl.col("equity") * share)
            for name, share in (("mean_reversion", 0.6), ("ema_cross", 0.4))
        },
        "settings": {
            "Parameters": {"lookback": 20, "entry_z_score": 2.0, "exit_z_score": 0.5},
            "Costs": {"commission": "0.05 % of value", "slippage": "1 bp"},
            "Policies": {"fill": "next open", "shares": "whole"},
        },
        "provenance": {
            "Data hash": "7f3c0a9be1d25d4c8f60" * 3,
            "Data set": "sample-daily",
            "Lockstep": "0.1.0",
            "Warm-up": "20 bars",
            "End": "last bar reached",
        },
        "conventions": ("Days per year: 252.", "Standard deviations use ddof 1."),
        "zone": "America/New_York",
        "currency": "USD",
        "initial": 100_000.0,
    }
    return RunView(**(given | changes))


def small_view(equity: list[float], days: list[datetime] | None = None, **changes: Any) -> RunView:
    """Return a run that is nothing but these equity values, one a day, without a fill or a trade."""
    full = random_view(2, ("A",), trades=0)
    times = (
        pl.Series(days, dtype=UTC_NS)
        if days
        else time_series(FIRST_NS + np.arange(len(equity), dtype=np.int64) * DAY_NS)
    )
    nothing = pl.Series([0.0] * len(equity))
    frame = pl.DataFrame(
        {
            "time": times,
            "equity": pl.Series(equity, dtype=pl.Float64),
            "gross": nothing,
            "net": nothing,
            "benchmark": pl.Series([None] * len(equity), dtype=pl.Float64),
        }
    )
    given: dict[str, Any] = {
        "title": "Small",
        "source": "file",
        "symbols": ("A",),
        "span": (0, 1),
        "equity": frame,
        "fills": full.fills.clear(),
        "trades": full.trades.clear(),
        "bars": full.bars.clear(),
        "metrics": (),
    }
    return RunView(**(given | changes))


def _bars(rng: np.random.Generator, symbol: str, ns: npt.NDArray[np.int64], scale: float) -> pl.DataFrame:
    rows = len(ns)
    close = 80 * np.exp(np.cumsum(rng.normal(scale**2, scale, rows)))
    opened = np.concatenate((close[:1], close[:-1])) * np.exp(rng.normal(0, scale / 5, rows))
    return pl.DataFrame(
        {
            "symbol": [symbol] * rows,
            "close_time": time_series(ns),
            "open": opened,
            "high": np.maximum(opened, close) * (1 + np.abs(rng.normal(0, scale / 3, rows))),
            "low": np.minimum(opened, close) * (1 - np.abs(rng.normal(0, scale / 3, rows))),
            "close": close,
            "volume": rng.integers(1_000, 100_000, rows).astype(np.float64),
        }
    )


def _trades(
    rng: np.random.Generator,
    symbols: tuple[str, ...],
    ns: npt.NDArray[np.int64],
    bars: pl.DataFrame,
    count: int,
) -> pl.DataFrame:
    rows = len(ns)
    entry = np.sort(rng.integers(0, max(rows - 2, 1), count))
    held = np.minimum(rng.integers(1, 40, count), rows - 1 - entry)
    where = rng.integers(0, len(symbols), count)
    side = rng.choice([1.0, -1.0], count)
    close = bars["close"].to_numpy()
    quantity = np.round(rng.uniform(10, 300, count))
    paid, got = close[where * rows + entry], close[where * rows + entry + held]
    is_open = np.arange(count) >= count - min(2, count)
    exits = time_series(ns[entry + held]) if count else time_series(ns[:0])
    return pl.DataFrame(
        {
            "symbol": [symbols[i] for i in where],
            "strategy": [("mean_reversion", "ema_cross")[i % 2] for i in range(count)],
            "direction": np.where(side > 0, "long", "short").astype(str),
            "entry_time": time_series(ns[entry]) if count else time_series(ns[:0]),
            "exit_time": pl.select(pl.when(pl.Series(~is_open, dtype=pl.Boolean)).then(exits)).to_series(),
            "quantity": quantity,
            "entry_price": paid,
            "exit_price": got,
            "pnl": side * quantity * (got - paid),
            "return": side * (got / paid - 1),
            "bars": held.astype(np.int64),
            "open": is_open,
        },
        schema_overrides={"symbol": pl.String, "strategy": pl.String, "direction": pl.String},
    )


def _fills(trades: pl.DataFrame) -> pl.DataFrame:
    signed = pl.col("quantity") * pl.when(pl.col("direction") == "long").then(1.0).otherwise(-1.0)
    opens = trades.select("symbol", "strategy", time="entry_time", quantity=signed, price="entry_price", realised=0.0)
    closes = trades.filter(~pl.col("open")).select(
        "symbol", "strategy", time="exit_time", quantity=-signed, price="exit_price", realised="pnl"
    )
    both = pl.concat([opens, closes]).with_columns(fee=1.0).sort("time")
    return both.select("time", "symbol", "strategy", "quantity", "price", "fee", "realised")
