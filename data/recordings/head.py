"""The head of a recording as a file: two places in turn, so that one of them is always whole."""

import struct
import zlib
from pathlib import Path

from lockstep.data.recordings.journal_rows import Head

APART = 4096
"""Bytes from the first place to the second: no disk writes both at once."""
_HEAD = struct.Struct("<Q32sQ32s")
_CHECKSUM = struct.Struct("<I")
SIZE = _HEAD.size + _CHECKSUM.size


def packed(head: Head) -> bytes:
    """Return one place."""
    content = _HEAD.pack(*head)
    return content + _CHECKSUM.pack(zlib.crc32(content))


def places(content: bytes) -> list[Head | None]:
    """Return what both places hold, None where a place isn't whole."""
    return [_unpacked(content[at : at + SIZE]) for at in (0, APART)]


def read_head(path: Path) -> Head | None:
    """Return the later of the heads that are whole; None where there is none."""
    content = path.read_bytes() if path.exists() else b""
    return max((head for head in places(content) if head is not None), default=None)


def _unpacked(content: bytes) -> Head | None:
    if len(content) < SIZE or zlib.crc32(content[: _HEAD.size]) != _CHECKSUM.unpack(content[_HEAD.size :])[0]:
        return None
    return Head(*_HEAD.unpack(content[: _HEAD.size]))
