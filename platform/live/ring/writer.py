"""The writing end of a ring: copies in memory and nothing else, so that no reader can ever hold a session up."""

import mmap
import os
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from lockstep.data.disk import FRESH
from lockstep.live.ring import layout
from lockstep.live.ring.layout import RingDescription

Records = npt.NDArray[np.void]


class RingWriter:
    """The ring of a session that runs, in a new file: whoever reads that of an earlier process sees that it has ended.

    Raises ``OSError`` where there is no room for it: it is taken at once, for a disk that is full later would end
    the process.
    """

    def __init__(self, path: Path, description: RingDescription, capacity: int = layout.CAPACITY) -> None:
        told = msgspec.json.encode(description)
        offset = layout.offset_of_records(told)
        self.path, self._capacity = path, capacity
        self._room = _made(path, layout.size_of(capacity, offset))
        self._room[layout.HEAD : layout.HEAD + len(told)] = told
        self._numbers = layout.numbers_in(self._room)
        self._records = layout.records_in(self._room, capacity, offset)
        self._written = 0
        once = {
            layout.CAPACITY_AT: capacity, layout.PID_AT: os.getpid(), layout.STARTED_AT: time.time_ns(),
            layout.DESCRIPTION_AT: len(told), layout.RECORDS_AT: offset, layout.MAGIC_AT: layout.MAGIC,
        }  # fmt: skip
        for at, value in once.items():
            self._numbers[at] = value
        os.replace(path.with_name(path.name + FRESH), path)

    @property
    def written(self) -> int:
        """How many records it was given."""
        return self._written

    def extend(self, records: Records, now_ns: int) -> None:
        """Take TAPE[n]; of more than there is room for the latest remain."""
        count = len(records)
        end = self._written + count
        self._numbers[layout.BEGUN_AT] = end
        kept = records[-self._capacity :]
        place = (end - len(kept)) % self._capacity
        behind = min(len(kept), self._capacity - place)
        self._records[place : place + behind] = kept[:behind]
        self._records[: len(kept) - behind] = kept[behind:]
        self._numbers[layout.WRITTEN_AT] = self._written = end
        self._numbers[layout.MOMENT_AT] = now_ns

    def beat(self, now_ns: int) -> None:
        """Say that the session is at work, though nothing has come in."""
        self._numbers[layout.MOMENT_AT] = now_ns

    def due(self, first_ns: int, at_ns: int, speed: float) -> None:
        """Say when events of a generated market are due: one of ``first_ns`` was at ``at_ns``."""
        self._numbers[layout.SPEED_AT] = 0
        self._numbers[layout.FIRST_AT], self._numbers[layout.DUE_AT] = first_ns, at_ns
        self._numbers[layout.SPEED_AT] = max(round(speed * layout.SPEED_UNIT), 1)

    def durable(self, row: int) -> None:
        """Say how far the journal is durable. From any thread."""
        self._numbers[layout.DURABLE_AT] = row

    def close(self) -> None:
        """Say that no more will come, and remove the file: who has it open can read it to its end."""
        self._numbers[layout.ENDED_AT] = 1
        with suppress(FileNotFoundError):
            self.path.unlink()


def _made(path: Path, size: int) -> mmap.mmap:
    """Make the file under a name of its own, all of its room taken."""
    fresh = path.with_name(path.name + FRESH)
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _take_room(handle, size)
        return mmap.mmap(handle, size)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _take_room(handle: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
        return
    for at in range(0, size, 1 << 20):
        os.pwrite(handle, bytes(min(1 << 20, size - at)), at)
