"""Does a hundred million bars' history from the store run in less than a gigabyte of memory?

    python -m benchmarks.long_history [--rows 100000000] [--repeats 3] [--short]

Second bars, metrics and fills only (keep_rows=False), z-scores over a day's 1,440 minutes worth of bars. The store
takes 56 bytes a bar (5.6 GB) in the folder for temporary files ($TMPDIR), and is removed at the end.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness import heading, in_fresh_process, options, spread
from benchmarks.stores import make

SECOND_NS = 1_000_000_000
BYTES_A_BAR = 56
LOOKBACK = 1440


def main() -> None:
    """Make the store, run, print and remove it."""
    chosen = options(__doc__, repeats=3, rows=100_000_000)
    rows, repeats = (10_000_000, 1) if chosen.short else (chosen.rows, chosen.repeats)
    heading(__doc__)
    place, needed = tempfile.gettempdir(), rows * BYTES_A_BAR / 1e9
    free = shutil.disk_usage(place).free / 1e9
    if free < 1.2 * needed:
        sys.exit(f"error: {needed:.1f} GB are needed in {place}, {free:.1f} are free: set TMPDIR to a larger disk")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        make(folder, rows, interval="1s", interval_ns=SECOND_NS, sigma=1e-4)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e9
        took = time.perf_counter() - start
        print(f"store of {rows:,} bars x 5 columns and both times, {size:.2f} GB, made in {took:.0f} s")
        found = in_fresh_process(
            "benchmarks.jobs:run", folder=folder, repeats=repeats, keep_rows=False, lookback=LOOKBACK
        )  # fmt: skip
    values, times = found.values, found.values["times"]
    print(
        f"run and {values['metrics']} metrics: {spread(times, 's', 1.0, 2)}, {min(times) / rows * 1e9:.1f} ns a bar "
        f"at best, {size / min(times):.2f} GB/s read\n"
        f"peak resident {found.peak_mb:,.0f} MB, peak anonymous {found.peak_anonymous_mb:,.0f} MB "
        f"(goal: each under 1,000); {values['fills']:,} fills, records of {values['records_mb']:.0f} MB"
    )


if __name__ == "__main__":
    main()
