"""A file's bytes in stretches of bounded size: mapped where it is not compressed, else unpacked on the way."""

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BadFileError

STRETCH = 1 << 24
"""So many bytes at a time: 16 MiB are some 500,000 messages."""
_PORTION = 1 << 16
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_SKIPPED = b"\x2a\x4d\x18"
"""Bytes 2 to 4 of a zstd frame that holds no data; some files begin with one."""


class ByteSource:
    """A file, raw, gzip or zstd (told by its first bytes): `data` is the stretch at hand, `base` the byte it begins at.

    `base` counts unpacked bytes. `broken` says in words why a compressed file can't be unpacked to its end, '' while
    all is well. Raises BadFileError when the file can't be opened, or is none to go back in, as a pipe.
    """

    def __init__(self, path: str | os.PathLike[str], stretch: int = STRETCH) -> None:
        self.path = Path(path)
        self.base = 0
        self.data: npt.NDArray[np.uint8] = np.empty(0, np.uint8)
        self.broken = ""
        self._stretch = stretch
        check_plain(self.path)
        try:
            self._file = open(self.path, "rb")  # noqa: SIM115  # closed by `close`
            self._size = os.path.getsize(self.path)
        except OSError as error:
            raise BadFileError(f"{self.path} can't be read: {error.strerror}") from error
        packing = _packing(self._file.read(4))
        self._file.seek(0)
        self._all: npt.NDArray[np.uint8] | None = None
        if packing:
            self._unpacker = _unpacker(self._file, packing)
            self._buffer = np.empty(2 * stretch, np.uint8)
        elif self._size:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._all = np.frombuffer(self._map, np.uint8)
        self._packed = bool(packing)

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        done = self._file.tell() if self._packed else self.base + len(self.data)
        return done / self._size if self._size else 1.0

    def more(self, used: int) -> bool:
        """Drop the first `used` bytes of `data` and bring more behind the others; False when there are no more."""
        return self._unpack(used) if self._packed else self._move(used)

    def close(self) -> None:
        """Let go of the file; `data` must not be used any more."""
        self.data = np.empty(0, np.uint8)
        self._all = None
        self._file.close()

    def _move(self, used: int) -> bool:
        if self._all is None:
            return False
        end = self.base + len(self.data)
        self.base += used
        self.data = self._all[self.base : self.base + self._stretch + len(self.data) - used]
        behind = self.base - self.base % mmap.PAGESIZE
        if behind:
            self._map.madvise(mmap.MADV_DONTNEED, 0, behind)
        return self.base + len(self.data) > end

    def _unpack(self, used: int) -> bool:
        left = len(self.data) - used
        if left + self._stretch > len(self._buffer):
            self._buffer = np.concatenate([self._buffer, np.empty(left + self._stretch, np.uint8)])
        self._buffer[:left] = self.data[used:].copy()
        self.base += used
        filled, full = left, left + self._stretch
        while filled < full and not self.broken:
            portion = self._portion(min(_PORTION, full - filled))
            if not portion:
                break
            self._buffer[filled : filled + len(portion)] = np.frombuffer(portion, np.uint8)
            filled += len(portion)
        self.data = self._buffer[:filled]
        return filled > left

    def _portion(self, size: int) -> bytes:
        try:
            return bytes(self._unpacker.read(size))
        except OSError as error:
            self.broken = str(error)
            return b""


def check_plain(path: Path) -> None:
    """Raise BadFileError for a pipe or a device: files are read more than once, and from more than one place."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise BadFileError(f"{path} is a pipe or a device: save what comes out of it to a file, and give that")


def _packing(first: bytes) -> str:
    if first[1:4] == _SKIPPED and first[0] >> 4 == 5:
        return "zstd"
    return next((name for magic, name in _PACKED.items() if first.startswith(magic)), "")


def _unpacker(file: Any, packing: str) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(file, "r"), packing)
