"""Drawdowns: how far equity stood under its highest value so far, and each stretch under water."""

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


def underwater(equity: Floats, initial: float) -> Floats:
    """Return equity over its running maximum, minus one (float64): 0 at a high, -0.2 when 20 % below.

    The initial equity is the first high: a run that loses from its first bar is under water from there.
    """
    peak = np.maximum.accumulate(np.concatenate(([initial], equity)))[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(peak > 0.0, equity / peak - 1.0, 0.0)


def drawdowns(times: pl.Series, equity: Floats, initial: float, count: int = 10) -> pl.DataFrame:
    """Return the ``count`` deepest drawdowns, deepest first, the earlier one first among equals.

    Columns: peak_time (the last high before it), trough_time, recovery_time (first time back at the high;
    null when never), depth (negative fraction), bars (from the high to recovery, or to the last row).
    """
    depth = underwater(equity, initial)
    starts, ends = _stretches(depth < 0.0)
    if not len(starts):
        return _table(times, [], [], [], [], [])
    deepest = np.minimum.reduceat(depth, starts)
    chosen = np.argsort(deepest, kind="stable")[:count]
    peaks = [max(int(starts[i]) - 1, 0) for i in chosen]
    troughs = [int(starts[i] + depth[starts[i] : ends[i]].argmin()) for i in chosen]
    recoveries = [int(ends[i]) if ends[i] < len(depth) else None for i in chosen]
    bars = [min(int(ends[i]), len(depth) - 1) - int(starts[i]) + 1 for i in chosen]
    return _table(times, peaks, troughs, recoveries, deepest[chosen].tolist(), bars)


def _stretches(under: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where each run of True begins, and the position after its end."""
    edges = np.diff(np.concatenate(([False], under, [False])).astype(np.int8))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _table(
    times: pl.Series,
    peaks: list[int],
    troughs: list[int],
    recoveries: list[int | None],
    depth: list[float],
    bars: list[int],
) -> pl.DataFrame:
    def at(rows: list[int] | list[int | None]) -> pl.Series:
        return times.gather(pl.Series(rows, dtype=pl.UInt32))

    return pl.DataFrame(
        {
            "peak_time": at(peaks),
            "trough_time": at(troughs),
            "recovery_time": at(recoveries),
            "depth": pl.Series(depth, dtype=pl.Float64),
            "bars": pl.Series(bars, dtype=pl.Int64),
        }
    )
