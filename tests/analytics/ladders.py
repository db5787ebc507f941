"""Ladders of fill policies to draw: a run's equity, and others that lie a seeded distance from it."""

from dataclasses import replace

import numpy as np
import polars as pl

from lockstep.analytics.bands import BandsView, IntervalView
from lockstep.analytics.view import RunView

NAMES = ("as given", "penetrate by 1 tick", "<b>late</b>", "slippage 5 bps")


def with_bands(view: RunView, seed: int = 3) -> RunView:
    """Return the run with a ladder of four rungs; the last metric has no value anywhere."""
    rng = np.random.default_rng(seed)
    equity = view.equity["equity"].to_numpy()
    drift = np.cumsum(rng.normal(0.0, 2e-3, (3, len(equity))), axis=1)
    lines = equity * np.exp(drift)
    every = np.vstack([equity, lines])
    times = view.equity["time"]
    envelope = {"time": times, "low": every.min(axis=0), "reference": equity, "high": every.max(axis=0)}
    intervals = [_interval("Total return", "fraction", every[:, -1] / equity[0] - 1.0)]
    intervals += [_interval("Sharpe ratio", "ratio", rng.normal(0.5, 0.2, 4))]
    intervals += [_interval("Fees", "currency", np.zeros(4)), _interval("SQN", "ratio", np.full(4, np.nan))]
    found = BandsView(
        envelope=pl.DataFrame(envelope),
        lines={n: pl.DataFrame({"time": times, "equity": line}) for n, line in zip(NAMES[1:], lines, strict=True)},
        rungs={name: (f"{name} changes", ("1", "2", "3", "4")) for name in NAMES},
        columns=[one.title for one in intervals],
        intervals=intervals,
        conclusions=[(True, "Total return above 0.00 %: on all 4 rungs"), (False, "Sharpe ratio above 1: not on <b>")],
        skipped={"same close": "an order with latency"},
    )
    return replace(view, bands=found)


def _interval(title: str, unit: str, values: np.ndarray) -> IntervalView:
    known = dict(zip(NAMES, values.tolist(), strict=True))
    text = [f"{value:.3f}" for value in (values.min(), values[0], values.max())]
    low, high = NAMES[int(np.argmin(values))], NAMES[int(np.argmax(values))]
    return IntervalView(
        title=title, unit=unit, meaning="", values=known, low=text[0], reference=text[1], high=text[2],
        low_rung=low, high_rung=high,
    )  # fmt: skip
