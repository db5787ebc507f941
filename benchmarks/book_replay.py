"""How many messages a second does the order book replay on one core, queues and state hash included?

    python -m benchmarks.book_replay [--repeats 30] [--short]

NASDAQ's messages for AAPL, 2012-06-21, 09:30 to 10:30, 50 levels (LOBSTER's sample, in ../shared/data; without it a
seeded flow of as many messages). By slots resolved before, as histories are stored; by the table of live ids, as feeds
come; from almost no room, so that the book grows on the way; and one event at a time from Python. Processor time.
"""

from statistics import median

from benchmarks.harness import heading, in_fresh_process, options, spread

WAYS = {
    "slots": "slots (goal: 25)",
    "watched": "slots, crossed books watched for (goal: 25)",
    "table": "table of live ids (goal: 12)",
    "growing": "table of live ids, room for 16 orders at first",
    "narrow": "slots, window of 64 ticks",
    "asleep": "a tick run by slots, its strategy asleep",
    "idle": "a tick run by slots, its strategy called each event",
}


def main() -> None:
    """Measure in a fresh process and print."""
    chosen = options(__doc__, repeats=30)
    heading(__doc__)
    repeats = 5 if chosen.short else chosen.repeats
    values = in_fresh_process("benchmarks.book_jobs:replays", repeats=repeats).values
    print(f"{values['source']}: {values['events']:,} messages, up to {values['orders']:,} orders at once")
    for way, words in WAYS.items():
        print(f"{words:<52} {rate(values['events'], values[way])}")
    print(f"{'one event at a time from Python (goal: 2,000)':<52} {spread(values['single'], 'ns', 1e9, 0)}")
    print(f"state hash at the end {values['hash']}, the same in all of them and summed afresh: {values['same']}")


def rate(events: int, seconds: list[float]) -> str:
    """Return millions of messages a second, median first, and nanoseconds a message."""
    rates = [events / each for each in seconds]
    return f"{spread(rates, 'M messages/s', 1e-6, 1)}, {median(seconds) / events * 1e9:.1f} ns each"


if __name__ == "__main__":
    main()
