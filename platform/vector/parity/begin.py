"""Where a proof begins: at the first record, or at the oldest snapshot behind which all is here."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshot_file import Snapshot
from lockstep.data.recordings.snapshots import read_snapshot, snapshots_of
from lockstep.data.recordings.terms import SessionTerms, terms_of
from lockstep.errors import JournalError, ParityError, SnapshotError
from lockstep.kernels.ticks.saved import TYPES
from lockstep.strategies.over_ticks.controls import Controls
from lockstep.strategies.over_ticks.kept_commands import commands_of
from lockstep.strategies.over_ticks.saved import (
    ACCOUNT_TYPES,
    account_name,
    bar_guards_in,
    bar_lane_name,
    lane_name,
    resume_controls,
)

Records = npt.NDArray[np.void]


class Standing:
    """A session as a snapshot holds it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._lanes = list(snapshot.values["lanes"])

    def lane(self, name: str) -> tuple[Mapping[str, Any], Mapping[str, Records]] | None:
        """Return what a lane remembered, None for one of whose symbol nothing had been heard."""
        if name not in self._lanes:
            return None
        number = self._lanes.index(name)
        return self._snapshot.values["lanes"][name], self._snapshot.parts(lane_name(number), TYPES)

    def bar_lane(self, name: str) -> tuple[Mapping[str, Any], Mapping[str, Records]] | None:
        """Return what a lane over bars remembered, None for one of whose symbols nothing had been heard."""
        from lockstep.strategies.over_bars.saved import TYPES as OVER_BARS  # brings kernels that ticks never load

        kept = list(self._snapshot.values["over_bars"])
        if name not in kept:
            return None
        number = kept.index(name)
        return self._snapshot.values["over_bars"][name], self._snapshot.parts(bar_lane_name(number), OVER_BARS)

    def resume(self, controls: Controls) -> None:
        """Let controls that were just made stand as they stood, once all lanes that they watch are there."""
        numbers = range(len(controls.accounts))
        parts = [self._snapshot.parts(account_name(number), ACCOUNT_TYPES) for number in numbers]
        guards = bar_guards_in(controls, self._snapshot)
        resume_controls(controls, self._snapshot.values["controls"], parts, guards)

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Of lanes that had begun anew."""
        return dict(self._snapshot.values["controls"]["parameters"])

    @property
    def added(self) -> list[dict[str, Any]]:
        """Commands by which lanes had been added."""
        return list(self._snapshot.values["added"])

    @property
    def halted(self) -> dict[str, str]:
        """Lanes that went on no more, and why."""
        return dict(self._snapshot.values["halted"])

    @property
    def due(self) -> dict[int, tuple[str, Any]]:
        """Commands that had been given and not been obeyed, by their rows."""
        return {seq: (kind, content) for seq, (kind, content) in self._snapshot.values["due"]}


class Begin(NamedTuple):
    """Where the lanes stand before anything is compared."""

    terms: SessionTerms
    """As the session began."""
    tape: Records
    """TAPE[records]; those before ``records`` are a hole, or are there and were taken: none of them is to be."""
    records: int = 0
    seq: int = 0
    """Rows behind this one are compared."""
    standing: Standing | None = None

    @property
    def added(self) -> list[dict[str, Any]]:
        """Commands by which lanes had been added by then."""
        return [] if self.standing is None else self.standing.added

    def controls(self) -> Controls:
        """Return controls with the lanes that there are by then.

        Who shares an account with whom was settled when the session began, whoever has joined since.
        """
        controls = Controls(self.terms.lanes, self.terms.limits)
        for content in self.added:
            controls.obey(ADD, content)
        return controls

    def commands(self, recording: Recording) -> dict[int, tuple[str, Any]]:
        """Return the commands that may be on the tape, by their rows."""
        due = {} if self.standing is None else self.standing.due
        return due | commands_of(recording, self.seq + 1)


def begin_of(recording: Recording, last: int | None) -> Begin:
    """Return where the proof of a session begins, of its rows up to ``last``.

    Raises ``ParityError`` where neither its first record nor a snapshot with all behind it is here.
    """
    terms = terms_of(recording.description())
    try:
        if recording.start.seq == 0:
            return Begin(terms, recording.tape_from())
        missing = f"rows 1 to {recording.start.seq} of the journal were archived and are not here"
    except JournalError as error:
        missing = str(error)
    for kept in reversed(list(snapshots_of(recording, last))):
        if kept.noted.records >= recording.tape_start and kept.noted.seq >= recording.start.seq:
            try:
                standing = Standing(read_snapshot(recording.folder, kept))
            except SnapshotError:
                continue
            return Begin(terms, recording.tape, kept.noted.records, kept.noted.seq, standing)
    raise ParityError(f"{missing}, and there is no whole snapshot to begin with: put back what was moved")
