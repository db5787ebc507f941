"""Keeping the head of a recording outside of its journal."""

import os
from pathlib import Path

from lockstep.data.recordings.head import APART, SIZE, packed, places
from lockstep.data.recordings.journal_rows import Head


class HeadFile:
    """The file that holds the latest head. It is handed to the system with each commit, and synced now and then."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        heads = places(os.pread(self._handle, APART + SIZE, 0))
        whole = [head for head in heads if head is not None]
        self.latest = max(whole, default=None)
        """The later of those that are whole, None in a new file."""
        self._turn = 1 - heads.index(self.latest) if self.latest else 0

    def write(self, head: Head) -> None:
        """Keep a head."""
        os.pwrite(self._handle, packed(head), self._turn * APART)
        self._turn = 1 - self._turn
        self.latest = head

    def sync(self) -> None:
        """Make it durable."""
        os.fdatasync(self._handle)

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)
