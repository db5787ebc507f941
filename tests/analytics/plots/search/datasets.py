"""Searches to draw, made by hand: a hill of scores over up to six parameters, for several symbols and policies."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from lockstep.analytics.plots.search import Windows

if TYPE_CHECKING:
    import xarray as xr

NAMES = ("fast", "slow", "stop", "take", "hold", "wait")
ATTRS: dict[str, Any] = {
    "strategy": "ema_cross",
    "strategy_title": "EMA cross",
    "fixed": json.dumps({"short": False}),
    "source": "sample",
    "dataset": "sample-daily",
    "symbols": json.dumps(["AAPL", "MSFT"]),
    # 2005-01-03 and 2005-01-05, midnight UTC: 12,786 and 12,788 days after 1970-01-01.
    "span": json.dumps([12_786 * 86_400 * 10**9, 12_788 * 86_400 * 10**9]),
    "cash": 100_000.0,
    "execution": json.dumps({"slippage_bps": 5.0}),
    "reasons": json.dumps({"fast=2, slow=1": "slow <b> fast", "fast=3, slow=1": "slow <b> fast", "fast=1": "odd"}),
}


def grid(
    *shape: int, runs: Mapping[str, list[str]] | None = None, seed: int = 0, where: bool = False, **attrs: Any
) -> "xr.Dataset":
    """A search over as many parameters as ``shape`` has sizes; ``where`` leaves out fast >= slow."""
    import xarray as xr

    runs = {"symbol": ["AAPL", "MSFT"]} if runs is None else runs
    names = NAMES[: len(shape)]
    dims = (*runs, *names)
    full = (*map(len, runs.values()), *shape)
    score = np.random.default_rng(seed).standard_normal(full)
    axes = {
        name: np.arange(1, size + 1) * (1 if name in NAMES[:2] else 0.01)
        for name, size in zip(names, shape, strict=True)
    }
    made = xr.Dataset(
        {
            "sharpe": (dims, score),
            "total_return": (dims, score * 0.2),
            "max_drawdown": (dims, -np.abs(score) * 0.1),
            "trades": (dims, np.round(40 - 4 * score)),
            "status": (dims, np.zeros(full, np.int8)),
            "block_sum": ((*dims, "block"), np.zeros((*full, 2))),
            "block_periods": (("block",), np.array([5, 5])),
            "start": (dims, np.full(full, "2005-01-03", "datetime64[ns]")),
        },
        {**runs, **axes},
        {**ATTRS, **attrs},
    )
    if where:
        out = (made["fast"] >= made["slow"]).broadcast_like(made["status"]).transpose(*dims)
        for name in ("sharpe", "total_return", "max_drawdown", "trades"):
            made[name] = made[name].where(~out)
        made["status"] = made["status"].where(~out, 1).astype(np.int8)
    return made


def listed(count: int, **options: Any) -> "xr.Dataset":
    """As many sets drawn from a grid of three parameters, along "set"."""
    flat = grid(10, 12, 8, **options).stack(set=("fast", "slow", "stop")).reset_index("set")
    chosen = np.sort(np.random.default_rng(1).permutation(960)[:count])
    return flat.isel(set=chosen).assign_coords(set=np.arange(count))


def nothing(**options: Any) -> "xr.Dataset":
    """A search of which every set failed."""
    made = grid(4, 5, **options)
    for name in ("sharpe", "total_return", "max_drawdown", "trades"):
        made[name] = made[name] * np.nan
    made["status"] = made["status"] + np.int8(3)
    return made


def walk(count: int = 6, *, source: str = "sample", zone: bool = False) -> Windows:
    """A rolling walk-forward: two years of choosing, half a year of testing; the third window has no test score."""
    first = datetime(2010, 1, 4, tzinfo=UTC if zone else None)
    rows = []
    for number in range(1, count + 1):
        start = first + timedelta(days=180 * number)
        edges = [start + timedelta(days=days) for days in (0, 730, 731, 911)]
        rows.append((number, *edges, f"fast {number}, slow {9 * number}", 1.0 + number / 10, number / 4 - 0.6))
    names = ("number", "train_start", "train_end", "test_start", "test_end", "parameters", "train_score", "test_score")
    frame = pl.DataFrame(rows, schema=list(names), orient="row").with_columns(
        pl.when(pl.col("number") != 3).then("test_score").alias("test_score")
    )
    times = [first + timedelta(days=911 + day) for day in range(180 * count)]
    equity = pl.DataFrame({"time": times, "equity": np.linspace(100.0, 150.0, len(times))})
    return Windows(frame=frame, equity=equity, source=source)
