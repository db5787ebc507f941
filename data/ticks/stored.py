"""Ticks of a store: stretches of files that are mapped when they are read."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lockstep.data.segment import TickInfo
from lockstep.data.ticks.parts import Piece
from lockstep.data.ticks.tick_file import TickFile


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Events [start, stop) of one file; see Part."""

    path: os.PathLike[str]
    info: TickInfo
    start: int
    stop: int

    @classmethod
    def whole(cls, path: os.PathLike[str], info: TickInfo) -> "StoredPart":
        """All events of a file."""
        return cls(path, info, 0, info.rows)

    @property
    def rows(self) -> int:
        """Number of events."""
        return self.stop - self.start

    @property
    def head(self) -> int:
        """Events of the picture at the beginning."""
        return max(0, min(self.stop, self.info.head) - self.start)

    @property
    def span(self) -> tuple[int, int]:
        """Times of the first and the last event, ns UTC; the file is opened only where it is cut."""
        first, last = self.info.first_open_ns, self.info.last_close_ns
        if self.start > self.info.head:
            first = self._time(self.start)
        if self.stop < self.info.rows:
            last = self._time(self.stop - 1)
        return first, last

    @property
    def slots(self) -> int:
        """Slots that its events name are below."""
        return self.info.slots

    @property
    def key(self) -> str:
        """Checksum of the file, and the rows."""
        return f"{self.info.sha256}[{self.start}:{self.stop}]"

    def pieces(self, size: int) -> Iterator[Piece]:
        """Map the file and walk through it, handing the pages behind back."""
        file = TickFile(self.path, self.info)
        for number in range(file.batch_at(self.start), len(file.starts) - 1):
            first, end = file.starts[number : number + 2]
            batch = file.piece(number).cut(max(self.start - first, 0), min(self.stop, end) - first)
            for row in range(0, batch.rows, size):
                yield batch.cut(row, row + size)
            file.release(number)
            if end >= self.stop:
                return

    def cut(self, start: int, stop: int) -> "StoredPart":
        """Return events [start, stop) of these."""
        return replace(self, start=self.start + start, stop=self.start + stop)

    def rewound(self) -> "StoredPart":
        """Return the file from its beginning, where every file has a picture."""
        return replace(self, start=0)

    def find(self, time_ns: int) -> int:
        """Return the first row at or after a time; the file is opened where the time lies within it."""
        if time_ns <= self.info.first_open_ns:
            return 0
        if time_ns > self.info.last_close_ns:
            return self.rows
        return min(max(TickFile(self.path, self.info).find(time_ns), self.start), self.stop) - self.start

    def _time(self, row: int) -> int:
        file = TickFile(self.path, self.info)
        number = file.batch_at(row)
        return int(file.piece(number).events.time_ns[row - file.starts[number]])
