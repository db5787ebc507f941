"""A whole session in one thread: feed, clock, disk and crashes are drawn from one seed, and can be drawn again.

    python -m tests.live.session.simulation --seeds 10000 [--first 0]

The core and its recovery are the real ones. The world around them is made: a feed that drops, repeats, reorders and
garbles events and never sends again what nobody took; a clock that jumps; a tape and a journal of which a crash keeps
what was synced and a random part of the rest; snapshots that are late, lost with a crash, or spoilt later on. After
every seed four things must hold:

1. every row that was acknowledged is in the journal, unchanged;
2. the journal is what a run over the final tape writes, nothing missing and nothing twice;
3. moments on the tape rise;
4. what was durable of the tape is still there.

``BUGS`` are faults to plant: each breaks one of the rules that keep a session whole.
"""

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from msgspec import to_builtins

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.files import SNAPSHOT
from lockstep.data.recordings.journal_rows import Row, encode
from lockstep.data.recordings.snapshot_file import Snapshot, packed
from lockstep.data.recordings.snapshots import Kept, Noted
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import LockstepError, SessionError, SnapshotError
from lockstep.kernels.ticks.advance import Stop
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.core import Core
from lockstep.live.session.lane import Lane
from lockstep.live.session.recovery import DERIVED, Compared, recover, stand_up
from lockstep.live.session.snapshots import KEEP
from lockstep.live.session.standing import standing_of
from lockstep.strategies.over_ticks.controls import COMMANDS

EVENTS = 300
CRASHES = 2
WITHIN = 2_000
"""Seeds in which a planted fault must show."""
HISTORIES = 16
BUGS = (
    "ack before commit", "rows before the tape", "tape after acting", "no comparison", "tail of the tape dropped",
    "clock starts anew", "time not on the tape", "refused event kept", "row lost in a batch", "torn record kept",
    "record taken twice", "commit without flush",
    "snapshot without its row", "record behind a snapshot left out",
)  # fmt: skip


class Broken(AssertionError):
    """A rule does not hold; the message names the seed."""


class Crash(Exception):
    """The machine dies here."""


class Disk:
    """What is on disk, and what only the system knows of: lost, or half lost, with a crash."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.tape: list[bytes] = []
        self.synced = 0
        self.rows: list[Row] = []
        self.acknowledged: dict[int, Row] = {}
        self.snapshots: list[tuple[Noted, bytes]] = []
        """Files, and what their rows say once those are durable."""

    def crash(self, bug: str) -> None:
        """Keep what was synced and a part of the rest; the last record of that may be torn."""
        kept = self.synced + self.chance.randint(0, len(self.tape) - self.synced)
        torn = kept < len(self.tape) and self.chance.random() < 0.5
        left = self.tape[kept] if torn else b""
        self.tape = self.tape[:kept]
        if torn and bug == "torn record kept":
            self.tape.append(left[: self.chance.randint(1, TAPE.itemsize - 1)].ljust(TAPE.itemsize, b"\0"))
        self.synced = len(self.tape)
        if self.snapshots and self.chance.random() < 0.2:
            noted, content = self.snapshots.pop(self.chance.randrange(len(self.snapshots)))
            if self.chance.random() < 0.5:
                place = self.chance.randrange(len(content))
                spoilt = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
                self.snapshots.append((noted, spoilt))


class Journal:
    """Rows on their way to the disk, and the tape that they name."""

    def __init__(self, disk: Disk, bug: str) -> None:
        self._disk, self._bug = disk, bug
        self._memory: list[bytes] = []
        self._waiting: list[Row] = []
        self._given = len(disk.rows)
        self.durable_before = [bytes(record) for record in disk.tape[: disk.synced]]

    @property
    def given(self) -> int:
        """The latest row that was put."""
        return self._given

    def append(self, record: Any) -> None:
        """Take a record of the tape."""
        self._memory.append(record.tobytes())

    def put(
        self, kind: str, content: Any, *, time_ns: int, strategy: str = "", symbol: str = "", tape: int | None = None
    ) -> int:
        """Take a row."""
        taken = len(self._disk.tape) + len(self._memory)
        self._given += 1
        row = Row(self._given, time_ns, kind, strategy, symbol, taken if tape is None else tape, encode(content), b"")
        self._waiting.append(row)
        if self._bug == "ack before commit":
            self._disk.acknowledged[row.seq] = row
        return row.seq

    def hand_over(self) -> None:
        """Give the system what is in memory, and sometimes make it durable; the machine may die at any step."""
        disk, steps = self._disk, ["flush", "sync", "rows"]
        if self._bug == "rows before the tape":
            steps = ["flush", "rows", "sync"]
        if self._bug == "commit without flush":
            steps = ["rows", "flush", "sync"]
        if disk.chance.random() < 0.5:
            steps = steps[:1]
        for step in steps:
            self._die()
            getattr(self, f"_{step}")()
        self._die()

    def settle(self) -> None:
        """Make all durable; nothing goes wrong meanwhile."""
        self._flush()
        self._sync()
        self._rows()

    def _die(self) -> None:
        if self._disk.chance.random() < 0.02:
            raise Crash

    def _flush(self) -> None:
        self._disk.tape += self._memory
        self._memory = []

    def _sync(self) -> None:
        self._disk.synced = len(self._disk.tape)

    def _rows(self) -> None:
        rows, self._waiting = self._waiting, []
        if self._bug == "row lost in a batch" and len(rows) > 2:
            del rows[len(rows) // 2]
        self._disk.rows += rows
        if self._bug != "ack before commit":
            self._disk.acknowledged |= {row.seq: row for row in rows}


class Taped(NamedTuple):
    """What recovery reads."""

    tape: Any

    def tape_from(self, _records: int = 0) -> Any:
        """Return it."""
        return self.tape


class World:
    """One seed."""

    def __init__(self, seed: int, bug: str = "") -> None:
        self.seed, self.bug = seed, bug
        self.chance = random.Random(seed)
        self.disk = Disk(self.chance)
        self.terms = _terms()
        self.now_ns = 1_700_000_000_000_000_000
        self.feed = list(self._feed())
        self.coming: tuple[Noted, bytes] | None = None
        """A snapshot that is being written."""
        self.snapshots = self.again = 0
        """How many were taken, and how often the world came back from one."""
        self.crashes = 0
        self.late: Any = None
        """A record that is to be put on the tape after it was acted upon."""

    def run(self) -> None:
        """Run to the end of the feed through all crashes, and check what is left."""
        planted = patch.object(Lane, "_serve", _keeping_refused) if self.bug == "refused event kept" else nullcontext()
        with planted:
            self._live()
        self._check()

    def _live(self) -> None:
        while True:
            try:
                journal = Journal(self.disk, self.bug)
                core = self._opened(journal)
                self._go_on(core, journal)
                break
            except Crash:
                self.crashes += 1
                self.disk.crash(self.bug)
                self.coming = None
        journal.settle()

    def _opened(self, journal: Journal) -> Core:
        """Start anew, or come back from what the disk holds."""
        tape = np.frombuffer(b"".join(self.disk.tape), TAPE)
        if self.bug == "tail of the tape dropped" and self.disk.rows:
            tape = tape[: self.disk.rows[-1].tape]
        known = len(tape) if self.bug != "snapshot without its row" else 1 << 60
        core, kept, _ = stand_up(partial(self._made, journal), self._kept(), self._read, known)
        self.again += kept is not None
        if kept is not None and self.bug == "record behind a snapshot left out":
            core.taken += 1
        behind = kept.noted.seq if kept else 0
        compared = Compared((row for row in list(self.disk.rows) if row.seq > behind and row.kind in DERIVED), journal)
        core.journal = journal if self.bug == "no comparison" else compared
        core.commands |= commands_in([row for row in self.disk.rows if row.seq > behind])
        try:
            if self.bug == "record taken twice" and len(tape):
                tape = np.concatenate([tape, tape[-1:]])
            recover(core, Taped(tape), compared)  # type: ignore[arg-type]
        except LockstepError as error:
            if self.bug != "no comparison":
                raise self._broken(f"it does not come back: {error}") from error
        core.journal = journal
        if self.bug == "clock starts anew":
            core.clock.last_ns = 0
        return core

    def _made(self, journal: Journal) -> Core:
        return Core(self.terms, self._tape_of(journal), journal, SessionClock())

    def _kept(self) -> Iterator[Kept]:
        """Give the snapshots that count, the latest first."""
        told = {row.content()["sha256"]: row.seq for row in self.disk.rows if row.kind == SNAPSHOT}
        for noted, _ in reversed(self.disk.snapshots):
            if noted.sha256 in told or self.bug == "snapshot without its row":
                yield Kept(told.get(noted.sha256, 0), noted)

    def _read(self, kept: Kept) -> Snapshot:
        content = next(content for noted, content in self.disk.snapshots if noted is kept.noted)
        if hashlib.sha256(content).hexdigest() != kept.noted.sha256:
            raise SnapshotError("it is not what was written")
        return Snapshot(content)

    def _look(self, core: Core, journal: Journal) -> None:
        """Take snapshots as a session does: copied now, a file some time later, and then a row."""
        if self.coming is not None and self.chance.random() < 0.5:
            self.disk.snapshots = [*self.disk.snapshots[1 - KEEP :], self.coming]
            journal.put(SNAPSHOT, to_builtins(self.coming[0]), time_ns=core.clock.last_ns)
            self.coming = None
        elif self.coming is None and self.chance.random() < 0.08:
            standing = standing_of(core, journal.given)
            content = packed(standing.values, standing.held)
            digest = hashlib.sha256(content).hexdigest()
            self.coming = Noted(core.taken, digest[:8], digest, standing.fingerprints, journal.given), content
            self.snapshots += 1

    def _tape_of(self, journal: Journal) -> Any:
        if self.bug != "tape after acting":
            return journal.append
        return self._put_off

    def _put_off(self, record: Any) -> None:
        self.late = record.copy()

    def _go_on(self, core: Core, journal: Journal) -> None:
        """Take what the feed still sends: what was taken before the crash and is lost does not come again."""
        while self.feed:
            batch = [self.feed.pop(0) for _ in range(min(self.chance.randint(1, 12), len(self.feed)))]
            for record in batch:
                self.now_ns += self.chance.choice((1_000, 200_000, 3_000_000, -5_000_000))
                core.take(record, self.now_ns)
                if self.bug == "tape after acting":
                    journal.append(self.late)
                if self.chance.random() < 0.003 and self.crashes < CRASHES:
                    raise Crash
            if self.chance.random() < 0.1:
                self._pass_time(core)
            if self.crashes < CRASHES:
                journal.hand_over()
                self._look(core, journal)
            else:
                journal.settle()

    def _pass_time(self, core: Core) -> None:
        self.now_ns += 30_000_000
        if self.bug == "time not on the tape":
            moment = core.clock.stamp(self.now_ns)
            for lane in core.lanes.values():
                if lane.name not in core.halted and lane.pass_time(moment):
                    core.write(lane)
        else:
            core.pass_time(self.now_ns)

    def _feed(self) -> Iterator[Any]:
        """Give events, some of them lost, twice, out of order or garbled."""
        records = _history(self.chance.randrange(HISTORIES))
        for at in range(EVENTS):
            draw = self.chance.random() if at > 40 else 1.0  # the picture of the book comes whole
            record = records[at : at + 1].copy()
            if draw < 0.02:
                continue
            if draw < 0.04:
                record["lots"] = -1
            if draw < 0.06:
                record["side"] = 7
            if draw < 0.08:
                yield records[at - 1 : at].copy()
            yield record

    def _check(self) -> None:
        tape = np.frombuffer(b"".join(self.disk.tape), TAPE)
        moments = tape["received_ns"]
        if len(moments) > 1 and not (np.diff(moments) > 0).all():
            raise self._broken("moments on the tape don't rise")
        rows = {row.seq: row for row in self.disk.rows}
        if [row.seq for row in self.disk.rows] != list(range(1, len(self.disk.rows) + 1)):
            raise self._broken("rows of the journal are missing, or are there twice")
        for seq, row in self.disk.acknowledged.items():
            if rows.get(seq) != row:
                raise self._broken(f"row {seq} was acknowledged and is not in the journal as it was")
        written: list[Row] = []
        _derive(self.terms, tape, commands_in(self.disk.rows), written)
        if [said(row) for row in written] != [said(row) for row in self.disk.rows if row.kind in DERIVED]:
            raise self._broken("the journal is not what the tape leads to")

    def _broken(self, what: str) -> Broken:
        return Broken(f"seed {self.seed}{f' ({self.bug})' if self.bug else ''}: {what}")


def said(row: Row) -> tuple[Any, ...]:
    """Return what of a row follows from the tape."""
    return row.kind, row.strategy, row.time_ns, row.tape, row.body


class _Rows:
    """Gathers rows; what it is asked for by number is the tape's own count."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows, self.at = rows, 0

    def put(
        self, kind: str, content: Any, *, time_ns: int, strategy: str = "", symbol: str = "", tape: int | None = None
    ) -> int:
        self.rows.append(Row(0, time_ns, kind, strategy, symbol, self.at, encode(content), b""))
        return 0


def commands_in(rows: list[Row]) -> dict[int, tuple[str, Any]]:
    """Return the commands among rows."""
    return {row.seq: (row.kind, row.content()) for row in rows if row.kind in COMMANDS}


def _derive(terms: SessionTerms, tape: Any, commands: dict[int, tuple[str, Any]], rows: list[Row]) -> None:
    gathered = _Rows(rows)
    core = Core(terms, lambda _record: None, gathered, SessionClock())
    core.commands = commands
    piece = np.array(tape)
    for k, moment in enumerate(piece["received_ns"].tolist()):
        core.clock.last_ns, gathered.at = moment, k + 1
        core.happen(piece[k : k + 1])


_MADE: dict[Any, Any] = {}


def _history(seed: int) -> Any:
    """Return TAPE[n], made once: a picture of the book and what follows."""
    if seed not in _MADE:
        ticks = synthetic_flow(EVENTS, "L2", seed=seed)
        block = next(ticks.blocks(ticks.rows))
        records = np.zeros(len(block.time_ns), TAPE)
        for name in ("time_ns", "tick", "lots", "id", "slot", "kind", "side", "flags"):
            records[name] = getattr(block, name)
        records["input"], records["sequence"] = Input.MARKET, -1
        _MADE[seed], _MADE["instrument"] = records, ticks.instrument
    return _MADE[seed]


def instrument_of() -> Instrument:
    """Return what all worlds trade."""
    _history(0)
    found: Instrument = _MADE["instrument"]
    return found


def _terms() -> SessionTerms:
    execution = TickExecution(Latency(submit=1_000_000, report=500_000), strict=True, sample=10**12).to_dict()
    instrument = instrument_of().to_dict()
    lanes = (
        LaneTerms("timer", "simple_market_maker", {"interval_ms": 1}, instrument, execution, 1e6),
        LaneTerms("feed", "book_imbalance_taker", {}, instrument, execution, 1e6),
    )
    return SessionTerms("one", "paper", 1, (instrument["symbol"],), ("made",), lanes, {})


_serve = Lane._serve


def _keeping_refused(lane: Lane, stop: Stop) -> tuple[int, int]:
    """Leave an event that was refused in its block."""
    try:
        return _serve(lane, stop)
    except SessionError:
        lane.frame.run["count"] = 1
        raise


def crashes_of(world: "type[World]", seeds: int) -> int:
    """Run seeds, none of which may break a rule; return how often they crashed."""
    crashes = 0
    for seed in range(seeds):
        one = world(seed)
        one.run()
        crashes += one.crashes
    return crashes


def is_found(world: "type[World]", bug: str) -> bool:
    """Return whether a planted fault breaks a rule in one of so many seeds."""
    return any(_breaks(world(seed, bug)) for seed in range(WITHIN))


def _breaks(world: World) -> bool:
    try:
        world.run()
    except (Broken, LockstepError):
        return True
    return False


def main(world: "type[World]", bugs: tuple[str, ...], about: str) -> None:
    """Run seeds of a world; the first that breaks a rule ends with its number."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--bug", choices=bugs, default="")
    chosen = parser.parse_args()
    start, crashes = time.perf_counter(), 0
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        one = world(seed, chosen.bug)
        one.run()
        crashes += one.crashes
    seconds = time.perf_counter() - start
    sys.stdout.write(f"{chosen.seeds:,} seeds, {crashes:,} crashes, {seconds / chosen.seeds * 1e3:.1f} ms a seed\n")


if __name__ == "__main__":
    main(World, BUGS, __doc__ or "")
