"""What backends give back: the statistics of every parameter set, and what became of those that have none."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.layout import FLOAT, Layout
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.kernels.sweep.accounts import BLOCKS

TIME_BLOCKS = BLOCKS
"""Into how many blocks of time the returns of a run are summed."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Cells(NamedTuple):
    """Results of k parameter sets on S symbols."""

    floats: Floats
    """float64[k, S, F]: statistics as ``STATISTICS`` packs them."""
    integers: Integers
    trade_floats: Floats
    """float64[k, S, F]: statistics of trades as ``TRADE_STATISTICS`` packs them."""
    trade_integers: Integers
    block_sum: Floats
    """float64[k, S, 64]: sum of period returns in each block of time, and of their squares."""
    block_squares: Floats
    fees: Floats
    """float64[k, S]: all fees paid."""
    ended: npt.NDArray[np.int8]
    """int8[k, S]: ``End``."""
    warm_ups: Integers
    """int64[k]: bars before a set could first trade."""
    failed: dict[int, str]
    """Set -> what it raised; its numbers are nan and 0."""


def empty_cells(sets: int, symbols: int) -> Cells:
    """Return room for results: nan and 0 throughout."""
    shape = (sets, symbols)

    def unknown(*more: int) -> Floats:
        return np.full((*shape, *more), np.nan)

    def packed(layout: Layout) -> tuple[Floats, Integers]:
        floats = layout.leaves.count(FLOAT)
        return unknown(floats), np.zeros((*shape, len(layout.leaves) - floats), np.int64)

    return Cells(
        *packed(STATISTICS), *packed(TRADE_STATISTICS), unknown(TIME_BLOCKS), unknown(TIME_BLOCKS), unknown(),
        np.zeros(shape, np.int8), np.zeros(sets, np.int64), {},
    )  # fmt: skip
