"""What the gateway writes down for itself: refused logins, tokens made and revoked, starts and ends.

Rows are chained by hashes as those of a session's journal are, and only ever added. Two processes may write: the
gateway, and a command line that changes tokens.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lockstep.data.recordings.journal_rows import ORIGIN, Flaw, Row, encode, link
from lockstep.errors import JournalError
from lockstep.live.gateway.security.redaction import redacted
from lockstep.live.gateway.security.tokens import private_folder

FILE = "audit.sqlite"
_PATIENCE_SECONDS = 5.0
_TABLE = """
CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL
) STRICT
"""
_KEPT = ("UPDATE", "DELETE")
"""What no statement does to rows: an accident of ours, not a thief, is what this keeps off."""


class Audit:
    """The audit of one home. Each call opens the file: they are few, and made from threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def append(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Add rows (kind and content), all or none; they are on the disk when it returns.

        Raises ``JournalError`` where they can't be.
        """
        private_folder(self._path.parent)
        with self._base() as base:
            base.execute("BEGIN IMMEDIATE")
            last = base.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
            seq, previous = last or (0, ORIGIN)
            for kind, content in events:
                seq += 1
                row = Row(seq, time.time_ns(), kind, "", "", 0, encode(redacted(dict(content))), b"")
                previous = link(previous, row)
                base.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", (*row[:3], row.body, previous))
            base.execute("COMMIT")

    def rows(self, after: int = 0, most: int = 500) -> list[Row]:
        """Return rows behind the row ``after``."""
        if not self._path.exists():
            return []
        with self._base() as base:
            found = base.execute("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (after, most)).fetchall()
        return [Row(seq, time_ns, kind, "", "", 0, body, hash_) for seq, time_ns, kind, body, hash_ in found]

    def flaw(self) -> Flaw | None:
        """Return the first row that is not what was written, None where all are."""
        seq, previous = 0, ORIGIN
        while rows := self.rows(seq):
            for row in rows:
                seq += 1
                if row.seq != seq:
                    return Flaw(seq, "the row is missing")
                if link(previous, row) != row.hash:
                    return Flaw(seq, "the row is not what was written, or not where it was")
                previous = row.hash
        return None

    @contextmanager
    def _base(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self._path.exists():
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS, isolation_level=None)) as base:
                base.execute("PRAGMA synchronous=FULL")
                base.execute(_TABLE)
                for change in _KEPT:
                    base.execute(
                        f"CREATE TRIGGER IF NOT EXISTS no_{change} BEFORE {change} ON audit"
                        " BEGIN SELECT RAISE(ABORT, 'rows of the audit stay as they are'); END"
                    )
                yield base
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"{self._path} can't be used as the gateway's audit ({error}): restore it, or move it away"
            ) from error
