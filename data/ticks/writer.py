"""Writing one file of ticks batch by batch, never holding more than the batch at hand."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lockstep.data.segment import TickInfo
from lockstep.data.ticks.parts import Piece, joined
from lockstep.data.ticks.tick_file import tick_schema


class _Appending:
    """What Arrow writes goes to the end of a file, which is open only while it is written.

    Thousands of symbols are written side by side, more than a process may have open files.
    """

    closed = False

    def __init__(self, path: Path) -> None:
        self.path, self.bytes, self.sha256 = path, 0, hashlib.sha256()
        self._pieces: list[bytes] = []
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))

    def write(self, content: Any) -> int:
        """Take a part of the file."""
        self._pieces.append(bytes(content))
        return len(self._pieces[-1])

    def flush(self) -> None:
        """Arrow asks for it after parts that are too small to be written alone."""

    def close(self) -> None:
        """Nothing to close."""

    def spill(self, *, sync: bool = False) -> None:
        """Put what was taken at the end of the file; with `sync` make it durable."""
        with open(self.path, "ab", buffering=0) as file:
            for piece in self._pieces:
                view = memoryview(piece)
                while len(view):
                    view = view[file.write(view) or 0 :]
                self.bytes += len(piece)
                self.sha256.update(piece)
            if sync:
                os.fsync(file.fileno())
        self._pieces.clear()


class TickWriter:
    """A file in the making; `file` is its name within the dataset's `folder`."""

    def __init__(self, folder: Path, file: str, *, numbered: bool, continues: bool) -> None:
        import pyarrow as pa

        self.file, self.numbered, self.continues = file, numbered, continues
        self._sink = _Appending(folder / file)
        self._schema = tick_schema(numbered)
        self._arrow = pa.ipc.new_file(pa.PythonFile(self._sink, "w"), self._schema)
        self._times = hashlib.sha256()
        self._span: tuple[int, int] | None = None
        self._rows = self._slots = self._head = 0

    def write(self, pieces: Sequence[Piece], head: int = 0) -> None:
        """Write pieces as one batch; `head` of its events, in the first batch alone, are a picture of the book."""
        import pyarrow as pa

        piece = joined(pieces)
        columns = [*piece.events, piece.sequence] if self.numbered else [*piece.events]
        arrays = [
            pa.Array.from_buffers(field.type, piece.rows, [None, pa.py_buffer(column)])
            for field, column in zip(self._schema, columns, strict=True)
        ]
        self._arrow.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._sink.spill()
        times = piece.events.time_ns
        self._times.update(times.data)
        self._span = (self._span or (int(times[0]), 0))[0], int(times[-1])
        self._rows, self._head = self._rows + piece.rows, self._head + head
        self._slots = max(self._slots, int(np.max(piece.events.slot)) + 1)

    def close(self) -> TickInfo:
        """End the file, make it durable and describe it; at least one batch has been written."""
        self._arrow.close()
        self._sink.spill(sync=True)
        first, last = self._span or (0, 0)
        return TickInfo(
            file=self.file, rows=self._rows, first_open_ns=first, first_close_ns=first, last_open_ns=last,
            last_close_ns=last, bytes=self._sink.bytes, sha256=self._sink.sha256.hexdigest(),
            times_sha256=self._times.hexdigest(), head=self._head, continues=self.continues, slots=self._slots,
        )  # fmt: skip
