"""Fewer points for the eye: long series are thinned so that no extreme is lost."""

import numpy as np
import numpy.typing as npt

DISPLAY_POINTS = 4000
"""What a line is thinned to: about three points for each pixel of a wide screen."""

_PER_BUCKET = 4


def thin(values: npt.NDArray[np.float64], limit: int = DISPLAY_POINTS) -> npt.NDArray[np.intp]:
    """Return the ascending positions to draw, at most ``limit`` (4 or more) of them.

    The series is cut into equal pieces, and of each the first, last, lowest and highest value stay. So every
    piece's range, and with it every extreme of the whole, is drawn as it is; taking every n-th value would
    cut off crashes. NaN counts as no value. Raises ValueError for a limit under 4.
    """
    if limit < _PER_BUCKET:
        raise ValueError(f"limit must be at least {_PER_BUCKET}, found {limit}: each piece keeps four points")
    count = len(values)
    if count <= limit:
        return np.arange(count)
    size = -(-count // (limit // _PER_BUCKET))
    starts = np.arange(0, count, size)
    ends = np.minimum(starts + size, count) - 1
    lowest = starts + _pieces(values, size, np.inf).argmin(axis=1)
    highest = starts + _pieces(values, size, -np.inf).argmax(axis=1)
    return np.unique(np.concatenate((starts, ends, lowest, highest)))


def spread(count: int, limit: int) -> npt.NDArray[np.intp]:
    """Return at most ``limit`` (2 or more) positions out of ``count``, evenly spread, both ends included."""
    if count <= limit:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, limit).round().astype(np.intp))


def _pieces(values: npt.NDArray[np.float64], size: int, absent: float) -> npt.NDArray[np.float64]:
    """Return the values as rows of ``size``; NaN, and what is missing in the last row, becomes ``absent``."""
    rows = -(-len(values) // size)
    padded = np.full(rows * size, absent)
    np.copyto(padded[: len(values)], values, where=~np.isnan(values))
    return padded.reshape(rows, size)
