"""One file of the store: an Arrow IPC file, one record batch, uncompressed, so that each column is one buffer."""

import hashlib
import mmap
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.data.columns import COLUMN_NAMES, Columns
from lockstep.errors import CorruptStoreError

if TYPE_CHECKING:
    import pyarrow as pa

_TIME_COLUMNS = 2
CAN_ADVISE = hasattr(mmap.mmap, "madvise")  # not on Windows


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """What the manifest says about one file; times are ns UTC, hashes are SHA-256 in hex.

    `times_sha256` covers the two time columns alone: two symbols with equal ones share their calendar.
    """

    file: str
    rows: int
    first_open_ns: int
    first_close_ns: int
    last_open_ns: int
    last_close_ns: int
    bytes: int
    sha256: str
    times_sha256: str

    @property
    def news(self) -> int:
        """Rows that repeat nothing."""
        return self.rows


@dataclass(frozen=True, slots=True)
class TickInfo(SegmentInfo):
    """What the manifest says about one file of ticks: an event is a bar whose open is its close.

    The first `head` events are a picture of the book. It goes on from the file before where `continues`: read behind
    that one, the head is left out. Orders' slots are below `slots`.
    """

    head: int
    continues: bool
    slots: int

    @property
    def news(self) -> int:
        """Events behind the picture."""
        return self.rows - self.head


def arrow_schema() -> "pa.Schema":
    """The schema of every bar file: two UTC nanosecond timestamps and five doubles, none nullable."""
    import pyarrow as pa

    time, number = pa.timestamp("ns", tz="UTC"), pa.float64()
    types = [time] * _TIME_COLUMNS + [number] * (len(COLUMN_NAMES) - _TIME_COLUMNS)
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in zip(COLUMN_NAMES, types, strict=True)])


def encode(columns: Columns) -> "pa.Buffer":
    """Write columns into the bytes of one Arrow IPC file."""
    import pyarrow as pa

    schema = arrow_schema()
    # Array.from_buffers, not pa.array: that one imports pandas (1.3 s) to look at a NumPy array.
    arrays = [
        pa.Array.from_buffers(field.type, columns.rows, [None, pa.py_buffer(np.ascontiguousarray(column))])
        for field, column in zip(schema, columns, strict=True)
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return sink.getvalue()


def describe(file: str, columns: Columns, encoded: "pa.Buffer") -> SegmentInfo:
    """Make the manifest's entry for columns encoded as `encoded`."""
    times = hashlib.sha256(np.ascontiguousarray(columns.open_time).data)
    times.update(np.ascontiguousarray(columns.close_time).data)
    return SegmentInfo(
        file=file, rows=columns.rows,
        first_open_ns=int(columns.open_time[0]), first_close_ns=int(columns.close_time[0]),
        last_open_ns=int(columns.open_time[-1]), last_close_ns=int(columns.close_time[-1]),
        bytes=encoded.size, sha256=hashlib.sha256(encoded).hexdigest(), times_sha256=times.hexdigest(),
    )  # fmt: skip


class Segment:
    """A mapped file: `columns` are read-only views on the page cache, nothing is copied.

    Raises CorruptStoreError when the file is missing, truncated, not Arrow, or has other columns.
    """

    def __init__(self, path: os.PathLike[str], info: SegmentInfo) -> None:
        import pyarrow as pa

        self._path = path
        self._map = mapped(path, info)
        whole = pa.py_buffer(self._map)
        try:
            reader = pa.ipc.open_file(pa.BufferReader(whole))
            if reader.num_record_batches != 1 or reader.schema != arrow_schema():
                raise corrupt(path, f"holds {reader.num_record_batches} batches of {reader.schema.names}")
            batch = reader.get_batch(0)
        except pa.ArrowException as error:
            raise corrupt(path, f"is no complete Arrow file ({error})") from error
        if batch.num_rows != info.rows:
            raise corrupt(path, f"holds {batch.num_rows} rows, the manifest says {info.rows}")
        buffers = [column.buffers()[1] for column in batch.columns]
        self._offsets = [buffer.address - whole.address for buffer in buffers]
        self.columns = Columns(*(_view(buffer, index, info.rows) for index, buffer in enumerate(buffers)))
        if CAN_ADVISE:
            self._map.madvise(mmap.MADV_SEQUENTIAL)

    def release(self, start: int, stop: int) -> None:
        """Hand the pages of rows [start, stop) back; reading them again maps them again."""
        for offset in self._offsets if CAN_ADVISE else ():
            first = -(-(offset + 8 * start) // mmap.PAGESIZE) * mmap.PAGESIZE
            last = (offset + 8 * stop) // mmap.PAGESIZE * mmap.PAGESIZE
            if last > first:
                self._map.madvise(mmap.MADV_DONTNEED, first, last - first)


def _view(buffer: "pa.Buffer", index: int, rows: int) -> Any:
    return np.frombuffer(buffer, np.int64 if index < _TIME_COLUMNS else np.float64, count=rows)


def mapped(path: os.PathLike[str], info: SegmentInfo) -> mmap.mmap:
    """Map a file for reading. Raises CorruptStoreError when it is missing or not of the size that it should be."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise corrupt(path, f"can't be opened ({error.strerror})") from error
    try:
        # The size is checked before mapping: reading past a cut end would kill the process with SIGBUS.
        size = os.fstat(handle).st_size
        if size != info.bytes:
            raise corrupt(path, f"is {size} bytes long, the manifest says {info.bytes}")
        return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(handle)


def corrupt(path: os.PathLike[str], what: str) -> CorruptStoreError:
    """Return the error for a file that is not what the manifest says."""
    return CorruptStoreError(f"{path} {what}: run `lockstep data check`, then restore the file or import it again")
