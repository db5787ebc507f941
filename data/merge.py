"""Merging several symbols' calendars into one, a block at a time, without holding more than the block."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lockstep.data.columns import Columns, Int64Array
from lockstep.data.history import History, OpenChunk

_NO_TIMES = np.empty(0, np.int64)
# Pages behind the reader are handed back once a symbol has moved on by this many rows, all symbols together:
# 1 MB a column. Asking the kernel at every block would cost more than reading it.
_RELEASE_ROWS = 131_072


class Cursor:
    """Reads one history forward; what lies behind is handed back to the system."""

    def __init__(self, history: History, release_rows: int = _RELEASE_ROWS) -> None:
        self.history = history
        self._release_rows = release_rows
        self._pending = list(reversed(history.chunks))
        self._chunk: OpenChunk | None = None
        self._at = self._released = 0

    def peek(self, size: int) -> Int64Array:
        """Close times of up to `size` next bars (fewer at the end of a chunk); empty at the end."""
        while self._chunk is None or self._at == self._chunk.columns.rows:
            if not self._pending:
                return _NO_TIMES
            self._leave_chunk()
            self._chunk, self._at, self._released = self._pending.pop().open(), 0, 0
        return self._chunk.columns.close_time[self._at : self._at + size]

    def reaches_end(self, count: int) -> bool:
        """True when the `count` next bars are the last ones."""
        return not self._pending and (self._chunk is None or self._at + count == self._chunk.columns.rows)

    def take(self, count: int) -> Columns:
        """Views on the `count` next bars, valid until the next `take`."""
        if self._chunk is None:
            raise IndexError("no bars left")
        if self._at - self._released >= self._release_rows:
            self._chunk.release(self._released, self._at)
            self._released = self._at
        self._at += count
        return self._chunk.columns.cut(self._at - count, self._at)

    def opening_before(self, time_ns: int) -> Columns | None:
        """The next bar, as one row, if it opens before ``time_ns``; bars follow one another, so no other one does."""
        if not len(self.peek(1)) or self._chunk is None or self._chunk.columns.open_time[self._at] >= time_ns:
            return None
        return self._chunk.columns.cut(self._at, self._at + 1)

    def _leave_chunk(self) -> None:
        if self._chunk is not None:
            self._chunk.release(self._released, self._at)
            self._chunk = None


class Stretch(NamedTuple):
    """Some rows of the merged calendar.

    `times` is int64[n], strictly ascending; `parts[s]` are symbol s's bars among them, and `places[s]` says at which
    rows they lie (None: at all n rows). `opened[s]` is a bar that opens before the last of these times and closes
    after it.
    """

    times: Int64Array
    parts: list[Columns | None]
    places: list[Int64Array | None]
    opened: list[Columns | None]


def merge(histories: Sequence[History], size: int) -> Iterator[Stretch]:
    """Walk through the union of the histories' close times in stretches of at most `size` rows."""
    cursors = [Cursor(history, max(size, _RELEASE_ROWS // len(histories))) for history in histories]
    while True:
        heads = [cursor.peek(size) for cursor in cursors]
        shared = _shared_rows(heads)
        if shared:
            parts: list[Columns | None] = [cursor.take(shared) for cursor in cursors]
            # All of them close a bar at the last row: none is under way.
            yield Stretch(heads[0][:shared], parts, [None] * len(cursors), [None] * len(cursors))
        elif any(len(head) for head in heads):
            yield _union(cursors, heads, size)
        else:
            return


def _shared_rows(heads: Sequence[Int64Array]) -> int:
    """How many leading rows all heads have in common, when they agree as far as they all go; else 0."""
    rows = min(len(head) for head in heads)
    first = heads[0][:rows]
    return rows if all(np.array_equal(head[:rows], first) for head in heads[1:]) else 0


def _union(cursors: Sequence[Cursor], heads: Sequence[Int64Array], size: int) -> Stretch:
    # A head that was cut short hides what follows it, so nothing behind its last time can be merged yet.
    hidden = [head[-1] for cursor, head in zip(cursors, heads, strict=True)
              if len(head) and not cursor.reaches_end(len(head))]  # fmt: skip
    if hidden:
        heads = [head[: np.searchsorted(head, min(hidden), side="right")] for head in heads]
    times = _distinct(np.concatenate(heads))[:size]
    parts: list[Columns | None] = []
    places: list[Int64Array | None] = []
    for cursor, head in zip(cursors, heads, strict=True):
        count = int(np.searchsorted(head, times[-1], side="right"))
        parts.append(cursor.take(count) if count else None)
        everywhere = count in (0, len(times))
        places.append(None if everywhere else np.searchsorted(times, head[:count]))
    return Stretch(times, parts, places, [cursor.opening_before(int(times[-1])) for cursor in cursors])


def _distinct(times: Int64Array) -> Int64Array:
    """Ascending, each once. A stable sort merges the runs it finds; np.unique took three times as long."""
    times.sort(kind="stable")
    fresh = np.empty(len(times), np.bool_)
    fresh[:1] = True
    np.not_equal(times[1:], times[:-1], out=fresh[1:])
    return times[fresh]


def count_rows(histories: Sequence[History], size: int = 65_536) -> int:
    """Rows of the merged calendar; reads the close times once."""
    return sum(len(stretch.times) for stretch in merge(histories, size))
