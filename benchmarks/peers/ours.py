"""The same runs through our public interface."""

from typing import Any

import numpy as np
from benchmarks.peers.cases import (
    TARGETS,
    cross_prices,
    days,
    portfolio_prices,
    portfolio_sizes,
)

from lockstep.analytics.metrics import FORMULAS
from lockstep.data import Bars
from lockstep.strategies import SmaCross
from lockstep.vector import Orders, Targets, backtest
from lockstep.vector.result import Result


def cross(case: dict[str, Any], bars: Bars | None = None) -> Result:
    """Run an SMA cross as backtesting.py does: whole units, fills at the next open."""
    if bars is None:
        bars = Bars.from_frame(
            {"date": days(case["rows"]).view("M8[ns]"), **cross_prices(case), "volume": np.ones(case["rows"])}
        )
    return backtest(
        bars, SmaCross(fast=case["fast"], slow=case["slow"], short=case.get("short", True)), cash=case["cash"],
        commission=case["commission"], per_order=case.get("fixed", 0.0), slippage_bps=case.get("spread", 0.0) * 1e4,
        close_at_end=case["finalize"], fill="same_close" if case.get("same_close") else "next_open",
        convention="backtesting.py",
    )  # fmt: skip


def portfolio(case: dict[str, Any]) -> Result:
    """Run given orders or targets as vectorbt does."""
    sizes, kind = portfolio_sizes(case), case["kind"]
    decides = Targets(sizes, TARGETS[kind]) if kind in TARGETS else Orders(sizes, kind)  # type: ignore[arg-type]
    return backtest(
        portfolio_bars(case), decides, cash=case["cash"], commission=case["fees"], per_order=case["fixed_fees"],
        slippage_bps=case["slippage"] * 1e4, fractional=not case["whole_units"], direction=case["direction"],
        rebalance="every_bar", fill="same_close" if case["same_close"] else "next_open", convention="vectorbt",
    )  # fmt: skip


def portfolio_bars(case: dict[str, Any]) -> Bars:
    """Return the bars of a portfolio case."""
    made, time = portfolio_prices(case), days(case["rows"]).view("M8[ns]")
    frames = {
        f"S{s}": {"date": time, **{name: value[:, s] for name, value in made.items()}, "volume": np.ones(case["rows"])}
        for s in range(case["symbols"])
    }
    return Bars.from_frame(frames)


def summary(result: Result) -> dict[str, Any]:
    """Return what is compared with vectorbt: final equity, orders, their value and fees."""
    fills = result.total.fills
    return {
        "final": float(result.equity["equity"][-1]),
        "orders": len(fills),
        "turnover": float((np.abs(fills["quantity"]) * fills["price"]).sum()),
        "fees": float(fills["fee"].sum()),
    }


def labelled(result: Result, convention: str) -> dict[str, Any]:
    """Return the metrics under a library's names, in percent where its label says so; None for nan."""
    found = result.metrics(convention)
    names = {entry.labels[convention]: name for name, entry in FORMULAS.items() if convention in entry.labels}
    return {label: _plain(found[name], 100.0 if label.endswith("[%]") else 1.0) for label, name in names.items()}


def _plain(value: Any, scale: float) -> Any:
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, float):
        return None if np.isnan(value) else value * scale
    return value
