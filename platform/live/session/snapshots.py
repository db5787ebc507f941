"""Snapshots of a running session: taken between two records, written on another thread, and journaled once durable."""

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lockstep.data.recordings.files import SNAPSHOT
from lockstep.data.recordings.snapshots import Kept, Noted
from lockstep.errors import SnapshotError
from lockstep.live.session.core import Core
from lockstep.live.session.standing import Standing, cannot_stand, standing_of
from lockstep.live.storage.journal import Journal
from lockstep.live.storage.snapshot_writer import SnapshotWriter, Written

EVERY = 100_000
"""Records of the tape from one snapshot to the next."""
KEEP = 2
"""Files that are kept: a damaged one falls back to the one before."""
FAILED = "snapshot_failed"
"""Kind of the row that says why there is none: the session goes on, and comes back from an earlier one."""


class Snapshots:
    """Keeps snapshots of a session; to be asked from its own thread. ``every`` 0 takes none."""

    def __init__(self, core: Core, journal: Journal, folder: Path, *, every: int = EVERY, keep: int = KEEP) -> None:
        self._core, self._journal, self._every, self._keep = core, journal, every, keep
        self._writer = SnapshotWriter(folder)
        self._taken_at = 0
        self._noted: Noted | None = None
        """Of the one that is being written."""
        self._kept: deque[Kept] = deque()
        self._untidy = True
        """May there be files that are not to be kept?"""
        self.why_none = cannot_stand(core) if every else "none are asked for"
        """Empty where snapshots are taken."""

    def look_anew(self) -> None:
        """Look whether snapshots can be taken still, after strategies have joined."""
        self.why_none = self.why_none or cannot_stand(self._core)

    def told(self) -> dict[str, object]:
        """Return what the journal is to say of snapshots when a session starts."""
        return {"none": self.why_none} if self.why_none else {"every": self._every, "keep": self._keep}

    def begin(self, known: Sequence[Kept]) -> None:
        """Go on behind the snapshots that there are, the latest first: from that one the session came back."""
        if known:
            self._taken_at = known[0].noted.records
            self._kept.extend(reversed(known[: self._keep]))

    def look(self) -> None:
        """Take a snapshot if one is due, and journal one that is written; between two records, all rows handed over."""
        self._note(wait=False)
        self._forget()
        if not self.why_none and not self._writer.busy and self._core.taken - self._taken_at >= self._every:
            self._take()

    def finish(self) -> None:
        """Take a last one, and wait for it."""
        self._note(wait=True)
        if not self.why_none and self._core.taken > self._taken_at:
            self._take()
            self._note(wait=True)

    def close(self) -> None:
        """End the thread that writes, once all rows are written."""
        self._writer.close()
        self._forget()

    def _take(self) -> None:
        start, seq = time.perf_counter(), self._journal.given
        self._taken_at = self._core.taken
        try:
            standing = standing_of(self._core, seq)
        except SnapshotError as error:
            self.why_none = str(error)
            self._fail(self.why_none)
            return
        pause_us = round((time.perf_counter() - start) * 1e6)
        self._write(standing, Noted(self._taken_at, "", "", standing.fingerprints, seq, 0, pause_us))

    def _write(self, standing: Standing, noted: Noted) -> None:
        self._noted = noted
        self._writer.write(noted.records, standing.values, standing.held)

    def _note(self, *, wait: bool) -> None:
        """Journal what has been written."""
        try:
            written = self._writer.done(wait=wait)
        except OSError as error:
            self._fail(f"it can't be written: {error.strerror or error}")
            return
        if written is not None and self._noted is not None:
            noted = _complete(self._noted, written)
            seq = self._journal.put(SNAPSHOT, msgspec.to_builtins(noted), time_ns=self._core.clock.last_ns)
            self._kept.append(Kept(seq, noted))
            self._untidy = True

    def _forget(self) -> None:
        """Remove old files once the latest that are to be kept count."""
        if self._untidy and len(self._kept) >= self._keep and self._kept[-1].seq <= self._journal.durable:
            while len(self._kept) > self._keep:
                self._kept.popleft()
            self._untidy = False
            self._writer.keep([kept.noted.file for kept in self._kept])

    def _fail(self, why: str) -> None:
        self._journal.put(FAILED, {"why": why}, time_ns=self._core.clock.last_ns)


def _complete(noted: Noted, written: Written) -> Noted:
    return msgspec.structs.replace(noted, file=written.file, sha256=written.sha256, bytes=written.bytes)
