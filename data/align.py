"""Finer bars beside coarse ones: decisions are made at the coarse closes, orders fill on the finer bars between."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import copy_adjusted
from lockstep.data.columns import Columns, Int64Array, join
from lockstep.data.history import History
from lockstep.data.interval import interval_ns
from lockstep.data.merge import merge
from lockstep.data.rules import show_time
from lockstep.errors import DisagreementError

if TYPE_CHECKING:
    from lockstep.data.bars import Bars

_ROWS = 65_536


def align(coarse: "Bars", fine: "Bars", *, tolerance: float = 1e-6) -> Int64Array:
    """Say at which rows of finer bars the rows of coarse bars are known.

    Returns int64[fine.rows]: the coarse row that closes with a fine row, else -1. A coarse row closes with the last
    fine row that closes by then, so that what it decides can fill at the next fine row's open and not before. A coarse
    bar may close later than that row, where nothing traded in its last moments.

    Both must hold the same symbols in the same order, with the same adjustment and corporate actions; each fine bar
    must lie within a coarse bar of its symbol, in time and, up to `tolerance` of the price, between its low and high;
    each coarse bar must hold a fine one. Reads all bars once, with memory for the coarse ones and 8 bytes a fine row.

    Raises DisagreementError with the first disagreement.
    """
    _check_alike(coarse, fine)
    for known, finer in zip(coarse.histories, fine.histories, strict=True):
        _check_symbol(known, finer, tolerance)
    fine_times, coarse_times = _closes(fine.histories), _closes(coarse.histories)
    at = np.searchsorted(fine_times, coarse_times, side="right") - 1
    twice = np.flatnonzero(at[1:] == at[:-1])
    if len(twice):
        row = int(twice[0])
        _refuse(
            f"bars of {coarse.interval} close at {show_time(int(coarse_times[row]))} and"
            f" {show_time(int(coarse_times[row + 1]))}, and no bar of {fine.interval} between them: read symbols of"
            " one calendar, or finer bars"
        )
    rows = np.full(len(fine_times), -1, np.int64)
    rows[at] = np.arange(len(coarse_times))
    return rows


def _check_alike(coarse: "Bars", fine: "Bars") -> None:
    if coarse.symbols != fine.symbols:
        _refuse(
            f"the symbols are {', '.join(coarse.symbols)} and {', '.join(fine.symbols)}: read the same in one order"
        )
    if interval_ns(fine.interval) >= interval_ns(coarse.interval):
        _refuse(f"bars of {fine.interval} are not finer than those of {coarse.interval}: give the coarse ones first")
    if coarse.adjust != fine.adjust:
        _refuse(f"adjust is {coarse.adjust!r} and {fine.adjust!r}: read both with the same")
    if coarse.synthetic != fine.synthetic:
        kinds = ("synthetic", "real") if coarse.synthetic else ("real", "synthetic")
        _refuse(f"the {coarse.interval} bars are {kinds[0]}, those of {fine.interval} {kinds[1]}: they are never mixed")
    for symbol, known, finer in zip(coarse.symbols, _told(coarse), _told(fine), strict=True):
        if known != finer:
            _refuse(
                f"{symbol}: the corporate actions of the {coarse.interval} bars, {known or 'none'}, are not those of"
                f" the {fine.interval} bars, {finer or 'none'}: import them into both datasets"
            )


def _told(bars: "Bars") -> list[str]:
    """Each symbol's actions within the span, in words; when in the day they take effect differs by nature."""
    found: list[list[str]] = [[] for _ in bars.symbols]
    for history, told in zip(bars.histories, found, strict=True):
        first, last = (int(day) for day in _days(history))
        told += [repr(action) for action in history.actions if first <= action.day <= last]
    return [", ".join(told) for told in found]


def _days(history: History) -> Int64Array:
    edges = np.array([history.first_open_ns, history.last_close_ns - 1], np.int64)
    return history.instrument.zone.session_days(edges, history.instrument.session_shift_ns)


def _check_symbol(known: History, finer: History, tolerance: float) -> None:
    symbol, coarse = known.instrument.symbol, join([_adjusted(known, at) for at in range(len(known.chunks))])
    held = np.zeros(coarse.rows, np.bool_)
    for at in range(len(finer.chunks)):
        fine = _adjusted(finer, at)
        place = np.searchsorted(coarse.open_time, fine.open_time, side="right") - 1
        outside = (place < 0) | (fine.close_time > coarse.close_time[place])
        high = fine.high > coarse.high[place] * (1 + tolerance)
        low = fine.low < coarse.low[place] * (1 - tolerance)
        bad = np.flatnonzero(outside | high | low)
        if len(bad):
            row = int(bad[0])
            _refuse_bar(symbol, fine, row, coarse, None if outside[row] else int(place[row]))
        held[place] = True
    if not held.all():
        row = int(np.flatnonzero(~held)[0])
        _refuse(
            f"{symbol}: the bar from {_span(coarse, row)} holds no finer bar: read both with the same start and end, or"
            " fill the gap"
        )


def _refuse_bar(symbol: str, fine: Columns, row: int, coarse: Columns, place: int | None) -> NoReturn:
    when = f"{symbol}: the finer bar from {_span(fine, row)}"
    if place is None:
        _refuse(
            f"{when} lies within no coarse bar: read both with the same start and end, and finer bars of the hours that"
            " the coarse ones cover"
        )
    _refuse(
        f"{when}, low {float(fine.low[row])!r} and high {float(fine.high[row])!r}, leaves the range of the bar from"
        f" {_span(coarse, place)}, low {float(coarse.low[place])!r} and high {float(coarse.high[place])!r}: take both"
        " from one source, with the same corporate actions, or allow a larger tolerance"
    )


def _adjusted(history: History, number: int) -> Columns:
    """One chunk's bars with adjusted prices."""
    chunk = history.chunks[number].open()
    columns = chunk.columns
    values = np.empty((5, columns.rows), np.float64)
    if columns.rows:
        copy_adjusted(columns, history.adjustment, values)
    whole = Columns(np.array(columns.open_time), np.array(columns.close_time), *values)
    chunk.release(0, columns.rows)
    return whole


def _closes(histories: Sequence[History]) -> npt.NDArray[np.int64]:
    return np.concatenate([stretch.times for stretch in merge(histories, _ROWS)])


def _span(bars: Columns, row: int) -> str:
    return f"{show_time(int(bars.open_time[row]))} to {show_time(int(bars.close_time[row]))}"


def _refuse(words: str) -> NoReturn:
    raise DisagreementError(words)
