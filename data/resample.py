"""Bars of a longer interval, each known at its close and never before.

A longer bar is a stretch of the session, so which stretch a bar belongs to and when that stretch is over follow from
the calendar alone, never from which bars happened to arrive. A missing bar shortens no stretch, and the last one is
left out as long as the data does not reach its end.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockstep.data.blocks import copy_adjusted
from lockstep.data.columns import Columns, Float64Array, Int64Array, join
from lockstep.data.history import History
from lockstep.data.instrument import Instrument
from lockstep.data.interval import DAY_NS, interval_ns, parse_interval
from lockstep.data.memory import memory_history
from lockstep.data.rules import show_time
from lockstep.data.sessions import session_edges, week_ends
from lockstep.errors import DataError

if TYPE_CHECKING:
    from lockstep.data.bars import Bars

WEEK_NS = 7 * DAY_NS
WEEK = ("1w", "w", "week", "weekly")


def resample(bars: "Bars", interval: str) -> "Bars":
    """See `Bars.resample`; a symbol without a single complete bar has none."""
    from lockstep.data.bars import Bars

    spelled = "7d" if interval.strip().lower() in WEEK else parse_interval(interval)
    length, base = interval_ns(spelled), interval_ns(bars.interval)
    if length == base:
        return bars
    _check(spelled, length, bars.interval, base)
    now = bars.span[1]
    histories = tuple(_resampled(history, length, base, now) for history in bars.histories)
    return Bars(histories, spelled, bars.dataset, bars.source, bars.adjust)


def _check(spelled: str, length: int, found: str, base: int) -> None:
    if length > DAY_NS and length != WEEK_NS:
        raise DataError(f"bars can't be made {spelled} long: ask for parts of a day, '1d' or '1w'")
    if length < base or length % base:
        raise DataError(f"bars of {found} can't be put together to {spelled}: ask for a multiple of {found}")


class _Piece(NamedTuple):
    """Some base bars, and when the longer bar that each belongs to is over (int64[n] ns UTC)."""

    columns: Columns
    ends: Int64Array


def _resampled(history: History, length: int, base: int, now: int) -> History:
    pieces = []
    for chunk in history.chunks:
        opened = chunk.open()
        columns = opened.columns
        if columns.rows:
            values = np.empty((5, columns.rows), np.float64)
            copy_adjusted(columns, history.adjustment, values)
            whole = Columns(columns.open_time, columns.close_time, *values)
            pieces.append(_joined(_placed(whole, history.instrument, length, base)))
        opened.release(0, columns.rows)
    nothing = _Piece(Columns(*(np.empty(0, np.int64),) * 2, *(np.empty(0),) * 5), np.empty(0, np.int64))
    pieces = [piece for piece in pieces if len(piece.ends)] or [nothing]
    # Files end in the middle of weeks: their last and first pieces are put together once more.
    ends = np.concatenate([piece.ends for piece in pieces])
    made = _joined(_Piece(join([piece.columns for piece in pieces]), ends))
    done = made.ends <= now
    columns = made.columns._replace(close_time=made.ends).pick(done)
    return memory_history(history, columns, now)


def _placed(columns: Columns, instrument: Instrument, length: int, base: int) -> _Piece:
    """Say when the longer bar of each base bar ends; leave out what lies outside of the sessions of days and weeks."""
    days = instrument.zone.session_days(columns.open_time, instrument.session_shift_ns)
    if length == WEEK_NS:
        ends = week_ends(instrument, days)
    else:
        opens, closes = session_edges(instrument, days)
        ends = closes if length == DAY_NS else _part_ends(columns, opens, closes, length)
    if length >= DAY_NS:
        inside = columns.close_time <= ends
        if base < DAY_NS:
            opens, closes = session_edges(instrument, days)
            inside &= (columns.open_time >= opens) & (columns.close_time <= closes)
        return _Piece(columns.pick(inside), ends[inside])
    late = np.flatnonzero(columns.close_time > ends)
    if len(late):
        first, last = (show_time(int(time[late[0]])) for time in (columns.open_time, columns.close_time))
        raise DataError(
            f"{instrument.symbol}: the bar from {first} to {last} reaches over the end of a longer bar, "
            f"{show_time(int(ends[late[0]]))}; longer bars are counted from the session's open: ask for another "
            "length, or for '1d'"
        )
    return _Piece(columns, ends)


def _part_ends(columns: Columns, opens: Int64Array, closes: Int64Array, length: int) -> Int64Array:
    """Parts of a day are counted from the session's open; behind its close they are counted from there."""
    before = columns.open_time < closes
    anchor = np.where(before, opens, closes)
    ends: Int64Array = anchor + ((columns.open_time - anchor) // length + 1) * length
    return np.where(before, np.minimum(ends, closes), ends)


def _joined(piece: _Piece) -> _Piece:
    """Put base bars of the same end together: int64 and float64[number of ends]."""
    columns, ends = piece
    if not len(ends):
        return piece
    first = np.concatenate([[0], np.flatnonzero(np.diff(ends)) + 1])
    last = np.append(first[1:], len(ends)) - 1
    made = Columns(
        columns.open_time[first],
        columns.close_time[last],
        columns.open[first],
        _reduced(np.maximum, columns.high, first),
        _reduced(np.minimum, columns.low, first),
        columns.close[last],
        _reduced(np.add, columns.volume, first),
    )
    return _Piece(made, ends[first])


def _reduced(operation: np.ufunc, values: Float64Array, first: Int64Array) -> Float64Array:
    made: Float64Array = operation.reduceat(values, first)
    return made
