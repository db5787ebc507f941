"""How long from a message on the socket to the intents that are queued for the journal, at 2,000 messages a second?

    python -m benchmarks.socket_to_order [--seconds 30] [--rate 2000] [--short]

A paper session in a folder listens to a gateway of another process over a WebSocket on loopback, and quotes at every
event of the feed. The time of a message begins when the event loop has its bytes and ends when the intents, fills and
ends of orders that came of it have been put; and, apart, when its sender had made it. Beside them stand how late the
sender was, and the gaps that this machine leaves in a loop that does nothing but read the clock.
"""

import tempfile
from typing import Any

from benchmarks.harness import heading, in_fresh_process, options

GOAL_US = 100
WARM_S = 3.0
GAPS_S = 3.0


def job(seconds: float, rate: float, folder: str) -> dict[str, Any]:
    """Return what benchmarks/listening.py tells of so many seconds, and the gaps of an empty loop."""
    import asyncio
    from pathlib import Path

    from benchmarks.listening import Gateway, Spread, Times, session, warm

    times = Times()

    async def listened(host: Any) -> dict[str, Any]:
        running = asyncio.create_task(host.run())
        await asyncio.sleep(WARM_S)
        times.begin()
        await asyncio.sleep(seconds)
        told = times.told()
        host.stop()
        await running
        return told

    strategy = f"{Path(__file__).with_name('quoting.py')}:FeedQuoter"
    warm(Path(folder) / "warm", strategy)
    with Gateway(rate) as address:
        told = asyncio.run(listened(session(Path(folder) / "session", address, strategy, times)))
    gaps = Spread()
    _read_clock(gaps)
    return {**told, "gaps": gaps.told()}


def _read_clock(gaps: Any) -> None:
    from time import perf_counter_ns as clock

    began = now = clock()
    while now < began + GAPS_S * 1e9:
        before, now = now, clock()
        if now - before > 1_000:  # less is the reading itself
            gaps.add(now - before)


def main() -> None:
    """Print the figures."""
    chosen = options(__doc__, seconds=30, rate=2_000)
    heading(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        seconds = 5 if chosen.short else chosen.seconds
        found = in_fresh_process(
            "benchmarks.socket_to_order:job", seconds=seconds, rate=chosen.rate, folder=folder
        ).values
    rows = sum(count for kind, count in found["rows"].items() if kind in ("intent", "fill", "order"))
    print(
        f"{found['events']:,} messages in {seconds} s ({found['events'] / seconds:,.0f} a second, asked for"
        f" {chosen.rate:,}), of which came {rows:,} intents, fills and ends of orders"
    )
    for name, what in (
        ("asked", f"from the socket until intents are queued (goal: p50 {GOAL_US})"),
        ("read", "from the socket until the session is through, all messages"),
        ("sent", "from the sender until intents are queued"), ("late", "the sender, from when a message fell due"),
        ("gaps", "gaps over 1 us in a loop that reads the clock"),
    ):  # fmt: skip
        told = ", ".join(f"{quantile} {value:,.1f} us" for quantile, value in found[name].items())
        print(f"{what}: {told}")


if __name__ == "__main__":
    main()
