"""Runs of every kind, observed by the kernels: statistics of each alone, and of all as columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics import Convention, Facts, statistics_for
from lockstep.kernels.layout import Layout, Packed
from lockstep.kernels.records import TRADE
from lockstep.kernels.stats.block import (
    PERIOD,
    STATISTICS,
    TRADE_STATISTICS,
    finish_block,
    observe_block,
    observe_trades,
)
from lockstep.kernels.stats.statistics import Statistics
from lockstep.kernels.stats.trades import TradeStatistics, trade_statistics_init

Floats = npt.NDArray[np.float64]
HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS
KINDS = ("usual", "calm", "wild", "flat", "rising", "ruined", "in debt", "empty", "one row", "two rows", "weekend")


@dataclass(frozen=True)
class Run:
    """An equity curve, its positions, its benchmark and its trades."""

    time_ns: npt.NDArray[np.int64]
    equity: Floats
    gross: Floats
    benchmark: Floats
    trades: npt.NDArray[np.void]


def random_run(number: int, interval_ns: int = DAY_NS) -> Run:
    """The run of a number; kinds take turns, every third has no benchmark, every fourth no trades."""
    rng = np.random.default_rng(number)
    kind = KINDS[number % len(KINDS)]
    rows = {"empty": 0, "one row": 1, "two rows": 2}.get(kind, int(rng.integers(3, 90)))
    width = {"calm": 1e-4, "wild": 0.3, "flat": 0.0}.get(kind, 0.01)
    returns = rng.normal(0.0005, width, rows) if width else np.zeros(rows)
    equity: Any = 100.0 * np.cumprod(1.0 + np.clip(np.abs(returns) if kind == "rising" else returns, -0.9, 3.0))
    if kind in ("ruined", "in debt"):
        equity[rows // 2 :] = 0.0 if kind == "ruined" else -5.0
    days = np.arange(rows) if kind == "weekend" else np.arange(rows) // 5 * 7 + np.arange(rows) % 5
    time_ns = 19359 * DAY_NS + (days * DAY_NS if interval_ns == DAY_NS else np.arange(rows) * interval_ns)
    market: Any = 50.0 * np.cumprod(1.0 + rng.normal(0.0003, 0.01, rows)) if number % 3 else np.full(rows, np.nan)
    gross = np.abs(rng.normal(50.0, 30.0, rows)) * (rng.random(rows) > 0.3)
    trades = random_trades(rng, time_ns) if number % 4 and rows > 2 else np.zeros(0, TRADE)
    return Run(time_ns, equity, gross, market, trades)


def random_trades(rng: np.random.Generator, time_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
    """Up to twelve trades in the order of their exits, the last perhaps open; some win all, some lose all."""
    trades = np.zeros(int(rng.integers(1, 13)), TRADE)
    rows = np.sort(rng.integers(0, len(time_ns), (len(trades), 2)), axis=1)
    trades["entry_row"], trades["exit_row"] = rows[np.argsort(rows[:, 1])].T
    trades["entry_time_ns"], trades["exit_time_ns"] = time_ns[trades["entry_row"]], time_ns[trades["exit_row"]]
    returns = rng.normal(0.0, 0.1, len(trades)) * rng.choice([0.0, 1.0, 12.0], len(trades), p=[0.1, 0.8, 0.1])
    returns = {0: np.abs(returns), 1: -np.abs(returns)}.get(int(rng.integers(0, 4)), returns)
    trades["return"], trades["pnl"], trades["fees"] = returns, returns * 80.0, 0.1
    trades["direction"] = rng.choice([-1, 1], len(trades))
    trades["open"][-1] = rng.integers(0, 2)
    return trades


def observed(run: Run, convention: str | Convention, facts: Facts) -> tuple[Packed, Packed]:
    """The packed statistics of a run and of its trades, no period left open."""
    packed, none = STATISTICS.pack(statistics_for(convention, facts)), np.zeros(0, PERIOD)
    state = packed.floats, packed.integers
    session = run.time_ns // DAY_NS
    observe_block(*state, run.time_ns, session, run.equity, run.gross, -run.gross, run.benchmark, none, 0)
    finish_block(*state, none, 0)
    closed = TRADE_STATISTICS.pack(trade_statistics_init())
    observe_trades(closed.floats, closed.integers, run.trades)
    return packed, closed


def columns(layout: Layout, runs: list[Packed]) -> Any:
    """The states of runs as one state with columns for leaves, as a search lays them out."""
    floats, integers = np.array([run.floats for run in runs]), np.array([run.integers for run in runs])
    return layout.unpack(Packed(floats.T, integers.T, runs[0].arena, runs[0].offsets))


def observed_all(
    runs: list[Run], convention: str | Convention, facts: Facts
) -> tuple[list[tuple[Statistics, TradeStatistics]], Statistics, TradeStatistics]:
    """The statistics of each run, then those of all as columns."""
    packed = [observed(run, convention, facts) for run in runs]
    each = [(STATISTICS.unpack(state), TRADE_STATISTICS.unpack(trades)) for state, trades in packed]
    together = columns(STATISTICS, [state for state, _ in packed])
    return each, together, columns(TRADE_STATISTICS, [trades for _, trades in packed])
