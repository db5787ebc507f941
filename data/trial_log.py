"""The file format of the ledger of trials: entries behind one another, each with its checksum.

    b"LSTR" | kind, 4 bytes | length, uint64 | CRC-32 of kind and body, uint32 | body

A writer holds the file's lock, cuts off what a killed writer left half written, appends one entry and syncs. A reader
takes what passes its checksum and tells how much does not.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from lockstep.data.disk import sync_folder
from lockstep.errors import StoreError

MARK = b"LSTR"
_FRAME = struct.Struct("<4s4sQI")


class Entry(NamedTuple):
    """One entry: its kind, four bytes, and its content."""

    kind: bytes
    body: bytes


class Log(NamedTuple):
    """What a file holds: good entries, where the last of them ends, and bytes that belong to none."""

    entries: tuple[Entry, ...]
    end: int
    lost: int


@contextmanager
def opened(path: Path, *, writing: bool) -> Iterator[int]:
    """Open a log and wait for its lock, which the kernel drops when the process ends, however it ends.

    Raises OSError (FileNotFoundError for a log to read that was never written), StoreError without file locks.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT if writing else os.O_RDONLY, 0o644)
    try:
        _lock(handle, writing)
        yield handle
    finally:
        os.close(handle)


def read(handle: int) -> Log:
    """Read a whole log. Behind a damaged entry the search goes on at the next mark."""
    content = _content(handle)
    found, place, end, inside = [], 0, 0, 0
    while (place := content.find(MARK, place)) >= 0 and place + _FRAME.size <= len(content):
        _, kind, length, checksum = _FRAME.unpack_from(content, place)
        stop = place + _FRAME.size + length
        body = content[place + _FRAME.size : stop]
        if len(body) == length and zlib.crc32(kind + body) == checksum:
            found.append(Entry(kind, body))
            inside += stop - place
            place = end = stop
        else:
            place += 1
    return Log(tuple(found), end, len(content) - inside)


def append(handle: int, path: Path, log: Log, entries: tuple[Entry, ...]) -> None:
    """Add entries at the end of a log that was just read; durable when it returns."""
    size = os.fstat(handle).st_size
    if _torn(handle, log.end, size):
        os.ftruncate(handle, log.end)
    place, view = os.fstat(handle).st_size, memoryview(b"".join(map(_framed, entries)))
    while view:
        done = os.pwrite(handle, view, place)
        place, view = place + done, view[done:]
    os.fsync(handle)
    if not size:
        sync_folder(path.parent)


def _torn(handle: int, end: int, size: int) -> bool:
    """Is what lies behind the last good entry the beginning of one? What is merely damaged is left as it is."""
    rest = os.pread(handle, _FRAME.size, end)
    if len(rest) < _FRAME.size:
        return size > end
    mark, _, length, _ = _FRAME.unpack(rest)
    return bool(mark == MARK and end + _FRAME.size + length > size)


def _framed(entry: Entry) -> bytes:
    return _FRAME.pack(MARK, entry.kind, len(entry.body), zlib.crc32(entry.kind + entry.body)) + entry.body


def _lock(handle: int, writing: bool) -> None:
    try:
        import fcntl
    except ImportError as error:  # Windows: no ledger can have been written there either.
        raise StoreError("the ledger of trials needs the file locks of Linux or macOS: use WSL here") from error
    fcntl.flock(handle, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)


def _content(handle: int) -> bytes:
    size, parts, place = os.fstat(handle).st_size, [], 0
    while place < size and (part := os.pread(handle, size - place, place)):
        parts.append(part)
        place += len(part)
    return b"".join(parts)
