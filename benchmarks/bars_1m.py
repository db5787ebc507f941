"""What do a million bars of one symbol cost, z-scores, fills, per-bar equity and all metrics included?

    python -m benchmarks.bars_1m [--peer all] [--repeats 5] [--short]

Ours reads the bars from the store. vectorbt gets them in memory and does the same work with signals filled at the
next open; its stats() has 28 figures, ours about 140. backtesting.py and NautilusTrader run fewer bars of the same
walk, because they need minutes for these, and are compared by the bar. Warm: later runs in one process; cold: the
process's first, kernels from the cache on disk.
"""

import tempfile
from statistics import median
from typing import Any

from benchmarks.harness import Outcome, heading, in_fresh_process, options, spread
from benchmarks.jobs import CASH, COMMISSION, ZSCORE
from benchmarks.peers.environments import PEERS, python_of
from benchmarks.stores import make

SECONDS = 6.0
"""For which ours and vectorbt are run again and again, each in its own process."""


def main() -> None:
    """Measure, and print a line for each."""
    chosen = options(__doc__, repeats=7, peers=PEERS, rows=1_000_000)
    rows, repeats = (200_000, 3) if chosen.short else (chosen.rows, chosen.repeats)
    heading(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        make(folder, rows)
        in_fresh_process("benchmarks.jobs:zscore_run", folder=folder, repeats=0)  # fills the cache on disk
        ours = in_fresh_process("benchmarks.jobs:zscore_run", folder=folder, repeats=repeats, seconds=SECONDS)
    _print("lockstep", ours, rows)
    taking = in_fresh_process("benchmarks.jobs:from_frame", rows=rows, repeats=3)
    print(
        f"  the same bars taken from arrays in memory instead, every row checked: {spread(taking.values['times'])} once"
    )
    best = median(ours.values["times"])
    for peer in chosen.peer:
        {"vectorbt": _vectorbt, "backtesting": _backtesting, "nautilus": _nautilus}[peer](rows, repeats, best / rows)


def _print(name: str, outcome: Outcome, rows: int) -> None:
    values = outcome.values
    middle = median(values["times"])
    line = f"{name:<28} warm {spread(values['times'])}, {middle / rows * 1e9:,.0f} ns a bar"
    if "first" in values:
        line += f"; cold {values['first']:.2f} s after an import of {values['import']:.2f} s"
    print(line)
    print(
        f"  {rows:,} bars, {values['trades']:,} trades, final equity {values['final']:,.6f}; "
        f"peak memory {outcome.peak_mb:,.0f} MB, anonymous {outcome.peak_anonymous_mb:,.0f} MB"
    )


def _vectorbt(rows: int, repeats: int, ours: float) -> None:
    job, python = "benchmarks.peers.measure_vectorbt:zscore_run", python_of("vectorbt")
    for engine in ("numba", "auto"):  # auto: Rust wherever it has the function; "rust" refuses what it lacks
        common: dict[str, Any] = {"engine": engine, "zscore": ZSCORE, "cash": CASH, "fees": COMMISSION}
        in_fresh_process(job, python=python, rows=5000, repeats=0, seconds=0.0, **common)  # fills its cache on disk
        found = in_fresh_process(job, python=python, rows=rows, repeats=repeats, seconds=SECONDS, **common)
        name = {"numba": "numba", "auto": "rust"}[engine]
        _print(f"vectorbt {found.values['version']} {name}", found, rows)
        print(f"  {median(found.values['times']) / rows / ours:,.1f} times ours (goal: 20)")


def _backtesting(rows: int, repeats: int, ours: float) -> None:
    few = min(rows, 100_000)
    found = in_fresh_process(
        "benchmarks.peers.measure_backtesting:zscore_run", python=python_of("backtesting"), rows=few,
        repeats=min(repeats, 3), zscore=ZSCORE, cash=CASH, fees=COMMISSION,
    )  # fmt: skip
    _print("backtesting.py", found, few)
    _beside("whole_units", few, median(found.values["times"]) / few / ours)


def _nautilus(rows: int, repeats: int, ours: float) -> None:
    few = min(rows, 100_000)
    found = in_fresh_process(
        "benchmarks.peers.measure_nautilus:zscore_run", python=python_of("nautilus"), rows=few,
        repeats=min(repeats, 3), zscore=ZSCORE, cash=CASH,
    )  # fmt: skip
    _print(f"NautilusTrader {found.values['version']}", found, few)
    _beside("one_unit", few, median(found.values["times"]) / few / ours, " (goal: 1,000)")


def _beside(job: str, rows: int, ratio: float, goal: str = "") -> None:
    """Run ours with a peer's rules on its bars."""
    with tempfile.TemporaryDirectory() as folder:
        make(folder, rows)
        values = in_fresh_process(f"benchmarks.jobs:{job}", folder=folder).values
    print(
        f"  {ratio:,.0f} times ours a bar{goal}; ours by its rules: {values['trades']:,} trades, {values['final']:,.6f}"
    )


if __name__ == "__main__":
    main()
