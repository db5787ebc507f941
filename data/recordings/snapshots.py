"""The snapshots of a recorded session: which there are, and reading one that is proven by the journal.

A snapshot counts from the moment its row is durable: the row has the file's hash, and is itself in the chain.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from lockstep.data.recordings.files import SNAPSHOT, SNAPSHOTS
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshot_file import Snapshot
from lockstep.errors import SnapshotError

MOST = 16
"""Rows that are looked at: of older ones the files were removed long ago."""


class Noted(msgspec.Struct, frozen=True):
    """What the row of a snapshot says."""

    records: int
    """Of the tape, that had happened."""
    file: str
    """In the folder of snapshots."""
    sha256: str
    """Of the file, in hexadecimal."""
    fingerprints: dict[str, str]
    """Of each lane."""
    seq: int
    """The latest row of the journal that had been put."""
    bytes: int = 0
    """Of the file."""
    pause_us: int = 0
    """How long the session stood still for it."""


class Kept(NamedTuple):
    """A snapshot that was written."""

    seq: int
    """The journal's row that says so."""
    noted: Noted


def snapshots_of(recording: Recording, last: int | None = None) -> Iterator[Kept]:
    """Return the snapshots that rows up to ``last`` tell of, the latest first."""
    for row in islice(recording.latest(SNAPSHOT, last), MOST):
        yield Kept(row.seq, _noted(row))


def read_snapshot(folder: Path, kept: Kept) -> Snapshot:
    """Return a snapshot; raises ``SnapshotError`` where its file is missing or not what was written."""
    path = folder / SNAPSHOTS / Path(kept.noted.file).name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SnapshotError(f"{kept.noted.file} can't be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != kept.noted.sha256:
        raise SnapshotError(f"{kept.noted.file} is not what was written when row {kept.seq} was")
    try:
        return Snapshot(content)
    except SnapshotError as error:
        raise SnapshotError(f"{kept.noted.file}: {error}") from error


def _noted(row: Row) -> Noted:
    try:
        return msgspec.json.decode(row.body, type=Noted)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"row {row.seq} tells of no snapshot ({error})") from error
