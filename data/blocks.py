"""Blocks of bars: what every driver reads. Buffers are allocated once and filled again and again."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.actions import SplitTable
from lockstep.data.columns import Columns, Float64Array, Int64Array
from lockstep.data.history import History
from lockstep.data.merge import Stretch, merge


class BarBlock(NamedTuple):
    """n rows of the merged calendar for S symbols; all arrays are C-contiguous.

    The buffers are reused: a block is valid until the next one is asked for.

    open_time_ns: int64[n], earliest open among the bars of the row, ns UTC.
    close_time_ns: int64[n], strictly ascending union of the symbols' close times; a bar is known at its close.
    session: int64[n], session day in days since 1970-01-01 in the exchange's zone; never falls (with exchanges in
        several zones, the latest session any of them has reached).
    present: bool[S, n], has this symbol a bar at this row.
    ohlcv: float64[S, 5, n], open, high, low, close, volume after splits; NaN where there is no bar.
    """

    open_time_ns: Int64Array
    close_time_ns: Int64Array
    session: Int64Array
    present: npt.NDArray[np.bool_]
    ohlcv: Float64Array


def blocks(histories: Sequence[History], size: int) -> Iterator[BarBlock]:
    """Fill one block after the other; see `Bars.blocks`."""
    buffers = _Buffers(len(histories), size)
    session = np.iinfo(np.int64).min
    for stretch in merge(histories, size):
        block = buffers.block(len(stretch.times))
        np.copyto(block.close_time_ns, stretch.times)
        _fill_times(block, stretch, histories)
        session = _keep_rising(block.session, session)
        for index, history in enumerate(histories):
            _fill_symbol(block, index, stretch, history.splits)
        yield block


class _Buffers:
    """Flat memory, so that a short block is as contiguous as a full one: another layout would compile again."""

    def __init__(self, symbols: int, size: int) -> None:
        self._symbols = symbols
        self._times = np.empty((3, size), np.int64)
        self._present = np.empty(symbols * size, np.bool_)
        self._values = np.empty(symbols * 5 * size, np.float64)

    def block(self, rows: int) -> BarBlock:
        opens, closes, session = (time[:rows] for time in self._times)
        present = self._present[: self._symbols * rows].reshape(self._symbols, rows)
        values = self._values[: self._symbols * 5 * rows].reshape(self._symbols, 5, rows)
        return BarBlock(opens, closes, session, present, values)


def _fill_times(block: BarBlock, stretch: Stretch, histories: Sequence[History]) -> None:
    """Earliest open time and latest session of each row."""
    block.open_time_ns.fill(np.iinfo(np.int64).max)
    block.session.fill(np.iinfo(np.int64).min)
    done: tuple[Int64Array, str, int] | None = None
    for part, place, history in zip(stretch.parts, stretch.places, histories, strict=True):
        if part is None:
            continue
        instrument = history.instrument
        if place is not None:
            days = instrument.zone.session_days(part.open_time, instrument.session_shift_ns)
            block.open_time_ns[place] = np.minimum(block.open_time_ns[place], part.open_time)
            block.session[place] = np.maximum(block.session[place], days)
            continue
        # Symbols of one exchange open together: compare 64 KB rather than compute it again.
        if (
            done
            and done[1:] == (instrument.time_zone, instrument.session_shift_ns)
            and np.array_equal(done[0], part[0])
        ):
            continue
        days = instrument.zone.session_days(part.open_time, instrument.session_shift_ns)
        np.minimum(block.open_time_ns, part.open_time, out=block.open_time_ns)
        np.maximum(block.session, days, out=block.session)
        done = (part.open_time, instrument.time_zone, instrument.session_shift_ns)


def _keep_rising(session: Int64Array, before: int) -> int:
    """Where exchanges in several zones take turns, a row counts for the latest session reached so far."""
    if session[0] < before or np.any(session[1:] < session[:-1]):
        session[0] = max(before, int(session[0]))
        np.maximum.accumulate(session, out=session)
    return int(session[-1])


def _fill_symbol(block: BarBlock, index: int, stretch: Stretch, splits: SplitTable) -> None:
    part, place = stretch.parts[index], stretch.places[index]
    values, present = block.ohlcv[index], block.present[index]
    if part is None:
        values.fill(np.nan)
        present.fill(False)
    elif place is None:
        copy_adjusted(part, splits, values)
        present.fill(True)
    else:
        compact = np.empty((5, part.rows), np.float64)
        copy_adjusted(part, splits, compact)
        values.fill(np.nan)
        values[:, place] = compact
        present.fill(False)
        present[place] = True


def copy_adjusted(part: Columns, splits: SplitTable, out: Float64Array) -> None:
    """Copy prices and volume into float64[5, n]: prices divided, volume multiplied by the splits still to come."""
    for start, stop, divisor in _pieces(part.open_time, splits):
        for row in range(4):
            if divisor == 1.0:
                np.copyto(out[row, start:stop], part[row + 2][start:stop])
            else:
                np.divide(part[row + 2][start:stop], divisor, out=out[row, start:stop])
        np.multiply(part.volume[start:stop], divisor, out=out[4, start:stop])


def _pieces(open_time: Int64Array, splits: SplitTable) -> Iterator[tuple[int, int, float]]:
    first = int(np.searchsorted(splits.edges, open_time[0], side="right"))
    last = int(np.searchsorted(splits.edges, open_time[-1], side="right"))
    inner = np.searchsorted(open_time, splits.edges[first:last], side="left").tolist()
    edges = [0, *inner, len(open_time)]
    for offset, (start, stop) in enumerate(itertools.pairwise(edges)):
        if start < stop:
            yield start, stop, float(splits.divisors[first + offset])
