"""Memory for rows whose number shows only as a run goes on: written once, grown by doubling, handed out as views.

Pieces kept in lists and joined at the end were a fifth of a run's time: each row was copied twice, and 4 KB pages of
fresh memory cost more than the writing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import SnapshotError

Records = npt.NDArray[np.void]


def longer(array: npt.NDArray[Any], used: int, size: int) -> npt.NDArray[Any]:
    """Return a zeroed array of ``size`` elements that begins with the first ``used`` of another."""
    # Zeroed memory is not touched before it is written: what stays unused costs nothing.
    result = np.zeros(size, array.dtype)
    result[:used] = array[:used]
    return result


def put(array: npt.NDArray[Any], parts: Mapping[str, npt.NDArray[Any]], name: str) -> None:
    """Write a part into the memory of an array; raises ``SnapshotError`` where it is of another size."""
    if parts[name].size != array.size:
        raise SnapshotError(f"{name} has {parts[name].size} values, not {array.size}: it was another strategy's")
    array[...] = parts[name].reshape(array.shape)


class Rows:
    """Columns of equal length that blocks of rows are appended to."""

    def __init__(self, dtypes: tuple[type[Any], ...], expected: int) -> None:
        """Make room for ``expected`` rows; more may come."""
        self._columns = tuple(np.zeros(expected, dtype) for dtype in dtypes)
        self._used = 0

    def append(self, *parts: npt.NDArray[Any]) -> None:
        """Copy a block: one array for each column, all of the same length."""
        stop = self._used + len(parts[0])
        if stop > len(self._columns[0]):
            self._columns = tuple(longer(column, self._used, 2 * stop) for column in self._columns)
        for column, part in zip(self._columns, parts, strict=True):
            column[self._used : stop] = part
        self._used = stop

    def columns(self) -> tuple[npt.NDArray[Any], ...]:
        """Return all rows: one array for each column."""
        return tuple(column[: self._used] for column in self._columns)
