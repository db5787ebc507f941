"""One symbol's stretch of history, as chunks that are opened one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
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


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """Rows [start, stop) of one segment file."""

    path: Path
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


class _OpenStored:
    def __init__(self, segment: Segment, start: int, stop: int) -> None:
        self._segment, self._start = segment, start
        self.columns = segment.columns.cut(start, stop)

    def release(self, start: int, stop: int) -> None:
        self._segment.release(self._start + start, self._start + stop)


class MemoryChunk:
    """Bars that already lie in memory."""

    def __init__(self, columns: Columns, key: str, times_key: str) -> None:
        self.columns, self.key, self.times_key = columns, key, times_key
        self.rows = columns.rows

    def open(self) -> OpenChunk:
        """Nothing to do."""
        return self

    def release(self, start: int, stop: int) -> None:
        """Nothing to hand back: the caller owns the arrays."""


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
