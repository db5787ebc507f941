"""Sessions of real processes, real files and kill -9 at random moments: each must end as if nobody had killed it.

    python -m tests.live.session.chaos [--kind forked] [--cycles 1000 | --kills 1000] [--first 0]

A cycle is a session in a folder of its own that is killed up to some times, each time after a random while, coming back
included, and is then left to run to its end. ``forked`` runs it in children of this process, in which all is compiled;
its source gives events as fast as they are taken. ``command`` is `lockstep paper` as a user starts it. Rows that were
said to be durable are there; intents, fills and ends of orders, the places on the tape at which they were decided, and
the fingerprints of its lanes are those of a session that was left alone. ``venue`` is in chaos_venue.py. A cycle that
fails names itself; `--first` and `--cycles 1` draw the same again.
"""

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import Progress
from tests.live.session.chaos_venue import BUGS, Venue
from tests.live.session.killing import Ended, Lost, Moments, Start, Voice, commanded, forked, killed_and_ended, speaking

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.synthetic import Synthetic

EVENTS = 5_000
SNAPSHOTS = 700
"""Records from one snapshot to the next."""
DERIVED = ("intent", "fill", "order", "state")
LANES = {"maker": ("simple_market_maker", {"interval_ms": 5}), "taker": ("book_imbalance_taker", {})}


class Kind(Protocol):
    """What is killed."""

    start: Start
    moments: Moments

    def judge(self, folder: Path) -> None:
        """Look at a session that has ended. Raises ``Lost``."""

    def witnessed(self, folder: Path) -> str:
        """Return what others say of a session."""

    def close(self) -> None:
        """End what else was started."""


def rows(folder: Path) -> list[Any]:
    """Return what was decided and where on the tape, the lanes at the end, and how many records were taken."""
    with Recording(folder) as recording:
        decided = [(row.kind, row.strategy, row.tape, row.body) for row in recording.rows(kinds=DERIVED)]
        # One that is killed while it ends says so again.
        ends = {row.strategy: row.body for row in recording.rows(kinds=["final_state"])}
        return [*decided, *ends.items(), len(recording.tape)]


class Alike:
    """A session that always decides the same."""

    expected: list[Any]

    def judge(self, folder: Path) -> None:
        """It must have decided what the one that was left alone has."""
        if rows(folder) != self.expected:
            raise Lost("it has not decided what the session that was left alone has")

    def witnessed(self, folder: Path) -> str:
        """Nobody saw it."""
        return "no witness"

    def close(self) -> None:
        """Nothing else was started."""


def paper_session(folder: Path, voice: Voice | None = None) -> None:
    """Run two strategies beside a generated market to its end."""
    source = Synthetic(speed=float("inf"), events=EVENTS)
    (instrument,) = source.instruments.values()
    execution = TickExecution(Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4)
    lanes = tuple(
        LaneTerms(name, strategy, parameters, instrument.to_dict(), execution.to_dict(), 1e6)
        for name, (strategy, parameters) in LANES.items()
    )
    before = time.perf_counter_ns()
    host = Host(folder, session_terms("paper", source, lanes, now_ns=1, id="one"), source, snapshots=SNAPSHOTS)
    if host.recovered and voice is not None:
        voice.recovered(time.perf_counter_ns() - before)
    asyncio.run(host.run())


class Forked(Alike):
    """A paper session in a child of this process."""

    def __init__(self, folder: Path) -> None:
        self.start: Start = forked(self.run)
        paper_session(folder / "warm")
        whole = self.start(folder / "whole")
        whole.end()
        self.moments = Moments(kills=4, words=len(whole.durable), seconds=0.02)
        self.expected = rows(folder / "whole")

    def run(self, folder: Path, voice: Voice) -> None:
        """Run it to its end."""
        with speaking(voice):
            paper_session(folder, voice)


class Command(Alike):
    """`lockstep paper` on a stored history."""

    moments = Moments(kills=5, words=0, seconds=0.5)

    def __init__(self, folder: Path) -> None:
        from tests.data.ticks.helpers import Made

        from lockstep.data import Store
        from lockstep.data.ticks.flow import synthetic_flow

        ticks = synthetic_flow(EVENTS, "L2", seed=3)
        made = Made(next(ticks.blocks(ticks.rows)), "L2", symbols=(ticks.symbol,), instrument=ticks.instrument)
        Store(folder / "store").import_ticks(made, "made")
        self._symbol = ticks.symbol
        self.start: Start = commanded(self._words, os.environ | {"LOCKSTEP_STORE": str(folder / "store")})
        self.start(folder / "whole").end()
        self.expected = rows(folder / "whole")

    def _words(self, folder: Path) -> list[str]:
        options = {"--symbols": self._symbol, "--source": "replay:made@20x", "--session": str(folder)}
        program = [sys.executable, "-c", "from lockstep.cli import main; main()", "paper"]
        strategies = [word for strategy, _ in LANES.values() for word in ("--strategy", strategy)]
        settings = ["--set", "latency.submit=2000000", "--set", "latency.report=1000000"]
        return [*program, *strategies, *(word for option in options.items() for word in option), *settings]


KINDS: dict[str, Any] = {"forked": Forked, "command": Command, "venue": Venue}


def cycle(kind: Kind, folder: Path, number: int) -> Ended:
    """Run a cycle. Raises ``Lost`` with its number."""
    chance, place = random.Random(number), folder / f"cycle-{number}"
    try:
        ended = killed_and_ended(kind.start, place, chance, kind.moments)
        kind.judge(place)
    except Lost as lost:
        raise Lost(f"cycle {number}: {lost}; {kind.witnessed(place)}") from lost
    shutil.rmtree(place)
    return ended


def ran(kind: Kind, folder: Path, first: int, cycles: int, kills: int) -> list[Ended]:
    """Run so many cycles, or until there were so many kills, with a bar of how far it is."""
    done: list[Ended] = []
    with Progress(console=Console(stderr=True), auto_refresh=False) as bar:  # it has no thread: this process forks
        task = bar.add_task("kills" if kills else "sessions", total=kills or cycles)
        while (sum(ended.kills for ended in done) if kills else len(done)) < (kills or cycles):
            done.append(cycle(kind, folder, first + len(done)))
            bar.update(task, advance=done[-1].kills if kills else 1, refresh=True)
    return done


def main() -> None:
    """Run cycles and say how many kills nothing was lost in."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", choices=KINDS, default="forked")
    parser.add_argument("--cycles", type=int, default=1_000)
    parser.add_argument("--bug", choices=BUGS, default="", help="a fault to plant in sessions at a venue")
    parser.add_argument("--kills", type=int, default=0, help="as many cycles as it takes for so many kills")
    parser.add_argument("--first", type=int, default=0)
    chosen = parser.parse_args()
    before = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        kind = KINDS[chosen.kind](Path(folder), **({"bug": chosen.bug} if chosen.bug else {}))
        try:
            done = ran(kind, Path(folder), chosen.first, chosen.cycles, chosen.kills)
        finally:
            kind.close()
    slowest = max((seconds for ended in done for seconds in ended.recoveries_s), default=0.0)
    sys.stdout.write(
        f"{len(done):,} sessions, {sum(ended.kills for ended in done):,} kills in {time.perf_counter() - before:.0f} s:"
        f" nothing lost, nothing twice; the slowest recovery took {slowest:.2f} s\n"
    )


if __name__ == "__main__":
    main()
