"""What readers of binary feeds share: files that are read one after another, a stretch of their bytes at a time."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.byte_source import ByteSource
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.reader import Batch

Path = str | os.PathLike[str]


class BinaryReader(ABC):
    """Walks through the files of a feed; a feed's reader adds how one of them is read, and meets its instruments."""

    def __init__(self, paths: Path | Sequence[Path], findings: Findings, stretch: int) -> None:
        self.paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        self.findings = findings
        self.source = ", ".join(os.path.basename(path) for path in self.paths)
        self._instruments: dict[str, Instrument] = {}
        self._stretch = stretch
        self._done = 0
        self._now: ByteSource | None = None

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The instruments met so far that are wanted."""
        return self._instruments

    @property
    def share(self) -> float:
        """How much of the files has been read, 0 to 1."""
        return (self._done + (self._now.share if self._now else 0.0)) / len(self.paths)

    def blocks(self) -> Iterator[Batch]:
        """Walk through the files; see Reader."""
        for number, path in enumerate(self.paths):
            self._done, self._now = number, ByteSource(path, self._stretch)
            try:
                yield from self._file(self._now, number)
            finally:
                self._now.close()
                self._now = None
        self._done = len(self.paths)

    @abstractmethod
    def _file(self, source: ByteSource, number: int) -> Iterator[Batch]:
        """Read one of the files, by its place among the paths."""


def check_end(source: ByteSource, findings: Findings, unit: str) -> None:
    """Count what is left behind the last whole `unit` of a file, a message or record."""
    left, place = len(source.data), f"{source.path.name}, byte {source.base}"
    if source.broken:
        findings.add(Trouble.TRUNCATED, place, f"the compressed file can't be unpacked any further ({source.broken})")
    elif left:
        findings.add(Trouble.TRUNCATED, place, f"the file ends {left} bytes into a {unit}: get all of it")
