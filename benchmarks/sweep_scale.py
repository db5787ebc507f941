"""What do ten thousand parameter sets over 200,000 minute bars take, and does the cost grow in line?

    python -m benchmarks.sweep_scale [--repeats 3] [--short]

Each figure is of a fresh process with the kernels in the cache on disk, on all cores, the first sweep of the process
included; bars are read from a store. Peak memory is that of the whole process, imports and all: scipy, dask and
bottleneck come with the development tools, and numba and xarray load them where they find them. The fit is through the
fastest times.
"""

import tempfile
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from benchmarks.harness import Outcome, heading, in_fresh_process, options, spread
from benchmarks.stores import make

SETS = (1_250, 2_500, 5_000, 10_000)
BARS = (25_000, 50_000, 100_000, 200_000)
GOAL_MB = 300.0
RUNS: tuple[tuple[str, dict[str, Any], float], ...] = (
    ("EMA cross, five metrics", {}, 5.0),
    ("EMA cross, five metrics, vectorbt's convention", {"convention": "vectorbt"}, 5.0),
    ("EMA cross, every streaming metric", {"every": True}, 8.0),
    ("z-score, five metrics", {"search": "zscore"}, 20.0),
)


def main() -> None:
    """Measure the whole, then parts of it, and print the lines through them."""
    chosen = options(__doc__, repeats=3)
    heading(__doc__)
    sets, rows = ([n // 25 for n in SETS], [n // 10 for n in BARS]) if chosen.short else (list(SETS), list(BARS))
    repeats = 2 if chosen.short else chosen.repeats
    with tempfile.TemporaryDirectory() as folder:
        for n in rows:
            make(f"{folder}/{n}", n)
        for title, settings, goal in RUNS:
            _measure(folder, 50, rows[0], 1, settings)  # fills the cache on disk
            print(f"{title}: {sets[-1]:,} sets x {rows[-1]:,} bars")
            _print(_measure(folder, sets[-1], rows[-1], repeats, settings), sets[-1] * rows[-1], goal)
        print()
        _print_fit("set", sets, [_fastest(folder, n, rows[-1], repeats) for n in sets])
        _print_fit("bar", rows, [_fastest(folder, sets[-1], n, repeats) for n in rows])


def _measure(folder: str, sets: int, rows: int, repeats: int, settings: dict[str, Any]) -> Outcome:
    env, bars = {"LOCKSTEP_STORE": f"{folder}/trials"}, f"{folder}/{rows}"
    return in_fresh_process("benchmarks.sweep_jobs:scale", env=env, folder=bars, sets=sets, repeats=repeats, **settings)


def _fastest(folder: str, sets: int, rows: int, repeats: int) -> float:
    return float(min(_measure(folder, sets, rows, repeats, {}).values["times"]))


def _print(outcome: Outcome, cells: int, goal: float) -> None:
    values = outcome.values
    times = values["times"]
    print(
        f"  {spread(times)} (goal: {goal:.0f}), the first {times[0]:.3f} s; {min(times) / cells * 1e9:.2f} ns a bar "
        f"and set at best; {values['metrics']} metrics, backend {values['backend']}"
    )
    print(
        f"  peak memory {outcome.peak_mb:,.0f} MB (goal: {GOAL_MB:.0f}), anonymous {outcome.peak_anonymous_mb:,.0f}; "
        f"{values['loaded_mb']:,.0f} MB after imports of {values['import']:.2f} s, the result itself "
        f"{values['kept_mb']:.0f} MB; loaded without need: {', '.join(values['modules']) or 'nothing'}"
    )


def _print_fit(unit: str, x: Sequence[int], times: Sequence[float]) -> None:
    """Print the line of least squares, and how much of the variance it explains."""
    mean_x, mean_y = fmean(x), fmean(times)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, times, strict=True)) / sum((a - mean_x) ** 2 for a in x)
    intercept = mean_y - slope * mean_x
    left = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, times, strict=True))
    r_squared = 1.0 - left / sum((b - mean_y) ** 2 for b in times)
    measured = ", ".join(f"{a:,}: {b:.3f} s" for a, b in zip(x, times, strict=True))
    print(f"{unit}s  {measured}\n  {slope * 1e6:.4g} us a {unit} + {intercept * 1e3:.1f} ms, R^2 {r_squared:.5f}")


if __name__ == "__main__":
    main()
