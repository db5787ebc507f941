"""Moving old rows out of a journal into an archived segment, so that the chain still proves all of them.

A segment is an SQLite file like the journal, with its rows and their blocks of the tape. Its last hash is what the
journal's first row follows. It may be moved elsewhere: what stays is proven without it, from that hash on. The tape
is left as it is (`tape_retention` moves what lies before snapshots).
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from lockstep.data.disk import FRESH, make_folder, sync_folder, write_file
from lockstep.data.recordings.files import ARCHIVE, HEAD, JOURNAL, last_row, segment_name
from lockstep.data.recordings.journal_base import TABLES, JournalBase, end_of, journal_file, start_of
from lockstep.data.recordings.journal_rows import START, Head
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import block_flaws, moved_of, row_flaws
from lockstep.errors import JournalError
from lockstep.live.storage.head import HeadFile
from lockstep.live.storage.journal_file import JournalFile
from lockstep.live.storage.lock import FolderLock


def compact(folder: Path, keep: int) -> Path | None:
    """Move all rows but the latest ``keep`` into a segment; return its path, None where there is nothing to move.

    The session must not run. A crash in between leaves the journal as it was or as it is to be. Raises
    ``SessionOwnedError``, and ``JournalError`` where the rows are flawed or the disk is full.
    """
    path = journal_file(folder / JOURNAL)
    if keep < 0:
        raise JournalError(f"so many rows can't be kept: {keep}; expected 0 or more")
    lock = FolderLock(folder)
    try:
        _settled(folder)
        with closing(sqlite3.connect(path, isolation_level=None)) as base:
            start, last = start_of(base.execute), end_of(base.execute).seq - keep
            _clear_leftovers(folder / ARCHIVE, start)
            if last <= start.seq:
                return None
            until = _head_at(base, start, last)
            segment = folder / ARCHIVE / segment_name(start.seq + 1, last)
            _write_segment(folder, segment, start, until)
            _cut(base, until)
        return segment
    except (sqlite3.Error, OSError) as error:
        raise JournalError(
            f"{folder} can't be compacted ({error}): nothing is lost, make room and try again"
        ) from error
    finally:
        lock.close()


def _settled(folder: Path) -> None:
    """What a crash has left is put right, and the head is looked at, as when a session starts."""
    head = HeadFile(folder / HEAD)
    try:
        JournalFile(folder / JOURNAL, head).close()
    finally:
        head.close()


def _clear_leftovers(archive: Path, start: Head) -> None:
    """Remove what a compaction wrote that did not come to its end: its rows are still in the journal."""
    for path in archive.glob("*"):
        if path.name.endswith(FRESH) or last_row(path) > start.seq:
            path.unlink()


def _head_at(base: sqlite3.Connection, start: Head, last: int) -> Head:
    (hash_,) = base.execute("SELECT hash FROM journal WHERE seq = ?", (last,)).fetchone()
    newest = "SELECT records, hash FROM blocks WHERE seq <= ? ORDER BY records DESC LIMIT 1"
    return Head(last, hash_, *(base.execute(newest, (last,)).fetchone() or start[2:]))


def _write_segment(folder: Path, segment: Path, start: Head, until: Head) -> None:
    make_folder(segment.parent)
    os.chmod(segment.parent, 0o700)
    fresh = segment.with_name(segment.name + FRESH)
    write_file(fresh, b"", 0o600)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as base:
        base.executescript(f"PRAGMA synchronous=FULL; {TABLES}")
        base.execute("ATTACH DATABASE ? AS live", (str(folder / JOURNAL),))
        base.execute("BEGIN")
        if start != START:
            base.execute("INSERT INTO start VALUES (?, ?, ?, ?)", start)
        base.execute("INSERT INTO journal SELECT * FROM live.journal WHERE seq <= ? ORDER BY seq", (until.seq,))
        base.execute("INSERT INTO blocks SELECT * FROM live.blocks WHERE records <= ?", (until.records,))
        base.execute("COMMIT")
    _check(folder, fresh, until)
    os.rename(fresh, segment)
    sync_folder(segment.parent)


def _check(folder: Path, fresh: Path, until: Head) -> None:
    with Recording(folder) as recording, closing(JournalBase(fresh)) as part:
        flaws = [
            *row_flaws(part, None, recording.end().records), *block_flaws(recording, part, list(moved_of(recording))),
        ]  # fmt: skip
        if flaws or part.end() != until:
            what = flaws[0].what if flaws else "the copy differs"
            raise JournalError(f"{folder} is not what was written, and was left as it is: {what}")


def _cut(base: sqlite3.Connection, until: Head) -> None:
    base.execute("PRAGMA synchronous=FULL")
    base.execute("BEGIN IMMEDIATE")
    base.execute("DELETE FROM start")
    base.execute("INSERT INTO start VALUES (?, ?, ?, ?)", until)
    base.execute("DELETE FROM journal WHERE seq <= ?", (until.seq,))
    base.execute("DELETE FROM blocks WHERE records <= ?", (until.records,))
    base.execute("COMMIT")
    base.execute("VACUUM")
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
