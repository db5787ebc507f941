"""How much room the disk must have: below a mark new orders stop, and cancels go on."""

import os
from collections.abc import Callable
from pathlib import Path

MARK = 1 << 30
"""Bytes: some four hours of tape at 1,000 events a second."""
BACK = 1.25
"""Orders go on above so many times the mark, so that they don't come and go with each file that is removed."""


def free_bytes(folder: Path) -> int:
    """Return what this process may still write to the disk of a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Watermark:
    """Whether a disk has room for what a session writes. ``look`` every second or so; ``refusal`` before an order."""

    def __init__(self, folder: Path, mark: int = MARK, free: Callable[[Path], int] = free_bytes) -> None:
        self.free = -1
        """Bytes at the latest look, -1 where the disk didn't say."""
        self._folder, self._mark, self._ask = folder, mark, free
        self._low = False
        self.look()

    def look(self) -> bool:
        """Ask the disk; return whether new orders have stopped or may go on since the look before."""
        try:
            self.free = self._ask(self._folder)
        except OSError:
            self.free = -1  # a disk that can't be asked can't be relied upon
        was, self._low = self._low, self.free < self._mark * (BACK if self._low else 1.0)
        return was != self._low

    def refusal(self) -> str:
        """Return why no new order is taken, empty where it is. Cancels are not to be asked about."""
        if not self._low:
            return ""
        if self.free < 0:
            return f"the disk of {self._folder} doesn't tell its room: look at it"
        return (
            f"the disk of {self._folder} has {self.free // 1_000_000} MB left and the mark is"
            f" {self._mark // 1_000_000} MB: make room"
        )
