"""Writing the tape: records are gathered in memory, handed over by ``flush`` and durable once ``sync`` has returned."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.journal_rows import Head
from lockstep.data.recordings.tape_chain import PIECE
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.errors import JournalError

Records = npt.NDArray[np.void]
ROOM = 4096
"""Records gathered in memory."""
_SIZE = TAPE.itemsize


class Tape:
    """A tape that is written to. One thread appends and flushes; another may read what was flushed, and sync.

    ``taken`` counts all records, those in memory included; ``written`` those that were handed to the system.
    """

    def __init__(self, path: Path, end: Head) -> None:
        """Open a tape that the journal knows up to ``end``; what a killed writer left of a last record is cut off.

        ``cut`` tells how many whole records were cut off too: those that name a row which never became durable, what
        comes behind them, and the zeros that a lost power supply leaves. Raises ``JournalError`` where records that
        were durable are missing.
        """
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self.place = place(os.fstat(self._handle))
            there = os.fstat(self._handle).st_size // _SIZE
            if there < end.records:
                raise JournalError(
                    f"{path} holds {there} records, but {end.records} were durable: restore the session from a backup"
                )
            self.written = end.records + self._sound(end, there)
            self.cut = there - self.written
            os.ftruncate(self._handle, self.written * _SIZE)
        except BaseException:
            os.close(self._handle)
            raise
        self.taken = self.written
        self.failed: Callable[[JournalError], None] = lambda _: None
        """Told before ``append``, ``extend`` and ``flush`` raise because it can't be written."""
        self._buffer = np.zeros(ROOM, TAPE)
        self._bytes = self._buffer.view(np.uint8).data
        self._used = 0

    def append(self, record: Records) -> None:
        """Take TAPE[1]."""
        if self._used == ROOM:
            self.flush()
        at = self._used * _SIZE
        self._bytes[at : at + _SIZE] = record.tobytes()  # numpy copies field by field: four times as long
        self._used += 1
        self.taken += 1

    def extend(self, records: Records) -> None:
        """Take TAPE[n]."""
        while len(records):
            if self._used == ROOM:
                self.flush()
            part = records[: ROOM - self._used]
            self._buffer[self._used : self._used + len(part)] = part
            self._used += len(part)
            self.taken += len(part)
            records = records[len(part) :]

    def flush(self) -> None:
        """Hand what is in memory to the operating system; raises ``JournalError`` where it won't go."""
        content, at = self._bytes[: self._used * _SIZE], self.written * _SIZE
        try:
            while content:
                done = os.pwrite(self._handle, content, at)
                at, content = at + done, content[done:]
        except OSError as error:
            failure = JournalError(f"the tape can't be written: {error.strerror}")
            self.failed(failure)
            raise failure from error
        self.written += self._used
        self._used = 0

    def sync(self) -> None:
        """Make all that was flushed durable."""
        os.fdatasync(self._handle)

    def content(self, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes of records that were flushed, in pieces."""
        at, end = start * _SIZE, stop * _SIZE
        while at < end:
            piece = os.pread(self._handle, min(PIECE, end - at), at)
            if not piece or len(piece) % _SIZE:
                raise JournalError(f"{self.path} ends at byte {at}, but {end} were written: somebody has cut it")
            yield piece
            at += len(piece)

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        os.close(self._handle)

    def _sound(self, end: Head, there: int) -> int:
        """How many of the records behind those that the journal knows can be kept."""
        sound = 0
        for piece in self.content(end.records, there):
            found = np.frombuffer(piece, TAPE)
            names = np.isin(found["input"], (Input.COMMAND, Input.REPORT)) & (found["id"] > end.seq)
            wrong = np.flatnonzero(names | (found["input"] == 0))
            if len(wrong):
                return sound + int(wrong[0])
            sound += len(found)
        return sound


def place(file: os.stat_result) -> tuple[int, int]:
    """Return what tells a file from others, whatever its name."""
    return file.st_dev, file.st_ino
