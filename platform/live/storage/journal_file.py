"""The SQLite file of a journal, written by one thread: a commit makes the tape durable, then the rows that name it."""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Protocol

from lockstep.data.disk import sync_folder
from lockstep.data.recordings.journal_base import TABLES, end_of, start_of
from lockstep.data.recordings.journal_rows import START, Head, Row, link
from lockstep.data.recordings.tape_chain import Block, chained
from lockstep.errors import JournalError
from lockstep.live.storage.checkpoints import Checkpoints, checkpoint
from lockstep.live.storage.head import HeadFile
from lockstep.live.storage.tape import Tape, place

CHECKPOINT_PAGES = 4000
"""Pages written to the log after which they are put into the file as soon as nothing else is to be done."""
MOST_PAGES = 50_000
"""Of the log, behind which commits wait until they are: 200 MB."""
_PAGE = 4096
LOOK_SECONDS = 0.1
"""How often to look whether the files are still those that were opened."""
AT_ONCE = 100
"""Rows in one statement."""
# A commit is one statement: each one gives the interpreter to the session's thread, and waits to have it back.
_ENTRY = (
    "CREATE TEMP VIEW entry AS SELECT *, 0 AS records, 0 AS block FROM journal",
    """CREATE TEMP TRIGGER entered INSTEAD OF INSERT ON entry BEGIN
        INSERT INTO journal VALUES
            (NEW.seq, NEW.time_ns, NEW.kind, NEW.strategy, NEW.symbol, NEW.tape, NEW.body, NEW.hash);
        INSERT INTO blocks SELECT NEW.records, NEW.seq, NEW.block WHERE NEW.records IS NOT NULL;
    END""",
)
_READERS_SECONDS = 0.2
"""How long the checkpoint at the start waits for those who read; nothing else waits for them."""
_SETTINGS = ("journal_mode=WAL", "wal_autocheckpoint=0")
Durable = Literal["full", "normal"]
"""Is a row durable when the disk has it, or when the operating system has it?"""


class Connection(Protocol):
    """What is needed of SQLite."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Any:
        """Run a statement."""

    def close(self) -> None:
        """Close the file."""


def connect(path: Path) -> Connection:
    """Open a file that is read and written."""
    return sqlite3.connect(path, timeout=_READERS_SECONDS, isolation_level=None, check_same_thread=False)


class JournalFile:
    """The rows and blocks of one session. ``end`` is how far they go.

    ``durable`` normal leaves it to the operating system when the disk has them: a crash of the process takes nothing
    back then, a loss of power what was written last.

    Raises ``JournalError`` where the file is no journal, or ends before the head that was kept outside of it.
    """

    def __init__(
        self, path: Path, head: HeadFile, open_base: Callable[[Path], Connection] = connect, *,
        durable: Durable = "full", aside: bool = False,
    ) -> None:  # fmt: skip
        """Open it; ``aside`` lets checkpoints run on a thread of their own."""
        self._path, self._head, self._synced = path, head, durable == "full"
        self.end: Head = START
        self._pages = 0
        """Written to the log since the last checkpoint, about."""
        self._left = 0
        """In the log behind that."""
        self._aside = Checkpoints(lambda: open_base(path)) if aside else None
        _make(path)
        try:
            self._base = open_base(path)
        except Exception as error:
            raise _no_journal(path, error) from error
        try:
            self._prepare()
        except JournalError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise _no_journal(path, error) from error

    def commit(self, rows: Sequence[Row], tape: Tape, records: int) -> None:
        """Make rows durable, and before them the tape up to ``records``: as far as it was flushed and they name it.

        Raises ``OSError``, ``JournalError`` or what SQLite raises; then nothing of it may be acknowledged, and nothing
        more be written.
        """
        joined, end = [], self.end
        for row in rows:
            row = row._replace(hash=link(end.hash, row))
            joined.append(row)
            end = end._replace(seq=row.seq, hash=row.hash)
        block = None
        if records > end.records:
            if self._synced:
                tape.sync()
            block = chained(end.block, end.seq, end.hash, records, tape.content(end.records, records))
            end = end._replace(records=records, block=block.hash)
        self._insert(joined, block)
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._look(tape)
        self.end = end
        self._pages += 2 + 2 * bool(block) + sum(len(row.body) + 128 for row in joined) // _PAGE

    def keep_head(self) -> None:
        """Tell the head, outside of the journal, how far it goes. Whoever waits for rows need not wait for this."""
        self._head.write(self.end)
        if self._left + self._pages >= MOST_PAGES:
            checkpoint(self._base)
            self._left = self._pages = 0

    def check_tape(self, tape: Tape) -> None:
        """Look whether the latest block of the tape is what was written; raises ``JournalError``."""
        last = self._base.execute("SELECT records, seq, hash FROM blocks ORDER BY records DESC LIMIT 2").fetchall()
        if not last:
            return
        block, start = Block(*last[0]), start_of(self._base.execute)
        records, hash_ = (last[1][0], last[1][2]) if len(last) > 1 else (start.records, start.block)
        row = self._base.execute("SELECT hash FROM journal WHERE seq = ?", (block.seq,)).fetchone()
        row_hash = row[0] if row else start.hash
        if chained(hash_, block.seq, row_hash, block.records, tape.content(records, block.records)) != block:
            raise JournalError(
                f"{tape.path} is not what was written up to record {block.records}: restore it from a backup"
            )

    def settle(self, idle: bool) -> None:
        """Do what can wait until nothing waits: put what is in the write-ahead log into the file once it is long.

        ``idle`` says that nothing has come for a while: the head is synced too.
        """
        left = None if self._aside is None else self._aside.done()
        self._left = self._left if left is None else left
        if self._pages >= CHECKPOINT_PAGES:
            self._checkpoint()
        if idle:
            self._head.sync()

    def _checkpoint(self) -> None:
        if self._aside is None:
            checkpoint(self._base)
        else:
            self._aside.begin()
        self._pages = 0

    def close(self) -> None:
        """Close the file."""
        for each in (self._aside, self._base):
            with suppress(Exception):  # it only tidies up: what was told to be durable is
                if each is not None:
                    each.close()

    def _prepare(self) -> None:
        for setting in (*_SETTINGS, f"synchronous={'FULL' if self._synced else 'NORMAL'}"):
            self._base.execute(f"PRAGMA {setting}").fetchone()
        for statement in (*TABLES.split(";")[:-1], *_ENTRY):
            self._base.execute(statement)
        # Switching to a write-ahead log leaves a rollback journal behind, which SQLite removes without syncing that.
        sync_folder(self._path.parent)
        # What an earlier process could not sync is written anew, and not believed because it can be read.
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.end = end_of(self._base.execute)
        self._meet_head()
        self._looked = time.monotonic()
        self._files = {path: place(os.stat(path)) for path in (str(self._path), f"{self._path}-wal")}

    def _meet_head(self) -> None:
        """The head must be found in the journal, or lie before all of it."""
        head = self._head.latest or START
        row = self._base.execute("SELECT hash FROM journal WHERE seq = ?", (head.seq,)).fetchone()
        ahead = head.seq > self.end.seq or head.records > self.end.records
        if ahead or (row and row[0] != head.hash):
            raise JournalError(
                f"{self._path} ends at row {self.end.seq} and is not the journal that was written up to row {head.seq}:"
                " look with `lockstep journal verify`, and restore the session from a backup"
            )
        if self._head.latest is None:
            self._head.write(self.end)

    def _insert(self, rows: list[Row], block: Block | None) -> None:
        if not rows:
            if block is not None:
                self._base.execute("INSERT INTO blocks VALUES (?, ?, ?)", block)
            return
        entries: list[tuple[Any, ...]] = [(*row, None, None) for row in rows]
        if block is not None:
            entries[-1] = (*rows[-1], block.records, block.hash)
        if len(entries) <= AT_ONCE:
            self._put(entries)
            return
        self._base.execute("BEGIN IMMEDIATE")
        for start in range(0, len(entries), AT_ONCE):
            self._put(entries[start : start + AT_ONCE])
        self._base.execute("COMMIT")

    def _put(self, entries: Sequence[tuple[Any, ...]]) -> None:
        marks = ",".join([f"({','.join('?' * 10)})"] * len(entries))
        self._base.execute(f"INSERT INTO entry VALUES {marks}", [value for entry in entries for value in entry])

    def _look(self, tape: Tape) -> None:
        """What was written must be what lies in the folder: a file that was moved away takes rows with it."""
        self._looked = time.monotonic()
        for path, was in (*self._files.items(), (str(tape.path), tape.place)):
            if place(os.stat(path)) != was:
                raise JournalError(f"{path} was replaced while the session wrote it")


def _make(path: Path) -> None:
    """Make an empty file that only its owner can read; SQLite gives the files beside it the same rights."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        sync_folder(path.parent)


def _no_journal(path: Path, error: Exception) -> JournalError:
    return JournalError(
        f"{path} can't be used as a journal ({error}): name another folder, or restore it from a backup"
    )
