"""How long until a session that was cut off is ready again, from its snapshot and the events behind it?

    python -m benchmarks.recovery [--events 10000000] [--behind 100000] [--repeats 5] [--short]

Two paper sessions with a market maker beside a generated L2 feed, cut off behind their last snapshot: one of no more
events than a snapshot and those behind it, one of many. Each is then opened in fresh processes, as after a kill: from
the snapshot's file to a session that takes the next event, the rows that it decides again compared with the journal;
and once more in the same process, whose code is loaded. Beside them stands what the short one takes without snapshots.
"""

import tempfile
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.harness import heading, in_fresh_process, options

GOAL_S = 2.0


def terms_of(source: Any) -> Any:
    """Return the terms of the session."""
    from pathlib import Path

    from lockstep.data.recordings.terms import LaneTerms
    from lockstep.data.ticks.execution import Latency, TickExecution
    from lockstep.live.session.new_terms import session_terms

    execution = TickExecution(Latency(submit=1_000_000, report=1_000_000)).to_dict()
    instrument = next(iter(source.instruments.values())).to_dict()
    quoter = f"{Path(__file__).with_name('quoting.py')}:Quoter"
    return session_terms("paper", source, (LaneTerms("quoter", quoter, {}, instrument, execution, 1e6),),
                         now_ns=1, id="one")  # fmt: skip


def source_of() -> Any:
    """Return a source of nothing."""
    from lockstep.data.ticks.flow import synthetic_flow
    from lockstep.live.sources.replay import Replay

    return Replay([synthetic_flow(1_000, "L2", seed=7)])


def write(events: int, behind: int, folder: str) -> dict[str, Any]:
    """Write a session of so many events, with a snapshot before the last ``behind``; return what it took."""
    import time
    from pathlib import Path

    from lockstep.data.ticks.flow import flow_blocks
    from lockstep.live.session.host import Host
    from lockstep.live.sources.rows import received

    host = Host(Path(folder), terms_of(source := source_of()), source, snapshots=1 << 60)
    storage, core, latest = host._storage, host.core, 0
    start = time.perf_counter()
    for block in flow_blocks("L2", seed=7):
        records = received(block, 0, latest)
        latest = int(records["received_ns"][-1])
        moments = records["received_ns"].tolist()
        for k in range(min(len(records), events - core.taken)):
            core.take(records[k : k + 1], moments[k])
            if core.taken == events - behind:
                storage.journal.hand_over()
                host._snapshots.finish()
            if k % 64 == 0:
                storage.journal.hand_over()
        if core.taken == events:
            break
    seconds, rows = time.perf_counter() - start, storage.journal.given
    noted = host._snapshots._kept[-1].noted
    host._snapshots.close()
    storage.close()
    return {"seconds": seconds, "rows": rows, "pause_us": noted.pause_us, "bytes": noted.bytes}


def none_of(_recording: Any) -> Iterator[Any]:
    """Find no snapshot."""
    return iter(())


def opened(folder: str, snapshots: bool) -> dict[str, Any]:
    """Open a session twice, as after a kill; return seconds, of its parts too."""
    import time
    from pathlib import Path

    from lockstep.live.session import host as hosts

    if not snapshots:
        setattr(hosts, "snapshots_of", none_of)  # noqa: B010 - what it replaces is imported there
    source, found = source_of(), {}
    for name in ("first", "again"):
        start, used = time.perf_counter(), time.process_time()
        host = hosts.Host(Path(folder), terms_of(source), source)
        found[name], found[f"{name}_used"] = time.perf_counter() - start, time.process_time() - used
        assert host.core.taken == host.recovered
        found["taken_again"] = host.again
        host._storage.close()
    return found


def main() -> None:
    """Print the figures."""
    chosen = options(__doc__, events=10_000_000, behind=100_000)
    heading(__doc__)
    behind = 20_000 if chosen.short else chosen.behind
    many = 200_000 if chosen.short else chosen.events
    with tempfile.TemporaryDirectory() as folder:
        for events in (2 * behind, many):
            place = f"{folder}/{events}"
            made = in_fresh_process("benchmarks.recovery:write", events=events, behind=behind, folder=place).values
            print(
                f"{events:,} events, {made['rows']:,} rows: taken in {made['seconds']:.1f} s; the snapshot has"
                f" {made['bytes'] / 1e3:,.0f} kB and stopped the session for {made['pause_us'] / 1e3:.2f} ms"
            )
            tell(place, chosen.repeats, snapshots=True)
            if events == 2 * behind:
                tell(place, chosen.repeats, snapshots=False)


def tell(place: str, repeats: int, *, snapshots: bool) -> None:
    """Open a session in fresh processes, and print how long that took."""
    runs = [in_fresh_process("benchmarks.recovery:opened", folder=place, snapshots=snapshots) for _ in range(repeats)]
    how = "from the snapshot" if snapshots else "from the whole tape"
    print(f"  {how}, {runs[0].values['taken_again']:,} events taken again:")
    for name, what in (("first", "in a process that has just started"), ("again", "once its code is loaded")):
        times = [run.values[name] for run in runs]
        used = median(run.values[f"{name}_used"] for run in runs)
        print(
            f"    {what}: {median(times):.2f} s ({min(times):.2f} to {max(times):.2f}; goal: {GOAL_S:g} s), of them"
            f" {used:.2f} s of a core"
        )
    print(f"    at most {max(run.peak_mb for run in runs):,.0f} MB of memory")


if __name__ == "__main__":
    main()
