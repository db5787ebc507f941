"""The reading end of a ring: copies what has come, and knows what it has missed."""

import mmap
import os
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from lockstep.errors import NotRunningError, SessionError
from lockstep.live.ring import layout
from lockstep.live.ring.layout import Numbers, RingDescription

Records = npt.NDArray[np.void]
MOST = 8192
"""Records of one read."""


class Read(NamedTuple):
    """What has come since the last read."""

    records: Records
    """TAPE[n], the reader's own."""
    missed: int
    """Records before these that were overwritten before they could be read."""


class RingReader:
    """Reads a ring from its oldest record that is still there.

    Raises ``NotRunningError`` where there is none, and ``SessionError`` where it is not readable as one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        room, self._place = _mapped(path)
        self._numbers = layout.numbers_in(room)
        self._capacity = int(self._numbers[layout.CAPACITY_AT])
        offset, told = int(self._numbers[layout.RECORDS_AT]), int(self._numbers[layout.DESCRIPTION_AT])
        if self._numbers[layout.MAGIC_AT] != layout.MAGIC or len(room) != layout.size_of(self._capacity, offset):
            raise SessionError(f"{path} is no ring of this version: start the session again")
        self.description = msgspec.json.decode(room[layout.HEAD : layout.HEAD + told], type=RingDescription)
        self.pid, self.started_ns = (int(self._numbers[at]) for at in (layout.PID_AT, layout.STARTED_AT))
        self._records = layout.records_in(room, self._capacity, offset)
        self.at = 0
        """Records that were read, or missed."""

    def due_ns(self, time_ns: Any) -> Any:
        """Return when events of some moments of a generated market were due; None where nothing is known of that."""
        first_ns, at_ns, speed = (int(self._numbers[at]) for at in (layout.FIRST_AT, layout.DUE_AT, layout.SPEED_AT))
        return None if not speed else at_ns + ((time_ns - first_ns) / (speed / layout.SPEED_UNIT)).astype(np.int64)

    def numbers(self) -> Numbers:
        """Return what the writer says of itself."""
        numbers = self._numbers[layout.BEGUN_AT : layout.ENDED_AT + 1].tolist()
        return Numbers(numbers[1], numbers[3], numbers[2], bool(numbers[4]))

    def read(self, most: int = MOST) -> Read:
        """Return the next records, none where nothing has come."""
        written = int(self._numbers[layout.WRITTEN_AT])
        missed = max(written - self._capacity - self.at, 0)
        first = self.at + missed
        records = self._copied(first, min(written - first, most))
        # What the writer has begun to write over meanwhile may be half of one record and half of another.
        torn = min(max(int(self._numbers[layout.BEGUN_AT]) - self._capacity - first, 0), len(records))
        self.at = first + len(records)
        return Read(records[torn:], missed + torn)

    def skip_to(self, written: int) -> None:
        """Go on behind so many records: what they say is known otherwise."""
        self.at = max(self.at, written)

    def alive(self) -> bool:
        """Is the writer's process there, and this still its ring? Its ``moment_ns`` says whether it is at work too."""
        if self._numbers[layout.ENDED_AT]:
            return False
        try:
            os.kill(self.pid, 0)
            found = os.stat(self.path)
        except PermissionError:
            return True
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._place

    def _copied(self, first: int, count: int) -> Records:
        place = first % self._capacity
        behind = min(count, self._capacity - place)
        found = np.empty(count, self._records.dtype)  # joined, the types of records are looked at one by one
        found[:behind] = self._records[place : place + behind]
        found[behind:] = self._records[: count - behind]
        return found


def _mapped(path: Path) -> tuple[mmap.mmap, tuple[int, int]]:
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            if found.st_size < layout.HEAD:
                raise SessionError(f"{path} is no ring of this version: start the session again")
            return mmap.mmap(file.fileno(), found.st_size, prot=mmap.PROT_READ), (found.st_dev, found.st_ino)
    except FileNotFoundError as error:
        raise NotRunningError(f"session {path.parent} is not running, or is only just starting") from error
    except OSError as error:
        raise SessionError(f"{path} can't be read: {error.strerror or error}") from error
