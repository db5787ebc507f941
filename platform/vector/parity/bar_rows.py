"""Rows of bars of a whole tape at once: given ones put together, others built of its trades in blocks."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.data.interval import interval_ns
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import BarTerms
from lockstep.kernels.bar import NEVER
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.builder import BUILDER, BUILT, Measure, build
from lockstep.strategies.over_bars.built import PRICES, Timetable
from lockstep.strategies.over_bars.gather import Gathering

Records = npt.NDArray[np.void]
PIECE = 65_536


class TapedRows(NamedTuple):
    """The rows that a tape leads to."""

    block: BarBlock
    last: npt.NDArray[np.bool_]
    """bool[symbols, rows]: is it the symbol's last bar of the session?"""
    at: npt.NDArray[np.int64]
    """int64[rows]: so many records of the tape lead to each."""
    refused: tuple[tuple[int, str], ...] = ()
    """Records of the tape with which one came that can't be, and why."""

    def part(self, start: int, stop: int) -> tuple[BarBlock, npt.NDArray[np.bool_]]:
        """Return some rows, as contiguous arrays."""
        columns: list[Any] = [np.ascontiguousarray(column[..., start:stop]) for column in self.block]
        block = BarBlock(*columns)
        return block, np.ascontiguousarray(self.last[:, start:stop])


def rows_of(bars: BarTerms, symbols: tuple[str, ...], tape: Records) -> TapedRows:
    """Return the rows of a lane; ``symbols`` are the session's."""
    numbers = [symbols.index(instrument["symbol"]) for instrument in bars.instruments]
    return _built(bars, numbers, tape) if bars.built else _given(bars, numbers, tape)


def _given(bars: BarTerms, numbers: list[int], tape: Records) -> TapedRows:
    places = {number: place for place, number in enumerate(numbers)}
    gathering = Gathering(tuple(one["symbol"] for one in bars.instruments))
    found: list[list[Any]] = []
    refused: list[tuple[int, str]] = []
    parts, at = [], []
    given = np.flatnonzero(tape["input"] == Input.BAR)
    for start in range(0, len(given), PIECE):
        piece = given[start : start + PIECE]
        records = np.array(tape[piece])
        for k, (symbol, place) in enumerate(zip(records["symbol"].tolist(), piece.tolist(), strict=True)):
            row, why = gathering.take(records[k : k + 1], places[symbol])
            refused += [(place + 1, why)] if why else []
            if row is not None:
                found.append([column.copy() for column in (*row.block, row.last)])
                at.append(place + 1)
        if found:
            parts.append([np.concatenate(column, axis=-1) for column in zip(*found, strict=True)])
            found.clear()
    if not parts:
        return _empty(len(numbers))._replace(refused=tuple(refused))
    *columns, last = (np.concatenate(column, axis=-1) for column in zip(*parts, strict=True))
    return TapedRows(BarBlock(*columns), last, np.array(at), tuple(refused))


def _empty(symbols: int) -> TapedRows:
    times, cells = np.zeros(0, np.int64), (symbols, 0)
    block = BarBlock(
        times, times, np.zeros(cells, np.bool_), np.zeros((symbols, 5, 0)), np.zeros(cells, np.int64), np.zeros(cells)
    )  # fmt: skip
    return TapedRows(block, np.zeros(cells, np.bool_), times)


def _built(bars: BarTerms, numbers: list[int], tape: Records) -> TapedRows:
    if not len(tape):
        return _empty(len(numbers))
    received = np.array(tape["received_ns"])
    built = [_bars_of(bars, number, tape, int(received[-1])) for number in numbers]
    closes = np.unique(np.concatenate([one["close_ns"] for one in built]))
    instruments = bars.traded()
    rows = _empty(len(numbers)) if not len(closes) else _merged(built, closes)
    block, last = rows.block, rows.last
    session = np.full(len(closes), np.iinfo(np.int64).min)
    for s, (instrument, one) in enumerate(zip(instruments, built, strict=True)):
        at = np.searchsorted(closes, one["close_ns"])
        timetable = Timetable(instrument, int(received[0]))
        for place, name in enumerate(PRICES):
            block.ohlcv[s, place, at] = one[name] * instrument.tick
        block.ohlcv[s, 4, at] = one["lots"] * instrument.lot
        block.opening[s, at] = block.ohlcv[s, 0, at]
        session[at] = np.maximum(session[at], timetable.sessions(np.ascontiguousarray(one["open_ns"])))
        last[s, at] = timetable.lasts(one["close_ns"])
    np.maximum.accumulate(session, out=block.session)
    return rows._replace(at=np.searchsorted(received, closes) + 1)


def _merged(built: list[Records], closes: npt.NDArray[np.int64]) -> TapedRows:
    shape = (len(built), len(closes))
    block = BarBlock(
        closes, np.zeros(len(closes), np.int64), np.zeros(shape, np.bool_),
        np.full((shape[0], 5, shape[1]), np.nan), np.full(shape, NEVER), np.full(shape, np.nan),
    )  # fmt: skip
    for s, one in enumerate(built):
        at = np.searchsorted(closes, one["close_ns"])
        block.present[s, at] = True
        block.opening_ns[s, at] = one["open_ns"]
    return TapedRows(block, np.zeros(shape, np.bool_), closes)


def _bars_of(bars: BarTerms, number: int, tape: Records, until_ns: int) -> Records:
    """Build the bars of a symbol that are closed by a moment."""
    state = np.zeros(1, BUILDER)
    state["measure"], state["size"] = Measure.TIME, interval_ns(bars.interval)
    parts = []
    for start in range(0, len(tape), PIECE):
        piece = tape[start : start + PIECE]
        parts.append(_build(state, np.array(piece[(piece["input"] == Input.MARKET) & (piece["symbol"] == number)])))
    passed = np.zeros(1, tape.dtype)
    passed["received_ns"], passed["kind"] = until_ns, EventKind.NONE
    return np.concatenate([*parts, _build(state, passed)])


def _build(state: Records, events: Records) -> Records:
    columns = {name: np.ascontiguousarray(events[name]) for name in TickBlock._fields if name != "time_ns"}
    room = np.zeros(len(events) + 1, BUILT)
    return room[: build(state, TickBlock(time_ns=columns["received_ns"], **columns), room)].copy()
