"""Do a hundred million events, streamed in blocks, keep memory and cost per event where they were?

    python -m benchmarks.tick_stream [--events 100000000] [--short]

An L2 feed generated block by block, quotes 20 ticks from the market looked after every ten seconds of the feed's time,
the feed heard half a millisecond late: the book of the exchange and that of the strategy. Times are the processor's,
and making the blocks is not counted.
"""

from statistics import median

from benchmarks.harness import heading, in_fresh_process, options

PARTS = 10


def main() -> None:
    """Stream, and print cost and memory after each tenth."""
    chosen = options(__doc__, repeats=1, events=100_000_000)
    heading(__doc__)
    events = 10_000_000 if chosen.short else chosen.events
    job = "benchmarks.tick_jobs:stream"
    in_fresh_process(job, events=100_000, every=100_000)  # fills the cache
    found = in_fresh_process(job, events=events, every=events // PARTS)
    points = [point for point in found.values["points"] if point["events"] > events // (2 * PARTS)]
    costs = [point["seconds"] / point["events"] * 1e9 for point in points]
    values, spent = found.values, sum(point["seconds"] for point in points)
    done = sum(point["events"] for point in values["points"])
    print(f"{done:,} events: {spent:.1f} s of run, beside {values['made']:.1f} s for making them")
    print(f"ns an event, by tenths: {', '.join(f'{cost:.1f}' for cost in costs)}; median {median(costs):.1f}")
    print(f"resident MB, by tenths: {', '.join(format(point['mb'], '.0f') for point in points)}")
    print(f"records {values['records']:.1f} MB with {values['fills']:,} fills; peak {found.peak_mb:,.0f} MB")


if __name__ == "__main__":
    main()
