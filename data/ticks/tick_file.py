"""One file of ticks: an Arrow IPC file of record batches, uncompressed, so that each column of each is one buffer."""

import mmap
import os
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockstep.data.segment import CAN_ADVISE, TickInfo, corrupt, mapped
from lockstep.data.ticks.parts import TYPES, Piece
from lockstep.kernels.book.events import TickBlock

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("time", "received", "kind", "side", "flags", "tick", "lots", "id", "slot")
"""Of the columns on disk, in the order of a TickBlock's; `sequence` comes last where the feed has numbers."""
_TIMES = 2


def tick_schema(numbered: bool) -> "pa.Schema":
    """The schema of a file of ticks, nothing nullable; `numbered` with the feed's sequence numbers."""
    import pyarrow as pa

    time = pa.timestamp("ns", tz="UTC")
    types = [time] * _TIMES + [pa.from_numpy_dtype(dtype) for dtype in TYPES[_TIMES:]]
    columns = list(zip(NAMES, types, strict=True)) + ([("sequence", pa.int64())] if numbered else [])
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])


def arrow_types() -> dict[str, str]:
    """Name the columns' types, for the manifest."""
    return {field.name: str(field.type) for field in tick_schema(numbered=True)}


class _Batch(NamedTuple):
    """One record batch: its events, and where its bytes lie in the file."""

    piece: Piece
    first_byte: int
    end_byte: int


class TickFile:
    """A mapped file: pieces are read-only views on the page cache, nothing is copied.

    Raises CorruptStoreError when the file is missing, truncated, not Arrow, or has other columns.
    """

    def __init__(self, path: os.PathLike[str], info: TickInfo) -> None:
        import pyarrow as pa

        self._path, self._map = path, mapped(path, info)
        self._whole = pa.py_buffer(self._map)
        try:
            self._reader = pa.ipc.open_file(pa.BufferReader(self._whole))
        except pa.ArrowException as error:
            raise corrupt(path, f"is no complete Arrow file ({error})") from error
        names = self._reader.schema.names
        if self._reader.schema != tick_schema("sequence" in names):
            raise corrupt(path, f"has the columns {names}")
        if self.starts[-1] != info.rows:
            raise corrupt(path, f"holds {self.starts[-1]} events, the manifest says {info.rows}")
        if CAN_ADVISE:
            self._map.madvise(mmap.MADV_SEQUENTIAL)

    @cached_property
    def starts(self) -> list[int]:
        """Row at which each batch begins, and the number of rows at the end."""
        rows = [self._record(number).num_rows for number in range(self._reader.num_record_batches)]
        return [0, *np.cumsum(rows, dtype=np.int64).tolist()]

    def batch_at(self, row: int) -> int:
        """Return the number of the batch that holds a row."""
        return bisect_right(self.starts, row) - 1

    def piece(self, number: int) -> Piece:
        """Return the events of a batch."""
        return self._batch(number).piece

    def find(self, time_ns: int) -> int:
        """Return the first row at or after a time."""
        low, high = 0, len(self.starts) - 1
        while low < high:
            middle = (low + high) // 2
            if self.piece(middle).events.time_ns[-1] < time_ns:
                low = middle + 1
            else:
                high = middle
        if low == len(self.starts) - 1:
            return self.starts[-1]
        return self.starts[low] + int(np.searchsorted(self.piece(low).events.time_ns, time_ns))

    def release(self, number: int) -> None:
        """Hand the pages of a batch back; reading them again maps them again."""
        batch = self._batch(number)
        first = -(-batch.first_byte // mmap.PAGESIZE) * mmap.PAGESIZE
        end = batch.end_byte // mmap.PAGESIZE * mmap.PAGESIZE
        if CAN_ADVISE and end > first:
            self._map.madvise(mmap.MADV_DONTNEED, first, end - first)

    def _batch(self, number: int) -> _Batch:
        record = self._record(number)
        buffers = [column.buffers()[1] for column in record.columns]
        views = [np.frombuffer(b, dtype, record.num_rows) for b, dtype in zip(buffers, TYPES, strict=False)]
        numbers = np.frombuffer(buffers[-1], np.int64, record.num_rows) if len(buffers) > len(TYPES) else None
        first = buffers[0].address - self._whole.address
        end = buffers[-1].address + buffers[-1].size - self._whole.address
        return _Batch(Piece(TickBlock._make(views), numbers), first, end)

    def _record(self, number: int) -> Any:
        import pyarrow as pa

        try:
            return self._reader.get_batch(number)
        except pa.ArrowException as error:
            raise corrupt(self._path, f"has a damaged batch, number {number} ({error})") from error
