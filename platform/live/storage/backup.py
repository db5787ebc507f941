"""Copying a session's folder, one that is running too, and putting a copy back. Both are verified before they count."""

import os
import shutil
from pathlib import Path

from lockstep.data.disk import FRESH, make_folder, sync_folder, write_file
from lockstep.data.recordings.files import ARCHIVE, HEAD, JOURNAL, LOCK, RING, TAPE_FILE, last_row
from lockstep.data.recordings.head import packed, read_head
from lockstep.data.recordings.journal_base import JournalBase
from lockstep.data.recordings.journal_rows import Head
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError

_APART = (ARCHIVE, HEAD, JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm", LOCK, RING, TAPE_FILE)
"""What is not copied as it lies there."""


def back_up(folder: Path, target: Path) -> Head:
    """Copy a session to a new folder; return how far the copy goes.

    The session may go on meanwhile: rows are those of one moment, the tape goes as far as they know it, and other
    files are older than the rows. Raises ``JournalError`` where the folder is no session or a flawed one, or where the
    target is there.
    """
    return _copied(folder, target)


def restore(backup: Path, folder: Path) -> Head:
    """Put a copy back as a session's folder, which must not be there; return how far it goes.

    What the session wrote after the copy is not in it: if that one went on, orders that the copy does not know may be
    at the exchange. Raises ``JournalError`` where the copy is flawed.
    """
    return _copied(backup, folder)


def _copied(source: Path, target: Path) -> Head:
    fresh = target.with_name(target.name + FRESH)
    if target.exists():
        raise JournalError(f"{target} is there already: name a folder that is not, nothing is overwritten")
    try:
        head = read_head(source / HEAD)
        journal = JournalBase(source / JOURNAL)
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            make_folder(target.parent)
            fresh.mkdir(0o700)
            _copy_others(source, fresh)
            _copy_journal(journal, fresh)
        finally:
            journal.close()
        end = _copy_tape(source, fresh)
        _check(fresh, source, head)
        _sync(fresh)
        os.rename(fresh, target)
        sync_folder(target.parent)
    except OSError as error:
        raise JournalError(f"{source} can't be copied to {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return end


def _copy_others(source: Path, fresh: Path) -> None:
    """Snapshots and whatever else the session keeps, before the rows: none of it is ahead of them."""
    for path in sorted(source.rglob("*")):
        place = path.relative_to(source)
        if place.parts[0] in _APART or place.name.endswith(FRESH) or not path.is_file():
            continue
        (fresh / place.parent).mkdir(0o700, parents=True, exist_ok=True)
        try:
            _copy_file(path, fresh / place)
        except FileNotFoundError:
            continue  # removed meanwhile, as old snapshots are


def _copy_journal(journal: JournalBase, fresh: Path) -> None:
    target = fresh / JOURNAL
    write_file(target, b"", 0o600)
    journal.copy_to(target)
    archive = journal.path.parent / ARCHIVE
    copy = JournalBase(target)
    copy.close()
    if copy.start.seq and archive.is_dir():
        (fresh / ARCHIVE).mkdir(0o700)
        for path in sorted(archive.glob("*.db")):
            if last_row(path) <= copy.start.seq:
                _copy_file(path, fresh / ARCHIVE / path.name)


def _copy_tape(source: Path, fresh: Path) -> Head:
    """The tape as far as the copied rows know it, and the head of the copy."""
    with Recording(fresh) as copy:
        end = copy.end()
    if (source / TAPE_FILE).exists():
        _copy_file(source / TAPE_FILE, fresh / TAPE_FILE, end.records * TAPE.itemsize)
    write_file(fresh / HEAD, packed(end), 0o600)
    return end


def _copy_file(source: Path, target: Path, size: int | None = None) -> None:
    with (
        open(source, "rb") as read,
        open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written,
    ):
        left = os.fstat(read.fileno()).st_size if size is None else size
        while left and (piece := read.read(min(left, 1 << 20))):
            written.write(piece)
            left -= len(piece)


def _check(fresh: Path, source: Path, head: Head | None) -> None:
    with Recording(fresh) as copy:
        # Segments that were taken elsewhere are no reason to go without a copy of the rest.
        flaws = verify(copy, head, archived_elsewhere=True)
    if flaws:
        raise JournalError(f"{source} is not what was written: {flaws[0].what}; nothing was copied")


def _sync(fresh: Path) -> None:
    for path in [*fresh.rglob("*"), fresh]:
        if path.is_dir():
            sync_folder(path)
        else:
            with open(path, "rb") as file:
                os.fsync(file.fileno())
