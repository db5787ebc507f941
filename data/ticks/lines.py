"""The lines of a feed's files, packed or not, with the way back to file and line."""

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.byte_source import check_plain
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.errors import BadFileError

STRETCH = 1 << 22
"""So many bytes at a time: some 50,000 lines of CSV."""
_FILE_SHIFT = 40
"""A spot is file << 40 | line."""

Stream = IO[bytes] | gzip.GzipFile


class Line(NamedTuple):
    """A line without its line feed, or a stretch of lines with theirs; `whole` is False where the last one has none."""

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
        done = self._done + sum(file.tell() for file in self._open.values())
        return min(done / sum(self._sizes), 1.0)

    def rewind(self) -> None:
        """Count what is read from nothing again."""
        self._done = 0

    def where(self, spot: int) -> str:
        """Spell a line's place: 'FILE, line 17'; 'FILE' before the first."""
        name, line = self.paths[spot >> _FILE_SHIFT].name, spot & ((1 << _FILE_SHIFT) - 1)
        return f"{name}, line {line}" if line else name

    def is_first(self, spot: int) -> bool:
        """Tell whether a line is its file's first."""
        return spot & ((1 << _FILE_SHIFT) - 1) == 1

    def places(self, spots: npt.NDArray[np.int64]) -> Place:
        """Return what tells the places of a batch's rows, given their lines' spots, int64[n]."""
        return lambda row: self.where(int(spots[row]))

    def __iter__(self) -> Iterator[Line]:
        for number in range(len(self.paths)):
            yield from self.of(number)

    def of(self, number: int) -> Iterator[Line]:
        """Walk through one file, by its place among the paths."""
        spot = number << _FILE_SHIFT
        with self._opened(number) as streams, self._guarded(lambda: spot):
            for stream in streams:
                for text in _by_line(stream):
                    spot += 1
                    yield Line(spot, text.rstrip(b"\r\n"), text.endswith(b"\n"))

    def stretches(self, number: int, size: int = STRETCH) -> Iterator[Line]:
        """Walk through one file many lines at a time: whole lines with their line feeds, and the first one's spot."""
        spot, pieces = (number << _FILE_SHIFT) + 1, [b""]
        with self._opened(number) as streams:
            with self._guarded(lambda: spot + sum(piece.count(b"\n") for piece in pieces) - 1):
                for portion in (portion for stream in streams for portion in iter(partial(_portion, stream), b"")):
                    pieces.append(portion)
                    if sum(map(len, pieces)) >= size:
                        text, pieces = _cut(b"".join(pieces))
                        if text:
                            yield Line(spot, text, True)
                            spot += text.count(b"\n")
            rest = b"".join(pieces)
            if rest:
                yield Line(spot, rest, rest.endswith(b"\n"))

    @contextmanager
    def _opened(self, number: int) -> Iterator[Iterator[Stream]]:
        with self.paths[number].open("rb") as file:
            self._open[number] = file
            try:
                yield _unpacked(file)
            finally:
                del self._open[number]
                self._done += self._sizes[number]

    @contextmanager
    def _guarded(self, spot: Callable[[], int]) -> Iterator[None]:
        """Turn the end of what can be unpacked into a finding after the line at `spot`."""
        try:
            yield
        except EOFError:
            what = "the packed file ends early after this line; fetch it again"
            self._findings.add(Trouble.TRUNCATED, self.where(spot()), what)
        except zipfile.BadZipFile as error:
            trouble = Trouble.UNREADABLE if "CRC" in str(error) else Trouble.TRUNCATED
            what = f"the zip has no end or is damaged ({error}); fetch it again"
            self._findings.add(trouble, self.where(spot()), what)
        except (zlib.error, gzip.BadGzipFile) as error:
            what = f"the packed file is damaged after this line ({error})"
            self._findings.add(Trouble.UNREADABLE, self.where(spot()), what)


def _by_line(stream: Stream) -> IO[bytes] | io.BufferedReader:
    """Return what gives lines quickly: gzip's own goes through Python for each."""
    return io.BufferedReader(stream, 1 << 16) if isinstance(stream, gzip.GzipFile) else stream


def _portion(stream: Stream) -> bytes:
    """Read what one step of unpacking gives: an error later on costs nothing of it."""
    return stream.read1(1 << 18) if isinstance(stream, gzip.GzipFile) else stream.read(1 << 18)


def _cut(text: bytes) -> tuple[bytes, list[bytes]]:
    end = text.rfind(b"\n") + 1
    return text[:end], [text[end:]]


def _size(path: Path) -> int:
    check_plain(path)
    try:
        size = path.stat().st_size
        path.open("rb").close()
    except OSError as error:
        raise BadFileError(f"{path} can't be read ({error.strerror})") from error
    if not size:
        raise BadFileError(f"{path.name} is empty: fetch it again")
    return size


def _unpacked(file: IO[bytes]) -> Iterator[Stream]:
    start = file.read(4)
    file.seek(0)
    if start[:2] == b"\x1f\x8b":
        yield gzip.GzipFile(fileobj=file)
    elif start == b"PK\x03\x04":
        with _bad_zip():
            archive = zipfile.ZipFile(file)
        for member in archive.namelist():
            if not member.endswith("/"):
                with _bad_zip():
                    unpacked = archive.open(member)
                with unpacked:
                    yield unpacked
    else:
        yield file


@contextmanager
def _bad_zip() -> Iterator[None]:
    """Let all that can be wrong with a zip be a BadZipFile: places before the file, unknown packings, passwords."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise zipfile.BadZipFile(str(error)) from error
