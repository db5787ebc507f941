"""The file of a snapshot: plain values and arrays, read back to the last bit, or not at all.

Behind a mark of 8 bytes and the header's length (8 bytes, little-endian) come the header, MessagePack, and the arrays'
bytes. Each array says what it is made of: under a layout that has changed since it is refused. Pages of zeros, which
are most of a book, are left out.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from lockstep.errors import SnapshotError

Array = npt.NDArray[Any]
Types = Mapping[str, np.dtype[Any]]
MARK = b"LOCKSNP1"
PAGE = 4096
"""Bytes that are left out together."""
_SMALL = 16 * PAGE
"""Arrays up to so many bytes are kept as they are."""


class Held(NamedTuple):
    """An array as it was at one moment."""

    name: str
    layout: str
    rows: int
    used: bytes | None
    """Numbers of the pages that are kept, int32; None: all of it is."""
    content: bytes


def hold(parts: Mapping[str, Array], under: str = "") -> list[Held]:
    """Copy what may be written to in the next moment; ``under`` is put before its names."""
    return [_held(f"{under}{name}", array) for name, array in parts.items()]


def _held(name: str, array: Array) -> Held:
    layout = layout_of(array.dtype)
    if array.nbytes <= _SMALL:
        return Held(name, layout, len(array), None, array.tobytes())
    raw = np.ascontiguousarray(array).view(np.uint8)
    whole = len(raw) // PAGE * PAGE
    pages = raw[:whole].view(np.uint64).reshape(-1, PAGE // 8)
    used = np.flatnonzero(np.bitwise_or.reduce(pages, axis=1))
    return Held(
        name, layout, len(array), used.astype("<i4").tobytes(), pages[used].tobytes() + raw[whole:].tobytes()
    )  # fmt: skip


@lru_cache(256)
def layout_of(dtype: np.dtype[Any]) -> str:
    """Return what tells an array's layout from others: names, types and places of its fields."""
    return hashlib.sha256(repr((dtype.descr, dtype.itemsize, dtype.fields)).encode()).hexdigest()[:16]


def packed(values: Mapping[str, Any], held: Iterable[Held]) -> bytes:
    """Return a snapshot as the bytes of its file; ``values`` is what MessagePack can hold."""
    parts = list(held)
    index = [(*part[:4], len(part.content)) for part in parts]
    header = msgspec.msgpack.encode({"values": values, "parts": index})
    return b"".join([MARK, len(header).to_bytes(8, "little"), header, *(part.content for part in parts)])


class Snapshot:
    """A snapshot that was read; raises ``SnapshotError`` for bytes that are none."""

    def __init__(self, content: bytes) -> None:
        start = len(MARK) + 8
        if content[: len(MARK)] != MARK:
            raise SnapshotError(f"it begins with {content[: len(MARK)]!r}, not {MARK!r}: another version wrote it")
        end = start + int.from_bytes(content[len(MARK) : start], "little")
        try:
            header = msgspec.msgpack.decode(content[start:end])
            self.values: dict[str, Any] = header["values"]
            self._parts: dict[str, Held] = {}
            for name, layout, count, used, size in header["parts"]:
                self._parts[name] = Held(name, layout, count, used, content[end : end + size])
                end += size
        except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            raise SnapshotError(f"it can't be read ({error})") from error

    def parts(self, under: str, types: Types) -> dict[str, Array]:
        """Return the arrays whose names begin so, without that, each of the type that is given for it.

        Raises ``SnapshotError`` where one was kept in another layout, or is not all there.
        """
        found = {name.removeprefix(under): part for name, part in self._parts.items() if name.startswith(under)}
        return {name: _array(part, types.get(name)) for name, part in found.items()}


def _array(part: Held, dtype: np.dtype[Any] | None) -> Array:
    if dtype is None or layout_of(dtype) != part.layout:
        raise SnapshotError(f"{part.name} was laid out otherwise when it was kept: another version wrote it")
    raw = np.zeros(part.rows * dtype.itemsize, np.uint8)
    kept = np.frombuffer(part.content, np.uint8)
    if part.used is None:
        whole = used = 0
    else:
        whole, used = len(raw) // PAGE * PAGE, len(part.used) // 4 * PAGE
        if len(kept) == used + len(raw) - whole:
            raw[:whole].reshape(-1, PAGE)[np.frombuffer(part.used, "<i4")] = kept[:used].reshape(-1, PAGE)
    if len(kept) - used != len(raw) - whole:
        raise SnapshotError(f"{part.name} holds {len(kept)} bytes, not those of {part.rows} rows")
    raw[whole:] = kept[used:]
    return raw.view(dtype)
