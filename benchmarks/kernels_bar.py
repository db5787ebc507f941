"""Where does the time of a backtest go, in nanoseconds a bar?

    python -m benchmarks.kernels_bar [--rows 1000000] [--repeats 7] [--short]

Runs the stages of a backtest one by one over the same blocks, as the run loop does, and times each.
"""

import tempfile
from collections import defaultdict
from statistics import median

from benchmarks.harness import heading, in_fresh_process, options


def main() -> None:
    """Measure the stages in a fresh process and print a table."""
    chosen = options(__doc__, repeats=7, rows=1_000_000)
    rows, repeats = (200_000, 3) if chosen.short else (chosen.rows, chosen.repeats)
    heading(__doc__)
    from benchmarks.stores import make

    with tempfile.TemporaryDirectory() as folder:
        make(folder, rows)
        values = in_fresh_process("benchmarks.stages:stages", folder=folder, repeats=repeats).values
        run = in_fresh_process("benchmarks.jobs:zscore_run", folder=folder, repeats=repeats).values
    stages: dict[str, list[float]] = defaultdict(list)
    for one in values["runs"]:
        for name, seconds in one.items():
            stages[name].append(seconds / rows * 1e9)
    print(f"{'stage':<44} {'median':>7} {'fastest':>8} {'slowest':>8}   ns a bar")
    for name, each in stages.items():
        print(f"{name:<44} {median(each):7.2f} {min(each):8.2f} {max(each):8.2f}")
    whole = [seconds / rows * 1e9 for seconds in run["times"]]
    print(f"{'sum':<44} {sum(median(each) for each in stages.values()):7.2f}")
    print(
        f"{'backtest() with metrics, equity and trades':<44} {median(whole):7.2f} {min(whole):8.2f} {max(whole):8.2f}"
    )
    print(f"\n{rows:,} bars, {values['fills']:,} fills")


if __name__ == "__main__":
    main()
