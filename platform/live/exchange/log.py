"""The log that bears witness: what came in, what the venue made of it, what left. JSON lines, appended only.

Lines are handed to the operating system before any answer leaves, so they survive the end of the process by whatever
signal; with ``sync`` they survive the machine's too. Market data is not in it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from lockstep.errors import ExchangeError


class Line(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What happened.

    ``event`` is started, opened, received (before it is processed), made (a report, once, whoever hears of it), sent,
    held, lost, cut, closed or stopped; ``message`` is as on the wire, with its ``seq`` where it left.
    """

    time_ns: int
    event: str
    epoch: int = 0
    connection: int = 0
    account: str = ""
    reason: str = ""
    message: Any = None


class Log:
    """Gathers lines, and writes them at once when it is told to."""

    def __init__(self, write: Callable[[bytes], object] | None = None) -> None:
        self._write = write
        self._lines = bytearray()
        self._encoder = msgspec.json.Encoder()

    def add(self, line: Line) -> None:
        """Take a line."""
        if self._write is not None:
            self._lines += self._encoder.encode(line)
            self._lines += b"\n"

    def flush(self) -> None:
        """Write what was taken."""
        if self._write is not None and self._lines:
            lines, self._lines = bytes(self._lines), bytearray()
            self._write(lines)


class LogFile:
    """A file that is only appended to. What a torn last line left is ended first."""

    def __init__(self, path: Path, *, sync: bool = False) -> None:
        self._sync, self._path = sync, path
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise ExchangeError(f"the log {path} can't be opened: {error.strerror}") from error
        size = os.fstat(self._handle).st_size
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            self.write(b"\n")

    def write(self, content: bytes) -> None:
        """Append, in full. Raises ExchangeError where it can't be: nothing may leave then."""
        try:
            while content:
                content = content[os.write(self._handle, content) :]
            if self._sync:
                os.fdatasync(self._handle)
        except OSError as error:
            raise ExchangeError(
                f"{self._path} can't be written ({error.strerror}): it stops, as nobody could tell what it did"
            ) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def read_log(path: Path) -> Iterator[Line]:
    """Yield the lines of a log; a torn one, the last of a killed process, is left out.

    Raises ExchangeError for a line that was ended and is none.
    """
    decoder = msgspec.json.Decoder(Line)
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], 1):
        try:
            yield decoder.decode(line)
        except msgspec.MsgspecError as error:
            # Only what a restart ended may be torn, and the restart is the next line.
            if number < len(lines) - 1 and b'"event":"started"' in lines[number]:
                continue
            raise ExchangeError(f"{path}, line {number}, is no line of a log: {error}") from error
