"""One symbol's stretch of history, as chunks that are opened one after the other."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from lockstep.data.actions import Action
from lockstep.data.adjustment import AS_TRADED, Adjustment, PreviousClose
from lockstep.data.columns import Columns
from lockstep.data.instrument import Instrument
from lockstep.data.segment import Segment, SegmentInfo


class OpenChunk(Protocol):
    """A chunk that can be read."""

    columns: Columns

    def release(self, start: int, stop: int) -> None:
        """Hand back the memory of rows [start, stop), where it is mapped."""


class Chunk(Protocol):
    """Some consecutive bars. `key` names their content, `times_key` their times: equal keys, equal bars."""

    @property
    def rows(self) -> int:
        """Number of bars."""

    @property
    def key(self) -> str:
        """Names the content."""

    @property
    def times_key(self) -> str:
        """Names the times alone."""

    def open(self) -> OpenChunk:
        """Make the bars readable."""

    def between(self, start_ns: int, end_ns: int) -> "Chunk":
        """Return those of the bars, maybe none, that close after `start_ns` and not after `end_ns`."""


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """Rows [start, stop) of one segment file."""

    path: os.PathLike[str]
    info: SegmentInfo
    start: int
    stop: int

    @property
    def rows(self) -> int:
        """Number of bars."""
        return self.stop - self.start

    @property
    def key(self) -> str:
        """Checksum of the file, and the rows."""
        return f"{self.info.sha256}[{self.start}:{self.stop}]"

    @property
    def times_key(self) -> str:
        """Checksum of the file's times, and the rows."""
        return f"{self.info.times_sha256}[{self.start}:{self.stop}]"

    def open(self) -> OpenChunk:
        """Map the file."""
        return _OpenStored(Segment(self.path, self.info), self.start, self.stop)

    def between(self, start_ns: int, end_ns: int) -> "StoredChunk":
        """Return the same file with fewer rows; it is opened only where a bound lies within it."""
        if start_ns < self.info.first_close_ns and self.info.last_close_ns <= end_ns:
            return self
        if self.info.last_close_ns <= start_ns or end_ns < self.info.first_close_ns:
            return replace(self, stop=self.start)
        start, stop = _closed_between(self.open().columns, start_ns, end_ns)
        return replace(self, start=self.start + start, stop=self.start + stop)


class _OpenStored:
    def __init__(self, segment: Segment, start: int, stop: int) -> None:
        self._segment, self._start = segment, start
        self.columns = segment.columns.cut(start, stop)

    def release(self, start: int, stop: int) -> None:
        self._segment.release(self._start + start, self._start + stop)


class MemoryChunk:
    """Bars that already lie in memory: all rows that the keys name, or those from row `start` on."""

    def __init__(
        self, columns: Columns, key: str, times_key: str, start: int = 0, named_rows: int | None = None
    ) -> None:
        self.columns, self.rows = columns, columns.rows
        self._names, self._start = (key, times_key), start
        self._named_rows = columns.rows if named_rows is None else named_rows
        rows = "" if self.rows == self._named_rows else f"[{start}:{start + self.rows}]"
        self.key, self.times_key = key + rows, times_key + rows

    def open(self) -> OpenChunk:
        """Nothing to do."""
        return self

    def between(self, start_ns: int, end_ns: int) -> "MemoryChunk":
        """Return views on fewer rows."""
        start, stop = _closed_between(self.columns, start_ns, end_ns)
        return MemoryChunk(self.columns.cut(start, stop), *self._names, self._start + start, self._named_rows)

    def release(self, start: int, stop: int) -> None:
        """Nothing to hand back: the caller owns the arrays."""


def _closed_between(columns: Columns, start_ns: int, end_ns: int) -> tuple[int, int]:
    start, stop = np.searchsorted(columns.close_time, (start_ns, end_ns), side="right").tolist()
    return start, max(start, stop)


class History(NamedTuple):
    """One symbol's bars within a span, in time order, with the adjustment to apply to them.

    `actions` are those that the adjusted prices don't contain, in order and in the prices' units, also of names the
    symbol had before. A delisting is among them only when these bars are the last and the time asked for reaches it.
    """

    instrument: Instrument
    chunks: tuple[Chunk, ...]
    first_open_ns: int
    last_close_ns: int
    adjustment: Adjustment = AS_TRADED
    actions: tuple[Action, ...] = ()

    @property
    def rows(self) -> int:
        """Bars in all chunks."""
        return sum(chunk.rows for chunk in self.chunks)


def same_calendar(histories: Sequence[History]) -> bool:
    """True when all histories are known, without reading them, to have bars at the very same times."""
    keys = {tuple(chunk.times_key for chunk in history.chunks) for history in histories}
    return len(keys) == 1


def previous_close(chunks: Sequence[Chunk], firsts: Sequence[int]) -> PreviousClose:
    """Look closes up in chunks in time order, opened when needed; `firsts` are their first opens, ns UTC."""

    def find(before_ns: int) -> tuple[int, float] | None:
        number = int(np.searchsorted(firsts, before_ns, side="left")) - 1
        if number < 0:
            return None
        columns = chunks[number].open().columns
        row = int(np.searchsorted(columns.open_time, before_ns, side="left")) - 1
        return int(columns.open_time[row]), float(columns.close[row])

    return find
