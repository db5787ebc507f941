"""The lines of a feed's files, packed or not, with the way back to file and line."""

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.errors import BadFileError

_FILE_SHIFT = 40
"""A spot is file << 40 | line."""


class Line(NamedTuple):
    """A line without its line feed; `whole` is False for a last one that had none."""

    spot: int
    text: bytes
    whole: bool


class Lines:
    """The lines of files one after another: plain, .gz, or all members of a .zip, told by their first bytes.

    A packed file that ends early is a TRUNCATED finding, a damaged one UNREADABLE: what could be unpacked is given, and
    the next file follows. Raises BadFileError for a file that can't be opened.
    """

    def __init__(self, paths: Iterable[str | os.PathLike[str]], findings: Findings) -> None:
        self.paths = [Path(path) for path in paths]
        if not self.paths:
            raise BadFileError("no file was given: name at least one")
        self._findings = findings
        self._sizes = [_size(path) for path in self.paths]
        self._open: dict[int, IO[bytes]] = {}
        self._done = 0

    @property
    def names(self) -> str:
        """The files' names without folders."""
        return ", ".join(path.name for path in self.paths)

    @property
    def share(self) -> float:
        """How much has been read, 0 to 1."""
        return (self._done + sum(file.tell() for file in self._open.values())) / sum(self._sizes)

    def where(self, spot: int) -> str:
        """Spell a line's place: 'FILE, line 17'; 'FILE' before the first."""
        name, line = self.paths[spot >> _FILE_SHIFT].name, spot & ((1 << _FILE_SHIFT) - 1)
        return f"{name}, line {line}" if line else name

    def places(self, spots: npt.NDArray[np.int64]) -> Place:
        """Return what tells the places of a batch's rows, given their lines' spots, int64[n]."""
        return lambda row: self.where(int(spots[row]))

    def __iter__(self) -> Iterator[Line]:
        for number in range(len(self.paths)):
            yield from self.of(number)

    def of(self, number: int) -> Iterator[Line]:
        """Walk through one file, by its place among the paths."""
        with self.paths[number].open("rb") as file:
            self._open[number] = file
            yield from self._lines(number << _FILE_SHIFT, file)
            del self._open[number]
        self._done += self._sizes[number]

    def _lines(self, spot: int, file: IO[bytes]) -> Iterator[Line]:
        try:
            for stream in _unpacked(file):
                for text in stream:
                    spot += 1
                    yield Line(spot, text.rstrip(b"\r\n"), text.endswith(b"\n"))
        except EOFError:
            # The members of a zip are read to the end of their compressed bytes, those of a gzip to its trailer.
            self._findings.add(
                Trouble.TRUNCATED, self.where(spot), "the packed file ends early after this line; fetch it again"
            )
        except zipfile.BadZipFile as error:
            trouble = Trouble.UNREADABLE if "CRC" in str(error) else Trouble.TRUNCATED
            self._findings.add(trouble, self.where(spot), f"the zip has no end or is damaged ({error}); fetch it again")
        except (zlib.error, gzip.BadGzipFile) as error:
            self._findings.add(
                Trouble.UNREADABLE, self.where(spot), f"the packed file is damaged after this line ({error})"
            )


def _size(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.open("rb").close()
    except OSError as error:
        raise BadFileError(f"{path} can't be read ({error.strerror})") from error
    if not size:
        raise BadFileError(f"{path.name} is empty: fetch it again")
    return size


def _unpacked(file: IO[bytes]) -> Iterator[IO[bytes]]:
    start = file.read(4)
    file.seek(0)
    if start[:2] == b"\x1f\x8b":
        yield io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 16)
    elif start == b"PK\x03\x04":
        with zipfile.ZipFile(file) as archive:
            for member in archive.namelist():
                if not member.endswith("/"):
                    with archive.open(member) as unpacked:
                        yield unpacked
    else:
        yield file
