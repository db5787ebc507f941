"""The seven columns every bar has, as plain NumPy arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

COLUMN_NAMES = ("open_time", "close_time", "open", "high", "low", "close", "volume")

Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]


class Columns(NamedTuple):
    """One symbol's bars in time order; all arrays have the same length n.

    Times are int64[n] nanoseconds since 1970-01-01 UTC, prices and volume float64[n] in the instrument's
    currency and units. A bar covers [open_time, close_time) and is known at its close.
    """

    open_time: Int64Array
    close_time: Int64Array
    open: Float64Array
    high: Float64Array
    low: Float64Array
    close: Float64Array
    volume: Float64Array

    @property
    def rows(self) -> int:
        """Number of bars."""
        return len(self.open_time)

    def cut(self, start: int, stop: int) -> "Columns":
        """Give rows [start, stop) as views on the same memory."""
        return Columns._make(column[start:stop] for column in self)

    def pick(self, order: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Columns":
        """Copy the rows chosen by an index or mask."""
        return Columns._make(column[order] for column in self)

    def same_as(self, other: "Columns") -> bool:
        """True when all seven columns are equal, value for value."""
        return all(np.array_equal(mine, theirs) for mine, theirs in zip(self, other, strict=True))


def join(parts: Sequence[Columns]) -> Columns:
    """Copy several stretches of one symbol into one."""
    if len(parts) == 1:
        return parts[0]
    return Columns._make(np.concatenate([part[at] for part in parts]) for at in range(len(COLUMN_NAMES)))
