"""Tables of any length and make, a stretch at a time: CSV, Parquet and Arrow files, and frames in memory."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lockstep.data.frames import as_polars
from lockstep.data.ticks.byte_source import check_plain
from lockstep.data.ticks.findings import Findings
from lockstep.data.ticks.text_file import TextFile
from lockstep.errors import BadFileError

if TYPE_CHECKING:
    import polars as pl

ROWS = 1 << 17
NUMBER = "number of the row"
"""Column that is added to every stretch: the line of a CSV file, the row, counted from 0, of others."""
_OF_SOURCE = 40
"""Bits of a row's number within its table; those above number the tables."""
_SEPARATORS = ",;\t|"
_COLUMNAR = {".parquet": "parquet", ".pq": "parquet", ".arrow": "ipc", ".feather": "ipc", ".ipc": "ipc"}


class Source(Protocol):
    """A table; `share` is how much of it has been read, 0 to 1."""

    name: str
    share: float

    def frames(self) -> Iterator["pl.DataFrame"]:
        """Walk through the table once, in stretches with a column NUMBER."""

    def where(self, number: int) -> str:
        """Tell the place of a row by its number."""


class FrameSource:
    """A frame in memory."""

    def __init__(self, frame: Any) -> None:
        self._frame, self.name, self.share = as_polars(frame), "frame", 0.0

    def frames(self) -> Iterator["pl.DataFrame"]:
        """Walk through slices of the frame."""
        for start in range(0, self._frame.height, ROWS):
            yield self._frame.slice(start, ROWS).with_row_index(NUMBER, start)
            self.share = min(1.0, (start + ROWS) / self._frame.height)

    def where(self, number: int) -> str:
        """Tell the place of a row by its number."""
        return f"frame, row {number}"


class CsvSource:
    """A CSV file with a header, plain, gzip or zstd; all columns are text."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self._path, self._findings, self.name, self.share = path, findings, path.name, 0.0

    def frames(self) -> Iterator["pl.DataFrame"]:
        """Walk through the file in stretches; blank lines are left out."""
        import polars as pl

        file = TextFile(self._path, self._findings)
        header = file.header()
        separator = max(_SEPARATORS, key=header.count)
        names = [name.strip().strip('"') for name in header.split(separator)]
        if len(set(names)) < len(names) or not all(names):
            file.close()
            raise BadFileError(f"{self.name}: expected a header with a name for each column, found {header[:80]!r}")
        for stretch in file.stretches(names, separator):
            frame = stretch.frame.with_row_index(NUMBER, stretch.first_line)
            yield frame.filter(~pl.all_horizontal(pl.exclude(NUMBER).is_null()))
            self.share = file.share

    def where(self, number: int) -> str:
        """Tell the place of a row by its number."""
        return f"{self.name}, line {number}"


class ArrowSource:
    """A Parquet or Arrow IPC file."""

    def __init__(self, path: Path) -> None:
        self._path, self._kind, self.name, self.share = path, _COLUMNAR[path.suffix.lower()], path.name, 0.0

    def frames(self) -> Iterator["pl.DataFrame"]:
        """Walk through the file's batches."""
        import polars as pl
        import pyarrow as pa
        from pyarrow import dataset

        if not self._path.exists():
            raise BadFileError(f"{self._path} can't be read: there is no such file")
        check_plain(self._path)
        try:
            table = dataset.dataset(self._path, format=self._kind)
            total, done = table.count_rows(), 0
            for batch in table.to_batches(batch_size=ROWS):
                batch.validate(full=True)  # damaged lengths of texts would be read as they are, and end the process
                yield pl.DataFrame(pl.from_arrow(batch)).with_row_index(NUMBER, done)
                done += batch.num_rows
                self.share = done / max(total, 1)
        except (
            pa.ArrowException, OSError, UnicodeDecodeError, pl.exceptions.PolarsError, pl.exceptions.PanicException
        ) as error:  # fmt: skip
            reason = str(error).splitlines()[0]
            raise BadFileError(f"{self.name} is no complete {self._kind} file ({reason}): save it again") from error

    def where(self, number: int) -> str:
        """Tell the place of a row by its number."""
        return f"{self.name}, row {number}"


class ManySource:
    """Several tables, one after another."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources, self._done = sources, 0
        self.name = ", ".join(source.name for source in sources[:5])

    @property
    def share(self) -> float:
        """How much of them has been read, 0 to 1."""
        now = self._sources[self._done].share if self._done < len(self._sources) else 0.0
        return (self._done + now) / len(self._sources)

    def frames(self) -> Iterator["pl.DataFrame"]:
        """Walk through them in order; a row's number says which one it is of."""
        import polars as pl

        for number, source in enumerate(self._sources):
            self._done = number
            for frame in source.frames():
                yield frame.with_columns(pl.col(NUMBER).cast(pl.Int64) + (number << _OF_SOURCE))
        self._done = len(self._sources)

    def where(self, number: int) -> str:
        """Tell the place of a row by its number."""
        return self._sources[number >> _OF_SOURCE].where(number & ((1 << _OF_SOURCE) - 1))


def opened(source: Any, findings: Findings) -> ManySource:
    """Tell sources by what they are: paths by their names' ends, else a frame. Raises BadFileError for no source."""
    if isinstance(source, (str, os.PathLike)):
        source = [source]
    if not isinstance(source, (list, tuple)):
        return ManySource([FrameSource(source)])
    if not source:
        raise BadFileError("no file to import: name at least one")
    return ManySource([_of_file(Path(path), findings) for path in source])


def _of_file(path: Path, findings: Findings) -> Source:
    return ArrowSource(path) if path.suffix.lower() in _COLUMNAR else CsvSource(path, findings)


def together(frames: Iterator["pl.DataFrame"], column: str) -> Iterator["pl.DataFrame"]:
    """Keep neighbours of one value in one stretch: the last ones of a stretch wait for the next."""
    import polars as pl

    held: pl.DataFrame | None = None
    for frame in frames:
        frame = frame if held is None else pl.concat([held, frame])
        if not frame.height:
            continue
        values = frame[column]
        others = np.flatnonzero(values.ne_missing(values[-1]).to_numpy())
        kept = int(others[-1]) + 1 if len(others) else 0
        held = frame.slice(kept)
        if kept:
            yield frame.slice(0, kept)
    if held is not None and held.height:
        yield held
