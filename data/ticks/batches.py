"""A decoder's rows become batches, one for each symbol."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.reader import Batch
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.feeds.rows import deal

_TYPES = (np.int64, np.int64, np.uint8, np.int8, np.uint8, np.int64, np.int64, np.int64, np.int32)


def batches(
    rows: npt.NDArray[np.void], symbols: Sequence[str], file: str, *, numbered: bool = False
) -> Iterator[Batch]:
    """Sort ROW[n] by book, keeping the order within each, and yield a batch for each that has any.

    ``symbols[book]`` is its name; `numbered` says that the rows' sequence is the feed's own.
    """
    if not len(rows):
        return
    counts = np.bincount(rows["book"], minlength=len(symbols))
    ends = np.cumsum(counts)
    block = TickBlock._make(np.empty(len(rows), kind) for kind in _TYPES)
    at, sequence = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    deal(rows, ends - counts, block, at, sequence)
    for book in np.flatnonzero(counts).tolist():
        own = slice(int(ends[book] - counts[book]), int(ends[book]))
        part = TickBlock._make(column[own] for column in block)
        yield Batch(symbols[book], part, sequence[own] if numbered else None, _place(at[own], file))


def _place(at: npt.NDArray[np.int64], file: str) -> Any:
    return lambda row: f"{file}, byte {int(at[row])}"
