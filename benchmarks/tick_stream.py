"""Do a hundred million events, streamed in blocks, keep memory and cost per event where they were?

    python -m benchmarks.tick_stream [--events 100000000] [--short]

An L2 feed generated block by block and heard half a millisecond late: the book of the exchange and that of the
strategy. Two strategies: one that looks every ten seconds of the feed's time and sends nothing, so that all that could
grow is the run itself; and one that looks after quotes 20 ticks from the market as often, whose records of orders,
fills and equity grow by right and are told beside. Times are the processor's, and making the blocks is not counted.
"""

from statistics import median

from benchmarks.harness import Outcome, heading, in_fresh_process, options

PARTS = 10
WHO = {"watch": "nothing sent, nothing written", "timer": "quoting, with records of orders, fills and equity"}


def main() -> None:
    """Stream, and print cost and memory after each tenth, without and with records."""
    chosen = options(__doc__, repeats=1, events=100_000_000)
    heading(__doc__)
    events = 10_000_000 if chosen.short else chosen.events
    job = "benchmarks.tick_jobs:stream"
    for wake, what in WHO.items():
        in_fresh_process(job, events=100_000, every=100_000, wake=wake)  # fills the cache
        print(f"{what}:")
        _tell(in_fresh_process(job, events=events, every=events // PARTS, wake=wake), events)


def _tell(found: Outcome, events: int) -> None:
    values = found.values
    points = [point for point in values["points"] if point["events"] > events // (2 * PARTS)]
    costs = [point["seconds"] / point["events"] * 1e9 for point in points]
    memory, records = ([point[name] for point in points] for name in ("mb", "records"))
    spent, done = (sum(point[name] for point in values["points"]) for name in ("seconds", "events"))
    print(f"  {done:,} events: {spent:.1f} s of run, beside {values['made']:.1f} s for making them")
    print(f"  ns an event, by tenths: {', '.join(f'{cost:.1f}' for cost in costs)}; median {median(costs):.1f}")
    print(f"  resident MB, by tenths: {', '.join(f'{mb:.0f}' for mb in memory)}; peak {found.peak_mb:,.0f}")
    grown, written = memory[-1] - memory[0], records[-1] - records[0]
    print(f"  from the first tenth to the last: {grown:+.1f} MB resident, of which records {written:+.1f} MB")
    print(f"  {values['fills']:,} fills\n")


if __name__ == "__main__":
    main()
