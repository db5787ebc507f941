"""Room for cancels when the journal has failed: a file whose space was taken while there was some.

A cancel is never held back because it can't be journaled. It is written here, and journaled first thing when the
session starts again (``storage.Storage``).
"""

import os
import struct
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lockstep.data.disk import sync_folder
from lockstep.data.recordings.journal_rows import encode
from lockstep.errors import JournalError

ROOM = 1 << 20
"""Bytes: some 5,000 cancels."""
_START = struct.Struct("<8sQI")
_ENTRY = struct.Struct("<II")
_MARK = b"reserve1"


class Kept(NamedTuple):
    """A row that could not be journaled."""

    time_ns: int
    kind: str
    strategy: str
    symbol: str
    content: Any


class Reserve:
    """The reserve of one session.

    ``after`` is the journal's latest row when it was last emptied: with an entry's number it names the entry for ever.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, made and filled where it is missing; raises ``JournalError`` where there is no room for it."""
        new = not path.exists()
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if new or os.fstat(self._handle).st_size < ROOM:
                self._fill()
                sync_folder(path.parent)
            content = os.pread(self._handle, ROOM, 0)
        except OSError as error:
            os.close(self._handle)
            raise JournalError(f"{path} can't be given its {ROOM} bytes ({error.strerror}): make room") from error
        try:
            self.after = _after(content)
        except ValueError as error:
            os.close(self._handle)
            raise JournalError(f"{path} is damaged: move it away, and look there for cancels") from error
        self.entries: list[Kept] = []
        """What was kept and not yet journaled."""
        self._at = self._read(content)

    def keep(self, kind: str, content: Any, *, time_ns: int, strategy: str = "", symbol: str = "") -> bool:
        """Write a row that the journal can't take; return whether it is durable. The cancel leaves in any case."""
        entry = Kept(int(time_ns), kind, strategy, symbol, content)
        body = encode(entry)
        place = _ENTRY.pack(len(body), self._checksum(body)) + body
        # The length 0 behind the last entry is written with each: what an earlier use has left there must not be read.
        if self._at + len(place) + _ENTRY.size > ROOM:
            return False
        try:
            os.pwrite(self._handle, place + bytes(_ENTRY.size), self._at)
            os.fdatasync(self._handle)
        except OSError:
            return False
        self.entries.append(entry)
        self._at += len(place)
        return True

    def clear(self, after: int) -> None:
        """Empty it: all entries are journaled, up to row ``after``."""
        os.pwrite(self._handle, _start(after) + bytes(_ENTRY.size), 0)
        os.fdatasync(self._handle)
        self.after, self.entries, self._at = after, [], _START.size

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def _fill(self) -> None:
        """Take the room by writing it: a place that was merely promised may be missing when the disk is full."""
        content = memoryview(_start(0).ljust(ROOM, b"\0"))
        at = 0
        while at < ROOM:
            at += os.pwrite(self._handle, content[at:], at)
        os.fsync(self._handle)

    def _read(self, content: bytes) -> int:
        """Read entries up to the first that isn't whole; return where the next is to be written."""
        at = _START.size
        while at + _ENTRY.size <= len(content):
            size, checksum = _ENTRY.unpack_from(content, at)
            body = content[at + _ENTRY.size : at + _ENTRY.size + size]
            if not size or len(body) < size or self._checksum(body) != checksum:
                break
            self.entries.append(Kept(*msgspec.json.decode(body)))
            at += _ENTRY.size + size
        return at

    def _checksum(self, body: bytes) -> int:
        """Of an entry of this use: one of an earlier use must not be taken for it."""
        return zlib.crc32(body, self.after & 0xFFFFFFFF)


def _start(after: int) -> bytes:
    return _START.pack(_MARK, after, zlib.crc32(_MARK + after.to_bytes(8, "little")))


def _after(content: bytes) -> int:
    mark, after, checksum = _START.unpack_from(content)
    if mark != _MARK or checksum != zlib.crc32(_MARK + after.to_bytes(8, "little")):
        raise ValueError
    return int(after)
