"""Moving the tape before a session's snapshots into a file of its own, which may be taken elsewhere.

What stays is proven as before: the blocks of the chain keep their hashes, and a row names what was moved, with the hash
of its file and of the chain at its end. The tape's file has a hole there: records keep their places, and the disk gets
its room back. The session comes back from its snapshots; what needs the first record needs the moved ones here.
"""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from lockstep.data.disk import FRESH, make_folder, sync_folder
from lockstep.data.recordings.files import TAPE_ARCHIVED, TAPE_FILE, TAPE_PARTS, part_name
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshots import read_snapshot, snapshots_of
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.errors import JournalError, SnapshotError
from lockstep.live.storage.lock import FolderLock
from lockstep.live.storage.storage import Storage

SAFE = 2
"""Whole snapshots that must lie behind what is moved."""
_SIZE, _PIECE = TAPE.itemsize, 1 << 20


class Cut(NamedTuple):
    """What is to be moved: records behind ``start`` up to ``stop``, where a block ends."""

    start: int
    stop: int
    block: bytes


def move_tape(folder: Path) -> Path | None:
    """Move what lies before the snapshots; return the file, None where there is nothing to move.

    The session must not run. A crash in between leaves the tape whole or with its hole, and its row in both cases.
    Raises ``SessionOwnedError``, and ``JournalError`` where no two snapshots are whole, or the disk is full.
    """
    storage = Storage(folder)
    try:
        with Recording(folder) as recording:
            cut, time_ns = _cut_of(recording), recording.row(recording.end().seq).time_ns
        if cut is None:
            return None
        path, digest = _copied(folder, cut)
        storage.journal.put(TAPE_ARCHIVED, {
            "first": cut.start + 1, "records": cut.stop, "sha256": digest, "block": cut.block.hex(),
        }, time_ns=time_ns)  # fmt: skip
        storage.journal.hand_over()
        storage.journal.wait(storage.journal.given)
    except OSError as error:
        raise JournalError(f"the tape of {folder} can't be moved ({error}): make room and try again") from error
    finally:
        storage.close()
    _leave_hole(folder, cut.stop)
    return path


def _cut_of(recording: Recording) -> Cut | None:
    safe = []
    for kept in snapshots_of(recording):
        try:
            read_snapshot(recording.folder, kept)
        except SnapshotError:
            continue
        safe.append(kept.noted.records)
    if len(safe) < SAFE:
        raise JournalError(
            f"{recording.folder} has {len(safe)} whole snapshots, and {SAFE} must lie behind what is moved: let it run"
            " on, with snapshots"
        )
    start, blocks = recording.tape_start, list(recording.blocks())
    # The latest block is looked at when the session starts: it stays.
    ends = [block for block in blocks[:-2] if start < block.records <= safe[SAFE - 1]]
    return Cut(start, ends[-1].records, ends[-1].hash) if ends else None


def _copied(folder: Path, cut: Cut) -> tuple[Path, str]:
    make_folder(folder / TAPE_PARTS)
    os.chmod(folder / TAPE_PARTS, 0o700)
    for path in (folder / TAPE_PARTS).glob("*"):
        if path.name >= part_name(cut.start + 1, 0):
            path.unlink()  # of a move that was cut short: its records are in the tape
    path = folder / TAPE_PARTS / part_name(cut.start + 1, cut.stop)
    fresh, digest = path.with_name(path.name + FRESH), hashlib.sha256()
    with open(folder / TAPE_FILE, "rb") as tape, open(fresh, "wb") as copy:
        tape.seek(cut.start * _SIZE)
        left = (cut.stop - cut.start) * _SIZE
        while left and (piece := tape.read(min(_PIECE, left))):
            copy.write(piece)
            digest.update(piece)
            left -= len(piece)
        copy.flush()
        os.fsync(copy.fileno())
    os.rename(fresh, path)
    sync_folder(path.parent)
    return path, digest.hexdigest()


def _leave_hole(folder: Path, stop: int) -> None:
    """Write the tape anew without its first records; where they lay nothing takes room."""
    lock, path = FolderLock(folder), folder / TAPE_FILE
    try:
        fresh = path.with_name(path.name + FRESH)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(path, "rb") as tape, open(handle, "wb") as copy:
            for file in (tape, copy):
                file.seek(stop * _SIZE)
            while piece := tape.read(_PIECE):
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        os.replace(fresh, path)
        sync_folder(folder)
    finally:
        lock.close()
