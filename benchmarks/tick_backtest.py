"""How many events a second does a quoting strategy take on an L2 feed, beside hftbacktest?

    python -m benchmarks.tick_backtest [--peer hftbacktest] [--repeats 5] [--short]

A generated feed in memory, a quote of one lot on each side at the best price looked after every 10 ms of the feed's
time (and, apart, at every event of it), 1 ms to the exchange and 1 ms back, the feed half a millisecond late; power
queue model. Times are of whole backtests: of ours with its result, of hftbacktest's with both of its books for L2.
Processes of both sides take turns. All fills are compared, and once more with the risk-averse queue model, under which
lots ahead are whole numbers on both sides.
"""

import tempfile
from argparse import Namespace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import heading, in_fresh_process, options, spread
from benchmarks.peers.environments import python_of
from benchmarks.peers.explain_ticks import explain
from benchmarks.tick_feed import read_feed

GOAL = 4.0
ROUNDS = 3
OURS, THEIRS = "benchmarks.tick_jobs:measure", "benchmarks.peers.measure_hftbacktest:measure"
Values = dict[str, Any]


def main() -> None:
    """Make the feed, and print a line for each side and way."""
    chosen = options(__doc__, peers=("hftbacktest",), events=2_000_000)
    heading(__doc__)
    wanted = 200_000 if chosen.short else chosen.events
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/feed.npz"
        feed = in_fresh_process("benchmarks.tick_feed:write_feed", path=path, events=wanted).values
        events = int(feed["events"])
        print(f"{events:,} events, {feed['trades']:,} of them trades, in {feed['seconds']:,.0f} s of the feed's time")
        for wake in ("timer", "feed"):
            _case(folder, path, wake, events, chosen)


def _case(folder: str, path: str, wake: str, events: int, chosen: Namespace) -> None:
    print({"timer": "looked after every 10 ms", "feed": "looked after at every event of the feed"}[wake])
    books = ("vector", "hash map") if chosen.peer else ()
    theirs = {book: _Side(THEIRS, python_of("hftbacktest"), folder, book=book) for book in books}
    ours = _Side(OURS, None, folder)
    for _ in range(2 if chosen.short else ROUNDS):
        for side in (ours, *theirs.values()):
            side.run(path=path, wake=wake, repeats=chosen.repeats)
    print(f"  {'lockstep':<28} {ours.line(events)}; loop alone {_rate(ours.of('loops'), events)}")
    for book, side in theirs.items():
        name = f"hftbacktest {side.last['version']}, {book}"
        print(f"  {name:<28} {side.line(events)}")
    if theirs:
        best = min(theirs.values(), key=lambda side: min(side.of("worked")))
        slower, at_best, worked = (
            f(best.of(name)) / f(ours.of(name)) for f, name in ((median, "times"), (min, "times"), (min, "worked"))
        )
        print(
            f"    {slower:.1f} times our time by the medians, {at_best:.1f} by the fastest, "
            f"{worked:.1f} by the least processor time (goal: {GOAL:.0f})"
        )
        print(f"    power: {compared(ours.last, best.last)}")
        fates = explain(read_feed(path), ours.last, best.last)
        print(
            f"      {fates.both:,} orders sent by both at one moment: {fates.apart:,} with another fate, of which "
            f"{fates.explained:,} by half a lot (explain_ticks.py); {fates.alone:,} sent by one alone, after those"
        )
        once = {"path": path, "wake": wake, "repeats": 0, "queue": "risk_averse"}
        print(f"    risk averse: {compared(ours.once(**once), best.once(**once))}")


class _Side:
    """One side's processes: their times together."""

    def __init__(self, job: str, python: Path | None, folder: str, **arguments: str) -> None:
        name = "-".join(("ours" if python is None else "theirs", *arguments.values()))
        self._how: Values = {"job": job, **({} if python is None else {"python": python}), **arguments}
        self._imports = f"{folder}/{name}.json"
        self.found: list[Values] = []

    def once(self, **arguments: Any) -> Values:
        """Run a process and return its values."""
        return in_fresh_process(**self._how, **arguments).values

    def run(self, **arguments: Any) -> None:
        """Run a timed process. The first one fills the caches and says what to import before memory is looked at."""
        self.found.append(self.once(**arguments, imports=self._imports))

    @property
    def last(self) -> Values:
        """Values of the latest process."""
        return self.found[-1]

    def of(self, name: str) -> list[float]:
        """Return the figures of all processes."""
        return [value for values in self.found for value in values[name]]

    def line(self, events: int) -> str:
        """Return times, rate, first time of a process and memory."""
        times = self.of("times")
        firsts = spread([values["first"] for values in self.found[1:]], "s", 1.0, 2)
        return (
            f"{spread(times)} in {len(times)} runs, {_rate(times, events)}; "
            f"of processor time {spread(self.of('worked'))}; a process's first {firsts}; "
            f"{self.last['above']:,.0f} MB above its imports, the feed included"
        )


def _rate(times: list[float], events: int) -> str:
    return f"{events / median(times) / 1e6:.1f} M events/s ({events / min(times) / 1e6:.1f} at best)"


def compared(ours: Values, theirs: Values) -> str:
    """Return how many fills both sides have at the same time, side and price."""
    mine, other = (set(zip(*values["fills"][:4], strict=True)) for values in (ours, theirs))
    return (
        f"looks {ours['acts']:,} and {theirs['acts']:,}; fills {len(mine):,} and {len(other):,}, "
        f"of which {len(mine & other):,} the same; final position {ours['position']:+,} and {theirs['position']:+,.0f}"
    )


if __name__ == "__main__":
    main()
