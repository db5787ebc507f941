"""Comma-separated files of any length: stretches of rows as text, each row knowing its line."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.byte_source import ByteSource
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.errors import BadFileError

if TYPE_CHECKING:
    import polars as pl

STRETCH = 1 << 23
"""So many bytes at a time: 8 MiB are some 200,000 events."""
_FEED = ord("\n")


class Stretch(NamedTuple):
    """Consecutive rows, all columns text, null where a line has fewer fields; line `first_line` is that of row 0."""

    frame: "pl.DataFrame"
    first_line: int
    file: str

    def place(self, rows: npt.NDArray[np.intp] | None = None) -> Place:
        """Return what tells the line of a row, or of the n-th of some rows."""
        first, file = self.first_line, self.file
        return lambda row: f"{file}, line {first + (row if rows is None else int(rows[row]))}"


class TextFile:
    """One file, plain, gzip or zstd, with or without a header; `columns` are the fields' names in their order.

    A packed file that ends early is a TRUNCATED finding; what could be unpacked is given. Raises BadFileError when the
    file can't be opened or is no text.
    """

    def __init__(self, path: str | os.PathLike[str], findings: Findings, stretch: int = STRETCH) -> None:
        self._source = ByteSource(path, stretch)
        self._findings = findings
        self._line = 1
        self.name = self._source.path.name
        self._source.more(0)

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self._source.share

    def header(self) -> str:
        """Take the first line off and return it."""
        text = self._source.data[: _end(self._source.data)].tobytes()
        self._source.more(len(text))
        self._line += 1
        try:
            return text.decode().removeprefix("\ufeff").rstrip("\r\n")
        except UnicodeDecodeError as error:
            self.close()
            raise BadFileError(f"{self.name} is no text: expected comma-separated values in UTF-8") from error

    def close(self) -> None:
        """Let go of the file before its end."""
        self._source.close()

    def stretches(self, columns: Sequence[str], separator: str = ",") -> Iterator[Stretch]:
        """Walk through the rest of the file once, and close it."""
        try:
            yield from self._rest(columns, separator)
        finally:
            self.close()

    def _rest(self, columns: Sequence[str], separator: str) -> Iterator[Stretch]:
        while len(self._source.data):
            used = _last_end(self._source.data)
            if used:
                yield self._stretch(used, columns, separator)
            if not self._source.more(used):
                used = len(self._source.data)
                if used:
                    yield self._stretch(used, columns, separator)
                self._source.more(used)
                break
        if self._source.broken:
            self._findings.add(
                Trouble.TRUNCATED, f"{self.name}, line {self._line}",
                f"the packed file can't be read further ({self._source.broken}); fetch it again",
            )  # fmt: skip

    def _stretch(self, used: int, columns: Sequence[str], separator: str) -> Stretch:
        import polars as pl

        content = self._source.data[:used]
        feeds = int(np.count_nonzero(content == _FEED))
        try:
            frame = pl.read_csv(
                content.tobytes(), has_header=False, separator=separator, schema=dict.fromkeys(columns, pl.String),
                missing_columns="insert", truncate_ragged_lines=True, raise_if_empty=False,
            )  # fmt: skip
        except pl.exceptions.PolarsError as error:
            raise BadFileError(
                f"{self.name} can't be read as comma-separated values after line {self._line}"
                f" ({str(error).splitlines()[0]}): save it again as plain CSV"
            ) from error
        whole = feeds + (used > 0 and content[-1] != _FEED)
        if frame.height != whole:
            raise BadFileError(
                f"{self.name}: {whole} lines from line {self._line} on hold {frame.height} rows: no field may hold a"
                " line feed"
            )
        self._line += whole
        return Stretch(frame, self._line - whole, self.name)


def _end(data: npt.NDArray[np.uint8]) -> int:
    feeds = np.flatnonzero(data == _FEED)
    return int(feeds[0]) + 1 if len(feeds) else len(data)


def _last_end(data: npt.NDArray[np.uint8]) -> int:
    feeds = np.flatnonzero(data == _FEED)
    return int(feeds[-1]) + 1 if len(feeds) else 0
