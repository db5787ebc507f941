"""Blocks of bars: what every driver reads. Buffers are allocated once and filled again and again."""

import itertools
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.adjustment import Adjustment
from lockstep.data.columns import Columns, Float64Array, Int64Array
from lockstep.data.history import History
from lockstep.data.merge import Stretch, merge
from lockstep.kernels.bar import NEVER


class BarBlock(NamedTuple):
    """n rows of the merged calendar for S symbols; all arrays are C-contiguous.

    The buffers are used in turn: a block is valid until the one after the next is asked for.

    close_time_ns: int64[n], strictly ascending union of the symbols' close times; a bar is known at its close.
    session: int64[n], session day in days since 1970-01-01 in the exchange's zone; never falls (with exchanges in
        several zones, the latest session any of them has reached).
    present: bool[S, n], has this symbol a bar at this row.
    ohlcv: float64[S, 5, n], open, high, low, close, volume as adjusted; NaN where there is no bar.
    opening_ns: int64[S, n], when a bar of this symbol opens, from the row before's close until before this row's; NEVER
        where none does. With several calendars a bar may open rows before the one that it closes in.
    opening: float64[S, n], the price at which it opens, as adjusted; NaN where none does.
    """

    close_time_ns: Int64Array
    session: Int64Array
    present: npt.NDArray[np.bool_]
    ohlcv: Float64Array
    opening_ns: Int64Array
    opening: Float64Array


def blocks(histories: Sequence[History], size: int) -> Iterator[BarBlock]:
    """Fill one block after the other; see `Bars.blocks`."""
    # Two sets in turn, so that a driver can have one block filled while it works on another.
    turns = cycle((_Buffers(len(histories), size), _Buffers(len(histories), size)))
    session = before = np.iinfo(np.int64).min
    for stretch in merge(histories, size):
        block = next(turns).block(len(stretch.times))
        np.copyto(block.close_time_ns, stretch.times)
        _fill_session(block, stretch, histories)
        session = _keep_rising(block.session, session)
        for index, history in enumerate(histories):
            _fill_symbol(block, index, stretch, history.adjustment)
            _fill_opening(block, index, stretch, history.adjustment, before)
        before = int(stretch.times[-1])
        yield block


class _Buffers:
    """Flat memory, so that a short block is as contiguous as a full one: another layout would compile again."""

    def __init__(self, symbols: int, size: int) -> None:
        self._symbols = symbols
        self._times = np.empty((2, size), np.int64)
        self._present = np.empty(symbols * size, np.bool_)
        self._values = np.empty(symbols * 5 * size, np.float64)
        self._opening_ns = np.empty(symbols * size, np.int64)
        self._opening = np.empty(symbols * size, np.float64)

    def block(self, rows: int) -> BarBlock:
        closes, session = (time[:rows] for time in self._times)
        cells, shape = self._symbols * rows, (self._symbols, rows)
        values = self._values[: 5 * cells].reshape(self._symbols, 5, rows)
        present = self._present[:cells].reshape(shape)
        opening_ns, opening = self._opening_ns[:cells].reshape(shape), self._opening[:cells].reshape(shape)
        return BarBlock(closes, session, present, values, opening_ns, opening)


def _fill_session(block: BarBlock, stretch: Stretch, histories: Sequence[History]) -> None:
    """Latest session of each row."""
    block.session.fill(np.iinfo(np.int64).min)
    done: tuple[Int64Array, str, int] | None = None
    for part, place, history in zip(stretch.parts, stretch.places, histories, strict=True):
        if part is None:
            continue
        instrument = history.instrument
        if place is not None:
            days = instrument.zone.session_days(part.open_time, instrument.session_shift_ns)
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
        np.maximum(block.session, days, out=block.session)
        done = (part.open_time, instrument.time_zone, instrument.session_shift_ns)


def _keep_rising(session: Int64Array, before: int) -> int:
    """Where exchanges in several zones take turns, a row counts for the latest session reached so far."""
    if session[0] < before or np.any(session[1:] < session[:-1]):
        session[0] = max(before, int(session[0]))
        np.maximum.accumulate(session, out=session)
    return int(session[-1])


def _fill_symbol(block: BarBlock, index: int, stretch: Stretch, adjustment: Adjustment) -> None:
    part, place = stretch.parts[index], stretch.places[index]
    values, present = block.ohlcv[index], block.present[index]
    if part is None:
        values.fill(np.nan)
        present.fill(False)
    elif place is None:
        copy_adjusted(part, adjustment, values)
        present.fill(True)
    else:
        compact = np.empty((5, part.rows), np.float64)
        copy_adjusted(part, adjustment, compact)
        values.fill(np.nan)
        values[:, place] = compact
        present.fill(False)
        present[place] = True


def _fill_opening(block: BarBlock, index: int, stretch: Stretch, adjustment: Adjustment, before: int) -> None:
    """Put each bar's open at the row in whose time it lies; those up to ``before`` lay in earlier stretches."""
    part, place, opened = stretch.parts[index], stretch.places[index], stretch.opened[index]
    opening_ns, opening = block.opening_ns[index], block.opening[index]
    if part is not None and place is None and part.open_time[0] >= before:
        # A bar closes at every row, so each one opens in the row that it closes in.
        np.copyto(opening_ns, part.open_time)
        np.copyto(opening, block.ohlcv[index, 0])
        return
    opening_ns.fill(NEVER)
    opening.fill(np.nan)
    for bars in (part, opened):
        if bars is None:
            continue
        fresh = bars.open_time >= before
        rows = np.searchsorted(stretch.times, bars.open_time[fresh], side="right")
        values = np.empty((5, bars.rows), np.float64)
        copy_adjusted(bars, adjustment, values)
        opening_ns[rows] = bars.open_time[fresh]
        opening[rows] = values[0, fresh]


def copy_adjusted(part: Columns, adjustment: Adjustment, out: Float64Array) -> None:
    """Copy prices and volume into float64[5, n]: prices divided, volume multiplied by what is still to come."""
    for start, stop, divisor, units in _pieces(part.open_time, adjustment):
        for row in range(4):
            if divisor == 1.0:
                np.copyto(out[row, start:stop], part[row + 2][start:stop])
            else:
                np.divide(part[row + 2][start:stop], divisor, out=out[row, start:stop])
        np.multiply(part.volume[start:stop], units, out=out[4, start:stop])


def _pieces(open_time: Int64Array, adjustment: Adjustment) -> Iterator[tuple[int, int, float, float]]:
    if not len(open_time):
        return
    known = adjustment.edges
    first = int(np.searchsorted(known, open_time[0], side="right"))
    last = int(np.searchsorted(known, open_time[-1], side="right"))
    inner = np.searchsorted(open_time, known[first:last], side="left").tolist()
    edges = [0, *inner, len(open_time)]
    for at, (start, stop) in enumerate(itertools.pairwise(edges), first):
        if start < stop:
            yield start, stop, float(adjustment.divisors[at]), float(adjustment.units[at])
