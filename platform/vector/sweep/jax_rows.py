"""Rows of one symbol as the compiled loop reads them: padded to one length, and cut where periods end."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.data.blocks import BarBlock
from lockstep.data.extra import ExtraColumns
from lockstep.kernels.hold import hold_block
from lockstep.kernels.stats.statistics import Rules
from lockstep.vector.sweep.cells import TIME_BLOCKS
from lockstep.vector.sweep.periods import count_periods

BLOCK_ROWS = 4096
"""Rows handed to the device at a time."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Rows(NamedTuple):
    """A block of n rows, in arrays of a length that all blocks share."""

    first: np.int64
    """How many rows came before."""
    time_ns: Integers
    session: Integers
    ohlcv: Floats
    """float64[5, length]"""
    opening_ns: Integers
    opening: Floats
    benchmark: Floats
    extra: Floats
    """float64[length, columns]"""


class Stretches(NamedTuple):
    """Rows of one period each. The one before it ends with the first of them, where that is due."""

    number: np.int64
    edges: Integers
    """int64[length + 1]: stretch i is rows ``edges[i]`` to ``edges[i + 1]``."""
    due: npt.NDArray[np.bool_]
    """bool[length]: does a period end before the stretch?"""
    place: Integers
    """int64[length]: block of time which that period's return belongs to."""


def length_of(bars: Bars) -> int:
    """Return how long the arrays of a block must be: few lengths, for each is compiled."""
    return min(BLOCK_ROWS, 1 << max(bars.rows - 1, 15).bit_length())


class Reader:
    """Reads the rows of one symbol's bars, with the level of what they are compared with."""

    def __init__(self, bars: Bars, capital: float, levels: Floats | None, extra: ExtraColumns, rules: Rules) -> None:
        """Compare with ``levels`` float64[rows], or where there are none with ``capital`` spent on the symbol."""
        self._bars, self._capital, self._levels, self._extra = bars, capital, levels, extra
        self._per_bar, self._skipped = rules.per_bar, int(rules.skip_first)
        self._returns, self._length = count_periods(bars, rules), length_of(bars)

    def __iter__(self) -> Iterator[tuple[Rows, Stretches]]:
        """Yield all rows, and behind them the end of the last period, without a row."""
        first, ended, session = 0, 0, None
        prices = (np.full(1, np.nan), np.full(1, np.nan))
        for block in self._bars.blocks(self._length):
            rows = self._rows(block, first, prices)
            new = np.ones(len(block.session), np.bool_)
            if not self._per_bar:
                new[1:] = np.diff(block.session) != 0
                new[0] = session is not None and int(block.session[0]) != session
            new[0] &= first > 0
            yield rows, self._stretches(new, ended)
            ended += int(new.sum())
            first, session = first + len(new), int(block.session[-1])
        yield self._last(rows, first, ended)

    def _last(self, rows: Rows, first: int, ended: int) -> tuple[Rows, Stretches]:
        empty = self._stretches(np.ones(1, np.bool_), ended)
        return rows._replace(first=np.int64(first)), empty._replace(edges=np.zeros_like(empty.edges))

    def _rows(self, block: BarBlock, first: int, prices: tuple[Floats, Floats]) -> Rows:
        n = len(block.close_time_ns)
        if self._levels is not None:
            level = self._levels[first : first + n]
        else:
            level, closes = np.empty(n), np.ascontiguousarray(block.ohlcv[:, 3])
            hold_block(*prices, block.present, closes, self._capital, level)
        extra = self._extra.at(block.close_time_ns)[0]
        columns = (
            block.close_time_ns, block.session, block.ohlcv[0], block.opening_ns[0], block.opening[0], level, extra.T
        )  # fmt: skip
        time, session, ohlcv, opening_ns, opening, level, extra = map(self._padded, columns)
        return Rows(np.int64(first), time, session, ohlcv, opening_ns, opening, level, extra.T)

    def _padded(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a copy as long as all blocks: the bars' own memory is filled again."""
        made = np.zeros((*values.shape[:-1], self._length), values.dtype)
        made[..., : values.shape[-1]] = values
        return made

    def _stretches(self, new: npt.NDArray[np.bool_], ended: int) -> Stretches:
        starts = np.flatnonzero(new)
        if not new[0]:
            starts = np.concatenate([[0], starts])
        due = new[starts]
        number = len(starts)
        index = ended + np.cumsum(due) - 1 - self._skipped
        edges = np.full(self._length + 1, len(new), np.int64)
        edges[:number] = starts
        place = np.clip(index * TIME_BLOCKS // self._returns, 0, TIME_BLOCKS - 1)
        return Stretches(np.int64(number), edges, self._padded(due), self._padded(place))
