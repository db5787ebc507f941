"""A session that was cut off comes back: from its newest snapshot that is whole, and the tape behind it taken again.

Without a snapshot the whole tape is. What lanes write again must be what was journaled, row for row. What goes beyond
the journal was decided, but no one had been told: it is journaled now.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshot_file import Snapshot
from lockstep.data.recordings.snapshots import Kept
from lockstep.errors import SessionError, SnapshotError
from lockstep.live.session.core import Core, Rows, Stall
from lockstep.live.session.standing import resume
from lockstep.strategies.over_ticks.kept_commands import commands_of

DERIVED = ("intent", "risk", "fill", "order", "flow", "state", "event_refused", "strategy_halted",
           "strategy_stalled")  # fmt: skip
"""Kinds of rows that follow from the tape."""
PIECE = 4096


class Compared:
    """Stands for the journal while a tape is taken again."""

    def __init__(self, rows: Iterator[Row], journal: Rows) -> None:
        self._rows, self._journal = rows, journal
        self.at = 0
        """Records of the tape that were taken again."""
        self.agreed = self.added = 0
        """Rows that were the same, and rows that the journal had not."""

    def put(
        self, kind: str, content: Any, *, time_ns: int, strategy: str = "", symbol: str = "", tape: int | None = None
    ) -> int:
        """Compare a row with the next one of the journal; behind its end put it there."""
        row = next(self._rows, None)
        if row is None:
            self.added += 1
            return self._journal.put(kind, content, time_ns=time_ns, strategy=strategy, symbol=symbol, tape=self.at)
        found = (kind, strategy, symbol, time_ns, self.at if tape is None else tape)
        expected = (row.kind, row.strategy, row.symbol, row.time_ns, row.tape)
        if found != expected or content != row.content():
            raise SessionError(
                f"row {row.seq} of the journal can't be decided again: it holds {expected} {row.content()}, taking the"
                f" tape again gives {found} {content}: let a new session take over what it has (lockstep paper --from)"
            )
        self.agreed += 1
        return row.seq

    def missing(self) -> list[Row]:
        """Return the rows that the tape no longer leads to."""
        return list(self._rows)


class Stood(NamedTuple):
    """A session that stands where a snapshot was taken, or at its start."""

    core: Core
    kept: Kept | None
    """The snapshot, None for the start."""
    passed_over: list[str]
    """Why newer snapshots were not taken."""


def stand_up(
    make: Callable[[], Core], found: Iterable[Kept], read: Callable[[Kept], Snapshot], records: int
) -> Stood:  # fmt: skip
    """Make a session and let it go on from the first of the snapshots ``found`` that is whole.

    ``records`` is how far the tape goes.
    """
    passed_over: list[str] = []
    for kept in found:
        core = make()
        try:
            if kept.noted.records > records:
                raise SnapshotError(f"{kept.noted.file} is of record {kept.noted.records}, the tape ends at {records}")
            resume(core, read(kept), kept.noted.fingerprints)
        except SnapshotError as error:
            passed_over.append(str(error))
            continue
        return Stood(core, kept, passed_over)
    return Stood(make(), None, passed_over)


def take_again(core: Core, recording: Recording, journal: Rows, kept: Kept | None) -> tuple[Compared, list[int]]:
    """Take the tape again from where the core stands; return what came of it, and the commands still to be obeyed."""
    first = taken_up(core, recording, kept)
    compared = Compared(recording.rows(first, kinds=DERIVED), journal)
    core.journal = compared
    return compared, recover(core, recording, compared)


def taken_up(core: Core, recording: Recording, kept: Kept | None) -> int:
    """Give a core what journaled rows behind a snapshot tell it to do again; return the first of these rows.

    Raises ``SessionError`` where what is to be taken again lies elsewhere.
    """
    first = kept.noted.seq + 1 if kept else 1
    if first <= recording.start.seq:
        raise SessionError(
            f"rows up to {recording.start.seq} were archived and lie elsewhere, and the tape is to be taken again from"
            f" row {first}: put them back into {recording.folder}"
        )
    stalled = recording.rows(first, kinds=["strategy_stalled"])
    core.expect_stalls({row.strategy: Stall(row.tape, row.content()) for row in stalled})
    core.commands |= commands_of(recording, first)
    return first


def recover(core: Core, recording: Recording, compared: Compared) -> list[int]:
    """Take a recorded tape again, from where the session stands; raises ``SessionError`` where it leads elsewhere.

    ``core.commands`` are all that were journaled and not obeyed by then. Returns the rows of those that are not on the
    tape: they are to be obeyed now.
    """
    tape = recording.tape_from(core.taken)
    for start in range(core.taken, len(tape), PIECE):
        # Copied: what is mapped for reading is another type to compiled code, which would be compiled once more.
        piece = np.array(tape[start : start + PIECE])
        for k, moment in enumerate(piece["received_ns"].tolist()):
            core.clock.last_ns, compared.at = moment, start + k + 1
            core.happen(piece[k : k + 1])
    left = compared.missing()
    if left:
        raise SessionError(
            f"row {left[0].seq} of the journal ({left[0].kind}) and {len(left) - 1} after it don't follow from the tape"
        )
    return list(core.commands)
