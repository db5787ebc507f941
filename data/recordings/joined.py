"""Commands that added strategies to a session while it ran, wherever its recording still tells of them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any

from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshots import read_snapshot, snapshots_of
from lockstep.errors import SnapshotError

Content = Mapping[str, Any]
"""Of such a command: ``lanes`` are the terms of the lanes, ``code`` what decides beside the rest."""


def additions_in(recording: Recording) -> Iterator[Content]:
    """Give what such commands said, the first one first; one may come twice.

    Where rows were archived and lie elsewhere a snapshot says which were added before.
    """
    return chain(_archived(recording), (row.content() for row in recording.rows(kinds=[ADD])))


def _archived(recording: Recording) -> list[Content]:
    for kept in snapshots_of(recording) if recording.start.seq else ():
        with suppress(SnapshotError):
            return list(read_snapshot(recording.folder, kept).values["added"])
    return []
