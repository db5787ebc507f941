"""The streaming statistics once more, from their definitions: whole arrays, exact sums, no running state.

Slow on purpose; nothing here is shared with the kernels. Each takes float64[n] returns or equity and returns a
dictionary of numbers, under the names of the kernels' fields.
"""

from itertools import pairwise
from math import fsum, inf, log1p, nan

import numpy as np


def moments(returns):
    n = len(returns)
    mean = fsum(returns) / n if n else 0.0
    runs: list[list[float]] = []
    run: list[float] = []
    for r in returns:
        if r < 0.0:
            run.append(r)
        elif run:
            runs, run = [*runs, run], []
    return {
        "n": n,
        "mean": mean,
        "m2": fsum((r - mean) ** 2 for r in returns),
        "m3": fsum((r - mean) ** 3 for r in returns),
        "m4": fsum((r - mean) ** 4 for r in returns),
        "best": max(returns, default=-inf),
        "worst": min(returns, default=inf),
        "gains": sum(r > 0.0 for r in returns),
        "losses": sum(r < 0.0 for r in returns),
        "gain_sum": fsum(r for r in returns if r > 0.0),
        "loss_sum": fsum(r for r in returns if r < 0.0),
        "losing_run": fsum(run),
        "losing_run_squares": fsum(fsum(run) ** 2 for run in runs),
    }


def shortfall(returns, required, threshold):
    below = [required - r for r in returns if r < required]
    above = [r - required for r in returns if r > required]
    return {
        "required": required,
        "threshold": threshold,
        "below": len(below),
        "below_sum": fsum(below),
        "below_squares": fsum(b**2 for b in below),
        "below_cubes": fsum(b**3 for b in below),
        "above": len(above),
        "above_sum": fsum(above),
        "above_squares": fsum(a**2 for a in above),
        "gains": fsum(r - threshold for r in returns if r > threshold),
        "losses": fsum(threshold - r for r in returns if r < threshold),
    }


def trend(returns):
    y = np.cumsum([log1p(r) for r in returns]) if len(returns) else np.zeros(0)
    x = np.arange(len(y))
    return {
        "n": len(y),
        "level": y[-1] if len(y) else 0.0,
        "mean": np.mean(y) if len(y) else 0.0,
        "m2": np.sum((y - np.mean(y)) ** 2) if len(y) else 0.0,
        "cross": np.sum((x - np.mean(x)) * (y - np.mean(y))) if len(y) else 0.0,
    }


def co_moments(returns, benchmark):
    n = len(returns)
    mean, other = (fsum(returns) / n, fsum(benchmark) / n) if n else (0.0, 0.0)
    return {
        "n": n,
        "mean": mean,
        "benchmark_mean": other,
        "m2": fsum((r - mean) ** 2 for r in returns),
        "benchmark_m2": fsum((b - other) ** 2 for b in benchmark),
        "cross": fsum((r - mean) * (b - other) for r, b in zip(returns, benchmark, strict=True)),
    }


def relative(returns, benchmark, required):
    paired = ~np.isnan(benchmark)
    r, b = returns[paired], benchmark[paired]
    up, down, active = b > 0.0, b < 0.0, r - b
    mean = fsum(active) / len(active) if len(active) else 0.0
    return {
        "pairs": co_moments(r, b),
        "up": co_moments(r[up], b[up]),
        "down": co_moments(r[down], b[down]),
        "active_mean": mean,
        "active_m2": fsum((a - mean) ** 2 for a in active),
        "active_best": max(active, default=-inf),
        "active_worst": min(active, default=inf),
        "benchmark_growth": np.prod(1.0 + b),
        "up_growth": np.prod(1.0 + r[up]),
        "up_benchmark_growth": np.prod(1.0 + b[up]),
        "down_growth": np.prod(1.0 + r[down]),
        "down_benchmark_growth": np.prod(1.0 + b[down]),
        "wins": sum(active > 0.0),
        "not_down": sum(b >= 0.0),
        "not_down_wins": sum((active > 0.0) & (b >= 0.0)),
        "down_wins": sum((active > 0.0) & down),
        "required": required,
        "benchmark_below_squares": fsum(max(required - x, 0.0) ** 2 for x in b),
    }


def drawdown(time_ns, equity, start=nan):
    """Cut the curve at its peaks; rows are counted below the peak, time from the peak to the recovery."""
    levels = [start, *equity] if start == start else list(equity)
    times = [time_ns[0], *time_ns] if start == start else list(time_ns)
    peaks = [i for i, level in enumerate(levels) if level >= max(levels[: i + 1])]
    spans = [(a, b) for a, b in pairwise(peaks) if b > a + 1]
    deepest = [max(1.0 - level / levels[a] for level in levels[a + 1 : b]) for a, b in spans]
    rows = [b - a - 1 for a, b in spans]
    lasted = [times[b] - times[a] for a, b in spans]
    depths = 1.0 - np.array(levels) / np.maximum.accumulate(levels)
    depths = depths[len(levels) - len(equity) :]
    last = peaks[-1]
    bottom = int(np.argmax(1.0 - np.array(levels) / np.maximum.accumulate(levels)))
    top = max(p for p in peaks if p <= bottom)
    return {
        "rows": len(equity),
        "peak": levels[last],
        "peak_row": last - (len(levels) - len(equity)),
        "peak_time_ns": times[last],
        "deepest": max((1.0 - level / levels[last] for level in levels[last + 1 :]), default=0.0),
        "depth_sum": fsum(depths),
        "depth_squares": fsum(depths**2),
        "maximum": max(depths),
        "maximum_peak_ns": times[top] if max(depths) > 0.0 else 0,
        "maximum_trough_ns": times[bottom] if max(depths) > 0.0 else 0,
        "ended": len(spans),
        "ended_depth_sum": fsum(deepest),
        "ended_rows": sum(rows),
        "ended_ns": sum(lasted),
        "longest_rows": max(rows, default=0),
        "longest_ns": max(lasted, default=0),
    }


def exposure(equity, gross, net):
    held = gross > 0.0
    left = ~held & np.concatenate([[False], held[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        gross_part = np.where(equity > 0.0, gross / equity, 0.0)
        net_part = np.where(equity > 0.0, net / equity, 0.0)
    return {
        "rows_held": sum(held),
        "rows_left": sum(left),
        "held": bool(held[-1]),
        "gross_sum": fsum(gross_part),
        "gross_maximum": max(0.0, *gross_part),
        "net_sum": fsum(net_part),
        "net_maximum": max(0.0, *net_part),
        "net_minimum": min(0.0, *net_part),
    }


def periods(equity, benchmark, session, initial, per_bar=False, skip_first=False, benchmark_start=nan):
    """Return (session, portfolio return, benchmark return) of each period, from its last row."""
    keys = np.arange(len(equity)) if per_bar else session
    ends = [i for i in range(len(equity)) if i + 1 == len(equity) or keys[i + 1] != keys[i]]
    level = np.array(benchmark, dtype=float)
    for i in range(1, len(level)):
        if np.isnan(level[i]):
            level[i] = level[i - 1]
    known = level[~np.isnan(level)]
    out, before, other = [], initial, benchmark_start
    if np.isnan(other):
        other = known[0] if len(known) else nan
    for end in ends:
        out.append((session[end], equity[end] / before - 1.0, level[end] / other - 1.0))
        before = equity[end]
        other = other if np.isnan(level[end]) else level[end]
    return out[1:] if skip_first else out


def streak(flags):
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best, run


def side(trades, chosen):
    rows = trades[chosen]
    longest, run = streak(chosen)
    return {
        "n": len(rows),
        "pnl": fsum(rows["pnl"]),
        "returns": fsum(rows["return"]),
        "bars": sum(rows["exit_row"] - rows["entry_row"]),
        "time_ns": sum(rows["exit_time_ns"] - rows["entry_time_ns"]),
        "run": run,
        "longest_run": longest,
    }


def trades(rows):
    still, rows = rows[rows["open"] != 0], rows[rows["open"] == 0]
    pnl, returns = rows["pnl"], rows["return"]
    bars, lasted = rows["exit_row"] - rows["entry_row"], rows["exit_time_ns"] - rows["entry_time_ns"]
    mean = fsum(pnl) / len(pnl) if len(pnl) else 0.0
    covered = {i for row in rows for i in range(row["entry_row"], row["exit_row"] + 1)}
    return {
        "closed": len(rows),
        "wins": side(rows, pnl > 0.0),
        "losses": side(rows, pnl < 0.0),
        "pnl_mean": mean,
        "pnl_m2": fsum((p - mean) ** 2 for p in pnl),
        "best_pnl": max(pnl, default=-inf),
        "worst_pnl": min(pnl, default=inf),
        "return_sum": fsum(returns),
        "gain_returns": fsum(r for r in returns if r > 0.0),
        "loss_returns": fsum(r for r in returns if r < 0.0),
        "log_returns": fsum(log1p(r) for r in returns),
        "best_return": max(returns, default=-inf),
        "worst_return": min(returns, default=inf),
        "bars": sum(bars),
        "longest_bars": max(bars, default=0),
        "time_ns": sum(lasted),
        "longest_ns": max(lasted, default=0),
        "fees": fsum(rows["fees"]),
        "longs": sum(rows["direction"] > 0),
        "long_wins": sum((rows["direction"] > 0) & (pnl > 0.0)),
        "covered_rows": len(covered),
        "covered_to": max(covered, default=-1),
        "open": len(still),
        "open_pnl": fsum(still["pnl"]),
        "open_fees": fsum(still["fees"]),
    }
