"""Stretches of a tick history that are opened one after the other."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.events import EventFlag, TickBlock

Int64Array = npt.NDArray[np.int64]
TYPES = tuple(np.dtype(name) for name in ("i8", "i8", "u1", "i1", "u1", "i8", "i8", "i8", "i4"))
"""Of a TickBlock's columns, in their order."""


class Piece(NamedTuple):
    """Some events as they lie in memory or in the page cache; `sequence` int64[n] where the feed has numbers."""

    events: TickBlock
    sequence: Int64Array | None

    @property
    def rows(self) -> int:
        """Number of events."""
        return len(self.events.time_ns)

    def cut(self, start: int, stop: int) -> "Piece":
        """Return views on events [start, stop)."""
        return Piece(
            TickBlock._make(column[start:stop] for column in self.events),
            None if self.sequence is None else self.sequence[start:stop],
        )


class Part(Protocol):
    """Consecutive events of one symbol. `key` names their content: equal keys, equal events."""

    @property
    def rows(self) -> int:
        """Number of events."""

    @property
    def head(self) -> int:
        """So many events at its beginning are a picture of the book: without them it goes on from the part before."""

    @property
    def span(self) -> tuple[int, int]:
        """Times of the first and the last event, ns UTC."""

    @property
    def slots(self) -> int:
        """Slots that its events name are below."""

    @property
    def key(self) -> str:
        """Names the content."""

    def pieces(self, size: int) -> Iterator[Piece]:
        """Walk through the events, at most `size` at a time; a piece is valid until the next one is asked for."""

    def cut(self, start: int, stop: int) -> "Part":
        """Return events [start, stop)."""

    def rewound(self) -> "Part | None":
        """Return the same events behind a picture of the book and what came between; None where there is none."""

    def find(self, time_ns: int) -> int:
        """Return the first row at or after a time."""


@dataclass(frozen=True)
class MemoryPart:
    """Events in memory, read-only; see Part."""

    piece: Piece
    head: int = 0

    @property
    def rows(self) -> int:
        """Number of events."""
        return self.piece.rows

    @property
    def span(self) -> tuple[int, int]:
        """Times of the first and the last event, ns UTC."""
        times = self.piece.events.time_ns
        return int(times[0]), int(times[-1])

    @cached_property
    def slots(self) -> int:
        """Slots that its events name are below."""
        return int(self.piece.events.slot.max(initial=-1)) + 1

    @cached_property
    def key(self) -> str:
        """SHA-256 (hex) of the columns."""
        digest = hashlib.sha256()
        for column in (*self.piece.events, self.piece.sequence):
            digest.update(b"none" if column is None else np.ascontiguousarray(column).data)
        return digest.hexdigest()

    def pieces(self, size: int) -> Iterator[Piece]:
        """Walk through views on the events."""
        for start in range(0, self.rows, size):
            yield self.piece.cut(start, start + size)

    def cut(self, start: int, stop: int) -> "MemoryPart":
        """Return events [start, stop), not copied."""
        return MemoryPart(self.piece.cut(start, stop), max(0, min(stop, self.head) - start))

    def rewound(self) -> "MemoryPart | None":
        """Return this part where it begins with a picture."""
        return self if self.head else None

    def find(self, time_ns: int) -> int:
        """Return the first row at or after a time."""
        return int(np.searchsorted(self.piece.events.time_ns, time_ns))


def joined(pieces: Iterable[Piece]) -> Piece:
    """Copy pieces into one whose arrays are read-only and of the columns' types."""
    listed = list(pieces)
    columns = [
        np.concatenate([np.asarray(piece.events[at], dtype) for piece in listed] or [np.empty(0, dtype)])
        for at, dtype in enumerate(TYPES)
    ]
    numbers = [piece.sequence for piece in listed if piece.sequence is not None]
    sequence = np.concatenate(numbers) if numbers and len(numbers) == len(listed) else None
    for column in columns + ([] if sequence is None else [sequence]):
        column.flags.writeable = False
    return Piece(TickBlock(*columns), sequence)


def picture_rows(events: TickBlock) -> int:
    """Return how many events at the beginning are marked as a picture of the book."""
    news = np.flatnonzero(events.flags & EventFlag.SNAPSHOT == 0)
    return int(news[0]) if len(news) else len(events.flags)
