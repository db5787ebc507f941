"""The SQLite file of a journal, or of a segment that was archived: its tables, and reading them."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from lockstep.data.recordings.journal_rows import START, Head, Row
from lockstep.data.recordings.tape_chain import Block
from lockstep.errors import JournalError

TABLES = """
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, kind TEXT NOT NULL, strategy TEXT NOT NULL, symbol TEXT NOT NULL,
    tape INTEGER NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS blocks (
    records INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS start (
    seq INTEGER NOT NULL, hash BLOB NOT NULL, records INTEGER NOT NULL, block BLOB NOT NULL
) STRICT;
"""
"""``start`` has one row in a journal whose older rows were archived, and none in others: what the first row follows."""

Execute = Callable[..., Any]
"""A connection's ``execute``."""
_DAMAGED = (sqlite3.Error, OverflowError, TypeError, ValueError)
"""What reading a damaged file may raise."""


class Choice(NamedTuple):
    """Which rows are asked for."""

    first: int = 1
    last: int | None = None
    since_ns: int | None = None
    until_ns: int | None = None
    """Before this time."""
    kinds: Sequence[str] = ()
    """Empty: all."""
    without: Sequence[str] = ()
    """Kinds that are left out."""
    strategy: str | None = None
    symbol: str | None = None
    order: int | None = None
    """Rows whose body is about an order of this number."""
    text: str | None = None
    """Rows whose kind or body has these characters."""

    def condition(self) -> tuple[str, list[Any]]:
        """Return a condition in SQL and its values."""
        tests: list[tuple[str, list[Any]]] = [("seq >= ?", [self.first])]
        for test, value in (
            ("seq <= ?", self.last), ("time_ns >= ?", self.since_ns), ("time_ns < ?", self.until_ns),
            ("symbol = ?", self.symbol), ("json_extract(CAST(body AS TEXT), '$.order') = ?", self.order),
        ):  # fmt: skip
            tests += [(test, [value])] if value is not None else []
        if self.strategy is not None:  # a lane of it, or all
            tests.append(("(strategy = ? OR substr(strategy, 1, ?) = ?)",
                          [self.strategy, len(self.strategy) + 1, f"{self.strategy}:"]))  # fmt: skip
        if self.text is not None:
            tests.append(("(instr(kind, ?) OR instr(CAST(body AS TEXT), ?))", [self.text, self.text]))
        for way, kinds in (("IN", self.kinds), ("NOT IN", self.without)):
            tests += [(f"kind {way} ({','.join('?' * len(kinds))})", list(kinds))] if kinds else []
        return " AND ".join(test for test, _ in tests), [_storable(value) for _, values in tests for value in values]


ALL = Choice()
_LARGEST = (1 << 63) - 1
"""Whole number that SQLite compares with: what is asked for beyond it is beyond every row too."""


def _storable(value: Any) -> Any:
    return max(-_LARGEST, min(value, _LARGEST)) if isinstance(value, int) else value


def start_of(execute: Execute) -> Head:
    """Return what the first row of a file follows, and where its blocks begin."""
    found = execute("SELECT seq, hash, records, block FROM start").fetchone()
    return Head(*found) if found else START


def end_of(execute: Execute) -> Head:
    """Return how far the rows and blocks of a file go."""
    start = start_of(execute)
    row = execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    block = execute("SELECT records, hash FROM blocks ORDER BY records DESC LIMIT 1").fetchone()
    return Head(*(row or start[:2]), *(block or start[2:]))


def journal_file(path: Path) -> Path:
    """Return a path at which there is a file; raises ``JournalError`` where there is none."""
    if not path.is_file():
        raise JournalError(f"a journal was expected at {path}, and there is none: name the folder of a session")
    return path


def connect(path: Path) -> sqlite3.Connection:
    """Open a journal that is only read, one that is being written too."""
    address = f"file:{quote(str(journal_file(path).absolute()))}?mode=ro"
    waiting = path.with_name(path.name + "-wal")
    try:
        try:
            return _opened(address)
        except sqlite3.OperationalError:
            if waiting.exists() and waiting.stat().st_size:
                raise
            # A folder that can't be written, and a journal that was closed: nothing lies beside it.
            return _opened(f"{address}&immutable=1")
    except _DAMAGED as error:
        raise JournalError(
            f"{path} can't be read as a journal ({error}): copy the folder to where it can be written, or restore it"
            " from a backup"
        ) from error


def _opened(address: str) -> sqlite3.Connection:
    base = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        base.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except _DAMAGED:
        base.close()
        raise
    return base


class JournalBase:
    """A journal's file that is read. Raises ``JournalError`` where it is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._base = connect(path)
        try:
            with self._told():
                self.start = start_of(self._base.execute)
        except JournalError:
            self._base.close()
            raise

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """See the file as it is now, whatever is written meanwhile."""
        with self._told():
            self._base.execute("BEGIN")
            self._base.execute("SELECT 1 FROM journal LIMIT 1").fetchone()
        try:
            yield
        finally:
            self._base.execute("ROLLBACK")

    def end(self) -> Head:
        """Return how far rows and blocks go."""
        with self._told():
            return end_of(self._base.execute)

    def rows(self, choice: Choice = ALL, *, backwards: bool = False) -> Iterator[Row]:
        """Return rows in their order, or the latest first."""
        condition, values = choice.condition()
        order = "seq DESC" if backwards else "seq"
        with self._told():
            for row in self._base.execute(f"SELECT * FROM journal WHERE {condition} ORDER BY {order}", values):
                yield Row(*row)

    def row(self, seq: int) -> Row | None:
        """Return one row, None where there is none of this number."""
        return next(self.rows(Choice(seq, seq)), None)

    def blocks(self) -> Iterator[Block]:
        """Return the blocks of the tape in their order."""
        with self._told():
            for block in self._base.execute("SELECT records, seq, hash FROM blocks ORDER BY records"):
                yield Block(*block)

    def block(self, records: int) -> Block | None:
        """Return the block that ends there."""
        with self._told():
            found = self._base.execute("SELECT records, seq, hash FROM blocks WHERE records = ?", [records]).fetchone()
        return Block(*found) if found else None

    def copy_to(self, target: Path) -> None:
        """Copy the file as it is now, while it is being written."""
        copy = sqlite3.connect(target)
        try:
            with self._told():
                self._base.backup(copy)
        finally:
            copy.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGED as error:
            raise JournalError(f"{self.path} is damaged ({error}): restore it from a backup") from error
