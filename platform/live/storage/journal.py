"""The journal: rows are put by the session's thread, and made durable many at once by a thread of its own.

Before a row is durable the tape is, as far as the row names it. Whoever must not act before a row is durable waits for
``durable`` to reach its number. Nothing is taken any more once writing has failed.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Any

from lockstep.data.recordings.journal_rows import Head, Row, encode
from lockstep.errors import JournalError
from lockstep.live.storage.journal_file import JournalFile
from lockstep.live.storage.tape import Tape

MOST = 1024
"""Rows in one commit."""
IDLE_SECONDS = 1.0
"""After so long a tape without rows is made durable too."""
NO_ROOM = 1 << 20
"""Rows that may wait to be written. A disk that is so far behind has failed."""


class Journal:
    """The journal of one session, and the tape that its rows name.

    ``told`` is called with the number of the latest durable row, after each commit from the journal's thread, and once
    when the journal fails from the thread that finds it; what it raises fails the journal. Rows are written by
    ``step`` unless it is ``threaded``.
    """

    def __init__(
        self, file: JournalFile, tape: Tape, told: Callable[[int], None] | None = None, *, threaded: bool = True
    ) -> None:
        self._file, self._tape, self._told = file, tape, told
        self.durable = file.end.seq
        """The latest row that no crash can take back."""
        self.failure = ""
        """Why nothing is taken any more, empty while all is well."""
        self.given = self.durable
        """The latest row that was put."""
        self._put: list[Row] = []
        self._coming: deque[Row] = deque()
        self._flushed = tape.written
        tape.failed = self.fail
        self._wake = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._write, name="lockstep-journal", daemon=True)
        if threaded:
            self._thread.start()

    @property
    def end(self) -> Head:
        """How far what is durable goes."""
        return self._file.end

    def put(
        self, kind: str, content: Any, *, time_ns: int, strategy: str = "", symbol: str = "", tape: int | None = None
    ) -> int:
        """Take a row, to be written once it is handed over; return its number.

        ``tape`` is how many records of it had been taken, all unless given.

        Raises ``JournalError`` once the journal has failed, and ``TypeError`` or ``ValueError`` for what can't be
        written, which leaves the journal as it was.
        """
        if self.failure:
            raise JournalError(self.failure)
        body = encode(content)
        (kind + strategy + symbol).encode()  # no half characters
        records = self._tape.taken if tape is None else tape
        seq = self.given + 1
        self._put.append(Row._make((seq, int(time_ns), kind, strategy, symbol, records, body, b"")))
        self.given = seq
        return seq

    def hand_over(self) -> None:
        """Let what was put be written, the tape first. Once a turn of the session, not once a row.

        Raises ``JournalError`` where the journal or the tape has failed.
        """
        if not self.failure:
            try:
                self._tape.flush()
            except JournalError as error:
                self.fail(error)
        if self.failure:
            raise JournalError(self.failure)
        with self._wake:
            self._coming.extend(self._put)
            self._flushed = self._tape.written
            if self._put:
                self._put.clear()
                self._wake.notify_all()
        if len(self._coming) > NO_ROOM:
            self.fail(JournalError(f"{len(self._coming)} rows wait for the disk"))

    def wait(self, seq: int, seconds: float = 10.0) -> None:
        """Wait until a row is durable; raises ``JournalError`` where it won't be.

        A disk that has not taken it by then has failed: nobody may be told that it is not there, and go on.
        """
        with self._wake:
            in_time = self._wake.wait_for(lambda: self.durable >= seq or bool(self.failure), seconds)
        if not in_time:
            self.fail(JournalError(f"row {seq} was not durable after {seconds:g} s"))
        if self.durable < seq:
            raise JournalError(self.failure)

    def lost(self) -> list[Row]:
        """Return what was put and is not durable, the journal having failed: a cancel among it must go on.

        A row that is just being written may be named and become durable all the same.
        """
        with self._wake:
            return [*self._coming, *self._put] if self.failure else []

    def fail(self, error: Exception) -> None:
        """Take nothing any more: something could not be written. What has failed stays as it failed."""
        with self._wake:
            if self.failure:
                return
            cure = "no new orders are taken; mend the disk and start the session again"
            self.failure = f"the journal can't be written ({error}): {cure}"
            self._wake.notify_all()
        if self._told is not None:
            with suppress(Exception):  # worse than failed it can't be
                self._told(self.durable)

    def close(self) -> None:
        """Write what was put, and end. Raises ``JournalError`` where the journal has failed before or does so now."""
        try:
            if not self.failure:
                self.hand_over()
        finally:
            with self._wake:
                self._ends = True
                self._wake.notify_all()
            if self._thread.ident is None:
                self._write()
            else:
                self._thread.join()
            self._file.close()
        if self.failure:
            raise JournalError(self.failure)

    def step(self) -> None:
        """Make durable what has been handed over, at most ``MOST`` rows. For a journal without a thread of its own."""
        if self.failure:
            return  # what could not be written once is never tried again: nobody knows what of it is there
        try:
            with self._wake:
                rows, records = self._next()
            if rows or records > self._file.end.records:
                self._commit(rows, records)
        except Exception as error:  # whatever it is, nobody may go on as if rows were written
            self.fail(error)

    def _write(self) -> None:
        while not self.failure:
            with self._wake:
                called = self._wake.wait_for(lambda: self._coming or self._ends, IDLE_SECONDS)
            self.step()
            if self._coming:
                continue
            ends = self._ends
            self._settle(idle=ends or not called)
            if ends and not self._coming:
                return

    def _settle(self, idle: bool) -> None:
        try:
            self._file.settle(idle)
        except Exception as error:
            self.fail(error)

    def _next(self) -> tuple[list[Row], int]:
        """The rows of the next commit, and how far the tape goes with them."""
        rows, records = list(islice(self._coming, MOST)), self._flushed
        if len(rows) < len(self._coming):
            # What is behind these may name a row that is not among them: it becomes durable with that row.
            records = max(rows[-1].tape, self._file.end.records)
        return rows, records

    def _commit(self, rows: list[Row], records: int) -> None:
        self._file.commit(rows, self._tape, records)
        with self._wake:
            for _ in rows:
                self._coming.popleft()
            self.durable = self._file.end.seq
            self._wake.notify_all()
        if self._told is not None and rows:
            self._told(self.durable)
        self._file.keep_head()
