"""The market at chosen moments: what fills and orders are measured against."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.sampling import MOMENT, TAPE, sample_block, sample_rest

WINDOW = 1 << 16

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """The market after all events up to each of some times, in the order in which they were asked for."""

    rows: npt.NDArray[np.void]
    """MOMENT[n], ticks and lots"""
    depth: Integers
    """int64[n, 2, levels, 2]: (tick, lots) of the best levels, bids first; lots 0 where there are fewer"""

    @property
    def middle(self) -> Floats:
        """float64[n] ticks: between best bid and ask; nan unless both sides are there."""
        middle: Floats = 0.5 * (self.rows["bid"] + self.rows["ask"])
        return np.where((self.rows["bid_lots"] > 0) & (self.rows["ask_lots"] > 0), middle, np.nan)


def market_at(ticks: Ticks, times_ns: Any, levels: int = 0) -> Moments:
    """Replay a history and return the market at some times (int64[n] ns UTC, in any order)."""
    times = np.asarray(times_ns, np.int64)
    order = np.argsort(times, kind="stable")
    ascending = times[order]
    rows, depth = np.zeros(len(times), MOMENT), np.zeros((len(times), 2, levels, 2), np.int64)
    tape, book = np.zeros(1, TAPE), None
    for block in ticks.blocks():
        if book is None:
            base = int(np.median(block.tick[:10_000])) - WINDOW // 2
            book = Book(base, window=WINDOW, slots=ticks.slots)
        event, code = 0, int(Code.OK)
        while event < len(block.kind):
            event, code = sample_block(book.row, tape, block, event, ascending, rows, depth)
            if code != Code.OK:
                book.grow(Code(code))
    assert book is not None  # a history has at least one event
    sample_rest(book.row, tape, rows, depth)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Moments(rows[back], depth[back])
