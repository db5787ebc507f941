"""Sessions of real processes, real files and kill -9 at random moments: each must end as if nobody had killed it.

    python -m tests.live.session.chaos --cycles 1000 [--seed 0]

A child is forked from this warmed process and runs a session in a folder; it is killed after a random time, up to three
times a session, and the session is then run to its end. Intents, fills and ends of orders, the places on the tape at
which they were decided, and the chain of hashes must be those of a session that was left alone.
"""

import argparse
import asyncio
import os
import random
import select
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.recordings.verify import verify
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session.host import Host, session_terms
from lockstep.live.sources.replay import Replay

EVENTS = 8_000
SPEED = 30.0
KILLS = 3
LONGEST_S = 0.35
SNAPSHOTS = 700
"""Records from one snapshot to the next."""


class Sessions:
    """Runs one session many times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ticks = synthetic_flow(EVENTS, "L2", seed=3)
        execution = TickExecution(Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4)
        instrument, terms = self.ticks.instrument.to_dict(), execution.to_dict()
        self.lanes = (
            LaneTerms("maker", "simple_market_maker", {"interval_ms": 5}, instrument, terms, 1e6),
            LaneTerms("taker", "book_imbalance_taker", {}, instrument, terms, 1e6),
        )
        self.expected = self.rows(self.run(folder / "whole", float("inf")))
        self.recovery_s: list[float] = []

    def run(self, folder: Path, speed: float) -> Path:
        """Run a session to its end."""
        source = Replay([self.ticks], speed)
        start = time.perf_counter()
        terms = session_terms("paper", source, self.lanes, now_ns=1, id="one")
        host = Host(folder, terms, source, snapshots=SNAPSHOTS)
        if host.recovered:
            self.recovery_s.append(time.perf_counter() - start)
        asyncio.run(host.run())
        return folder

    def rows(self, folder: Path) -> list[Any]:
        """Return what was decided; raises ``AssertionError`` where the folder is not what was written."""
        with Recording(folder) as recording:
            assert verify(recording) == [], folder
            kinds = ("intent", "fill", "order", "state")
            return [(row.kind, row.strategy, row.tape, row.body) for row in recording.rows(kinds=kinds)]

    def cycle(self, number: int, chance: random.Random) -> int:
        """Kill a session up to three times and let it end; return the kills. Raises ``AssertionError`` for a loss."""
        folder, kills = self.folder / f"cut-{number}", 0
        for _ in range(chance.randint(1, KILLS)):
            kills += self._killed(folder, chance.random() * LONGEST_S)
        assert self.rows(self.run(folder, float("inf"))) == self.expected, f"session {number} is not as it was"
        return kills

    def _killed(self, folder: Path, seconds: float) -> int:
        child = os.fork()
        if child == 0:
            try:
                self.run(folder, SPEED)
            finally:
                os._exit(0)
        handle = os.pidfd_open(child)
        select.select([handle], [], [], seconds)  # until the drawn moment of death, or its own end
        os.close(handle)
        os.kill(child, signal.SIGKILL)
        return int(os.WIFSIGNALED(os.waitpid(child, 0)[1]))


def main() -> None:
    """Run cycles and say how many kills nothing was lost in."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cycles", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sessions = Sessions(Path(folder))
        kills = sum(sessions.cycle(k, random.Random(chosen.seed + k)) for k in range(chosen.cycles))
    slowest = max(sessions.recovery_s, default=0.0)
    sys.stdout.write(
        f"{chosen.cycles:,} sessions, {kills:,} kills: nothing lost, nothing twice; the slowest recovery took"
        f" {slowest:.2f} s\n"
    )


if __name__ == "__main__":
    main()
