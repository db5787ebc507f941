"""How much room the disk must have: below a first mark a session warns, below a second one new orders stop."""

import os
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

MARK = 1 << 30
"""Bytes: some four hours of tape at 1,000 events a second."""
WARNING = 2.0
"""A session warns below so many times the mark."""
BACK = 1.25
"""Orders go on above so many times the mark, so that they don't come and go with each file that is removed."""


def free_bytes(folder: Path) -> int:
    """Return what this process may still write to the disk of a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Room(IntEnum):
    """How much there is."""

    ENOUGH = 0
    LITTLE = 1
    """It is time to make some."""
    NONE = 2
    """No new order is taken; cancels are."""


class Watermark:
    """Whether a disk has room for what a session writes. ``look`` every second or so."""

    def __init__(self, folder: Path, mark: int = MARK, free: Callable[[Path], int] = free_bytes) -> None:
        self.free = -1
        """Bytes at the latest look, -1 where the disk didn't say."""
        self._folder, self._mark, self._ask = folder, mark, free
        self.room = Room.ENOUGH
        self.look()

    def look(self) -> bool:
        """Ask the disk; return whether it has come to another Room since the look before."""
        try:
            self.free = self._ask(self._folder)
        except OSError:
            self.free = -1  # a disk that can't be asked can't be relied upon
        was, self.room = self.room, self._found()
        return was != self.room

    def _found(self) -> Room:
        for room, mark in ((Room.NONE, self._mark), (Room.LITTLE, self._mark * WARNING)):
            if self.free < mark * (BACK if self.room >= room else 1.0):
                return room
        return Room.ENOUGH

    def told(self) -> str:
        """Return how it stands in a sentence, empty where there is enough."""
        if self.room == Room.ENOUGH:
            return ""
        if self.free < 0:
            return f"the disk of {self._folder} doesn't tell its room: look at it"
        return (
            f"the disk of {self._folder} has {self.free // 1_000_000} MB left and the mark is"
            f" {self._mark // 1_000_000} MB, below which no new order is taken: make room"
        )
