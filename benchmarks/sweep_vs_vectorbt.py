"""How much faster, and in how much less memory, are a thousand parameter sets measured than by vectorbt?

    python -m benchmarks.sweep_vs_vectorbt [--peer vectorbt] [--repeats 5] [--short]

EMA crosses (and z-scores) of 1,000 sets on 20,000 minute bars, with total return, Sharpe ratio, maximum drawdown,
trades and win rate of each, filled at the same close for 0.1 % (z-scores 0.01 %). vectorbt runs in two ways: all sets
in one call, as its documentation has it, and in the fastest way found for it (benchmarks/peers/measure_sweep.py), each
with its numba and its Rust engine. Both sides hold the bars in memory and are warm; memory is that of a fresh process's
first run, above all that either side imports. All figures of all sets are compared; the crosses' averages start at the
first price on both sides, as vectorbt's do, and the time of the strategy as we ship it, whose averages start as
TA-Lib's, is given beside it.
"""

import tempfile
from statistics import median
from typing import Any

from benchmarks.harness import Outcome, heading, in_fresh_process, options, spread
from benchmarks.peers.environments import python_of
from benchmarks.sweeps import METRICS, SEARCHES, Search

SECONDS = 4.0
"""For which ours is run again and again."""
CHUNK = 100
"""Sets a call in vectorbt's fastest way; 50 and 200 took longer."""
MEMORY_GOAL = 20.0
RELATIVE = 1e-9
SHIPPED = {"ema": "lockstep.strategies:EmaCross"}

Values = dict[str, list[float]]


def main() -> None:
    """Measure each search, and print a line for each side."""
    chosen = options(__doc__, peers=("vectorbt",), rows=20_000)
    heading(__doc__)
    rows, repeats = (5_000, 3) if chosen.short else (chosen.rows, chosen.repeats)
    common = {"short": chosen.short, "rows": rows}
    with tempfile.TemporaryDirectory() as folder:
        for name, whole in SEARCHES.items():
            search = whole.short() if chosen.short else whole
            cells = rows * len(next(iter(search.columns().values())))
            print(f"{search.title}: {cells // rows:,} sets x {rows:,} bars")
            if name in SHIPPED:
                timed, _ = _ours(folder, repeats, search=name, strategy=SHIPPED[name], **common)
                print(f"  {'lockstep, as shipped':<32} {_times(timed, cells)}")
            timed, above = _ours(folder, repeats, search=name, **common)
            print(f"  {'lockstep':<32} {_times(timed, cells)}; {above:,.0f} MB above its imports")
            for peer in chosen.peer:
                assert peer == "vectorbt"
                _vectorbt(folder, name, search, cells, repeats, common, (timed, above))


def _ours(folder: str, repeats: int, **arguments: Any) -> tuple[Outcome, float]:
    """Return the timed process, and the memory above the imports of one that ran once."""
    job, env = "benchmarks.sweep_jobs:measure", {"LOCKSTEP_STORE": folder}
    alone = {**arguments, "repeats": 0, "imports": f"{folder}/ours-{arguments['search']}.json"}
    in_fresh_process(job, env=env, **alone)  # fills the cache on disk
    once = in_fresh_process(job, env=env, **alone)
    timed = in_fresh_process(job, env=env, repeats=repeats, seconds=SECONDS, **arguments)
    return timed, float(once.values["above"])


def _vectorbt(
    folder: str, name: str, search: Search, cells: int, repeats: int, common: dict[str, Any],
    ours: tuple[Outcome, float],
) -> None:  # fmt: skip
    job, python = "benchmarks.peers.measure_sweep:measure", python_of("vectorbt")
    timed, above = ours
    for engine in ("numba", "auto"):  # auto: Rust wherever it has the function; "rust" refuses what it lacks
        for way, chunk in (("documented", 0), ("fastest", CHUNK)):
            settings: dict[str, Any] = {"search": name, "engine": engine, "way": way, "chunk": chunk}
            alone = {**settings, "repeats": 0, "imports": f"{folder}/{name}-{engine}-{way}.json"}
            in_fresh_process(job, python=python, **{**common, "short": True}, **alone)  # fills its cache on disk
            once = in_fresh_process(job, python=python, **common, **alone)
            found = in_fresh_process(job, python=python, repeats=min(repeats, 3), **settings, **common)
            label = f"vectorbt {found.values['version']} {'rust' if engine == 'auto' else engine}, {way}"
            taken = float(once.values["above"])
            print(f"  {label:<32} {_times(found, cells)}; {taken:,.0f} MB above its imports")
            slower, at_best = (f(found.values["times"]) / f(timed.values["times"]) for f in (median, min))
            judged = way == "documented" and not common["short"]
            goals = (f" (goal: {search.goal:.0f})", f" (goal: {MEMORY_GOAL:.0f})") if judged else ("", "")
            print(
                f"    {slower:,.0f} times our time by the medians, {at_best:,.0f} by the fastest{goals[0]}; "
                f"{taken / above:,.1f} times our memory{goals[1]}"
            )
            print(f"    {compared(timed.values['values'], found.values['values'])}")


def _times(outcome: Outcome, cells: int) -> str:
    times = outcome.values["times"]
    return f"{spread(times)} in {len(times)} runs, {median(times) / cells * 1e9:,.2f} ns a bar and set"


def compared(ours: Values, theirs: Values) -> str:
    """Return how many figures differ by more than 1e-9 of their size, and the largest difference of each metric."""
    apart, largest = 0, []
    for metric in METRICS:
        worst = 0.0
        for a, b in zip(ours[metric], theirs[metric], strict=True):
            alike = a == b or (a != a and b != b)
            difference = 0.0 if alike else abs(a - b) / max(abs(b), 1e-12)
            apart += not difference <= RELATIVE
            worst = max(worst, difference if difference == difference else float("inf"))
        largest.append(f"{metric} {worst:.0e}")
    number = sum(map(len, ours.values()))
    return f"{number:,} figures, {apart} differ by more than {RELATIVE:.0e} of theirs; largest: {', '.join(largest)}"


if __name__ == "__main__":
    main()
