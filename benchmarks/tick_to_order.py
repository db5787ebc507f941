"""How long from an event to the intent that is queued for the journal, at 50,000 events a second?

    python -m benchmarks.tick_to_order [--events 200000] [--rate 50000] [--short]

A paper session in a folder: tape, a quoting order kernel, journal and its thread. Events of a generated L2 feed fall
due at an even rate; one that is late because the session was busy is taken at once. Of each event the time is taken
from the start of its `advance` until its intents have been put; and, apart, from when it fell due. Beside them stand
the gaps that this machine leaves in a loop that does nothing but read the clock.
"""

import tempfile
from typing import Any

from benchmarks.harness import heading, in_fresh_process, options

GOALS = {"p50": 5.0, "p99": 20.0}


def job(events: int, rate: float, folder: str) -> dict[str, Any]:
    """Return microseconds by quantile: from the start, from when events fell due, and of an empty loop."""
    import gc
    import time
    from contextlib import ExitStack
    from pathlib import Path

    import numpy as np
    from benchmarks.quoting import Quoter  # noqa: F401  (the session finds it by its file)

    from lockstep._undisturbed import undisturbed
    from lockstep.data.recordings.terms import LaneTerms
    from lockstep.data.ticks.execution import Latency, TickExecution
    from lockstep.data.ticks.flow import synthetic_flow
    from lockstep.live.session.clock import SessionClock
    from lockstep.live.session.core import Core
    from lockstep.live.session.new_terms import session_terms
    from lockstep.live.sources.replay import Replay, _records_of
    from lockstep.live.storage.storage import Storage

    ticks = synthetic_flow(events, "L2", seed=7)
    records = np.concatenate(list(_records_of(ticks, 0)))
    strategy = f"{Path(__file__).with_name('quoting.py')}:FeedQuoter"
    execution = TickExecution(Latency(submit=1_000_000, report=1_000_000))
    lane = LaneTerms("quoter", strategy, {}, ticks.instrument.to_dict(), execution.to_dict(), 1e6)
    storage = Storage(Path(folder) / "session")
    source = Replay([ticks])
    core = Core(
        session_terms("paper", source, (lane,), now_ns=1, id="one"), storage.tape.append, storage.journal,
        SessionClock(),
    )  # fmt: skip
    rows = [records[k : k + 1] for k in range(len(records))]
    moments = records["received_ns"].tolist()
    took, late, asked = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows), bool)
    warm = min(2_000, len(rows) // 4)
    for k in range(warm):
        core.take(rows[k], moments[k])
    storage.journal.hand_over()
    gc.collect()
    held = ExitStack()
    held.enter_context(undisturbed())
    step, clock = 1.0 / rate, time.perf_counter
    began = clock()
    due = began
    for k in range(warm, len(rows)):
        due += step
        if k % 64 == 0:
            storage.journal.hand_over()
        while (now := clock()) < due:
            pass
        before = storage.journal.given
        core.take(rows[k], moments[k])
        end = clock()
        took[k], late[k], asked[k] = end - now, end - due, storage.journal.given != before
    seconds = clock() - began
    held.close()
    storage.close()
    gaps = np.zeros(len(rows))
    for k in range(len(rows)):
        now = clock()
        gaps[k] = clock() - now
    return {
        "seconds": seconds, "events": len(rows) - warm, "intents": int(asked.sum()),
        "took": quantiles(took[warm:]), "asked": quantiles(took[asked]), "late": quantiles(late[warm:]),
        "gaps": quantiles(gaps),
    }  # fmt: skip


def quantiles(seconds: Any) -> dict[str, float]:
    """Return microseconds."""
    import numpy as np

    shares = {"p50": 50, "p99": 99, "p99.9": 99.9, "most": 100}
    return {name: float(np.percentile(seconds, share)) * 1e6 for name, share in shares.items()}


def main() -> None:
    """Print the figures."""
    chosen = options(__doc__, events=200_000, rate=50_000)
    heading(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        events = 20_000 if chosen.short else chosen.events
        found = in_fresh_process("benchmarks.tick_to_order:job", events=events, rate=chosen.rate, folder=folder).values
    print(
        f"{found['events']:,} events in {found['seconds']:.1f} s"
        f" ({found['events'] / found['seconds']:,.0f} a second asked for {chosen.rate:,}),"
        f" {found['intents']:,} of them with intents, fills or ends of orders"
    )
    goals = ", ".join(f"{name} {goal:g}" for name, goal in GOALS.items())
    for name, what in (
        ("took", f"from the start of an event until its intents are queued (goal: {goals})"),
        ("asked", "  of those that had something to write"), ("late", "from when it fell due"),
        ("gaps", "a loop that reads the clock"),
    ):  # fmt: skip
        told = ", ".join(f"{quantile} {value:.2f} us" for quantile, value in found[name].items())
        print(f"{what}: {told}")


if __name__ == "__main__":
    main()
