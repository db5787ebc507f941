"""The equity of a session in a file of its folder: a page and a gateway that come later know what was before."""

import os
import struct
from collections.abc import Iterable
from math import isnan, nan
from pathlib import Path

FILE = "equity.bin"
"""In a session's folder: what the gateway has seen it be worth."""
_POINT = struct.Struct("<qdd")
Point = tuple[int, float, float | None]
"""A moment (ns UTC), equity, and profit of the day where that is known."""


def read_points(folder: Path) -> list[Point]:
    """Return what was kept; of a point that a crash has cut off nothing is left."""
    try:
        content = (folder / FILE).read_bytes()
    except OSError:
        return []
    whole = len(content) // _POINT.size * _POINT.size
    return [
        (time_ns, equity, None if isnan(day) else day) for time_ns, equity, day in _POINT.iter_unpack(content[:whole])
    ]


def add_point(folder: Path, point: Point) -> None:
    """Keep another point, behind the last whole one; raises ``OSError`` where the disk takes none."""
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        os.pwrite(handle, _packed(point), size - size % _POINT.size)
    finally:
        os.close(handle)


def replace_points(folder: Path, points: Iterable[Point]) -> None:
    """Keep these and no others; not synced, since only a picture is lost. Raises ``OSError``."""
    fresh = folder / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, b"".join(_packed(point) for point in points))
    finally:
        os.close(handle)
    os.replace(fresh, folder / FILE)


def _packed(point: Point) -> bytes:
    time_ns, equity, day = point
    return _POINT.pack(time_ns, equity, nan if day is None else day)
