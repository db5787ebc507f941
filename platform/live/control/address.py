"""Where a session's socket lies: in its folder, whatever the length of the folder's name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockstep.errors import SessionError

SOCKET = "control.sock"
_LONGEST = 100
"""Bytes that a socket's address may have: 107 on Linux, 103 on macOS."""
_OPEN_FILES = Path("/proc/self/fd")


@contextmanager
def address_of(folder: Path) -> Iterator[str]:
    """Give a path of a session's socket that is short enough; it holds within the block.

    Raises ``SessionError`` where the folder's name is too long and the system knows no shorter one.
    """
    direct = str(folder.absolute() / SOCKET)
    if len(os.fsencode(direct)) <= _LONGEST:
        yield direct
        return
    if not _OPEN_FILES.is_dir():
        raise SessionError(f"{folder} is too long a name for a session's socket: use a folder with a shorter one")
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"{_OPEN_FILES}/{handle}/{SOCKET}"
    finally:
        os.close(handle)
