"""Rows of bars of a whole tape at once: given ones put together, others built of its trades in blocks."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.data.interval import interval_ns
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import BarTerms
from lockstep.kernels.bar import NEVER
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.builder import BUILDER, BUILT, Measure, build
from lockstep.strategies.over_bars.built import PRICES, Timetable
from lockstep.strategies.over_bars.gather import Gathering
from lockstep.strategies.over_bars.saved import resume_gathering

Records = npt.NDArray[np.void]
PIECE = 65_536
_TRADES = (EventKind.TRADE, EventKind.EXECUTE, EventKind.HIDDEN)


class TapedRows(NamedTuple):
    """The rows that a tape leads to."""

    block: BarBlock
    last: npt.NDArray[np.bool_]
    """bool[symbols, rows]: is it the symbol's last bar of the session?"""
    at: npt.NDArray[np.int64]
    """int64[rows]: so many records of the tape lead to each."""
    opened: npt.NDArray[np.int64]
    """int64[rows + 1]: behind so many records of the tape the first open is taken of each row, and of one to come."""
    refused: tuple[tuple[int, str], ...] = ()
    """Records of the tape with which one came that can't be, and why."""

    def part(self, start: int, stop: int) -> tuple[BarBlock, npt.NDArray[np.bool_]]:
        """Return some rows, as contiguous arrays."""
        columns: list[Any] = [np.ascontiguousarray(column[..., start:stop]) for column in self.block]
        block = BarBlock(*columns)
        return block, np.ascontiguousarray(self.last[:, start:stop])


Kept = tuple[Mapping[str, Any], Mapping[str, Records]]
"""What a lane remembered in a snapshot (``BarLane.values``, ``BarLane.parts``)."""


def rows_of(
    bars: BarTerms, symbols: tuple[str, ...], tape: Records, begin: int = 0, kept: Kept | None = None
) -> TapedRows:
    """Return the rows of a lane behind ``begin`` records, which are those that ``kept`` remembers.

    ``symbols`` are the session's.
    """
    numbers = [symbols.index(instrument["symbol"]) for instrument in bars.instruments]
    given = _given(bars, numbers, tape, begin, kept)
    return _behind(given, _built(bars, numbers, tape, begin, kept)) if bars.built else given


def _behind(given: TapedRows, built: TapedRows) -> TapedRows:
    """Return rows of a history, and behind them those of ticks."""
    columns: list[Any] = [np.concatenate(pair, axis=-1) for pair in zip(given.block, built.block, strict=True)]
    last, at = np.concatenate([given.last, built.last], axis=-1), np.concatenate([given.at, built.at])
    return TapedRows(BarBlock(*columns), last, at, np.concatenate([given.opened[:-1], built.opened]), given.refused)


def _given(bars: BarTerms, numbers: list[int], tape: Records, begin: int, kept: Kept | None) -> TapedRows:
    places = {number: place for place, number in enumerate(numbers)}
    gathering = Gathering(tuple(one["symbol"] for one in bars.instruments))
    found: list[list[Any]] = []
    refused: list[tuple[int, str]] = []
    if kept is not None:
        values, arrays = kept
        resume_gathering(gathering, arrays, began=values["row_began"], last_ns=values["row_last_ns"])
    waits = not gathering.under_way
    parts, at, opened = [], [], [] if waits else [0]
    given = begin + np.flatnonzero(tape["input"][begin:] == Input.BAR)
    for start in range(0, len(given), PIECE):
        piece = given[start : start + PIECE]
        records = np.array(tape[piece])
        for k, (symbol, place) in enumerate(zip(records["symbol"].tolist(), piece.tolist(), strict=True)):
            row, why = gathering.take(records[k : k + 1], places[symbol])
            refused += [(place + 1, why)] if why else []
            if waits and (gathering.under_way or row is not None):
                opened.append(place)
                waits = False
            if row is not None:
                found.append([column.copy() for column in (*row.block, row.last)])
                at.append(place + 1)
                waits = True
        if found:
            parts.append([np.concatenate(column, axis=-1) for column in zip(*found, strict=True)])
            found.clear()
    opened += [NEVER] if waits else []
    if not parts:
        return _empty(len(numbers))._replace(refused=tuple(refused), opened=np.array(opened))
    *columns, last = (np.concatenate(column, axis=-1) for column in zip(*parts, strict=True))
    return TapedRows(BarBlock(*columns), last, np.array(at), np.array(opened), tuple(refused))


def _empty(symbols: int) -> TapedRows:
    times, cells = np.zeros(0, np.int64), (symbols, 0)
    block = BarBlock(
        times, times, np.zeros(cells, np.bool_), np.zeros((symbols, 5, 0)), np.zeros(cells, np.int64), np.zeros(cells)
    )  # fmt: skip
    return TapedRows(block, np.zeros(cells, np.bool_), times, np.array([NEVER]))


def _built(bars: BarTerms, numbers: list[int], tape: Records, begin: int, kept: Kept | None) -> TapedRows:
    received = np.array(tape["received_ns"])
    heard = tape[begin:]
    events = begin + np.flatnonzero((heard["input"] == Input.MARKET) & np.isin(heard["symbol"], numbers))
    states = np.zeros(len(numbers), BUILDER)
    states["measure"], states["size"] = Measure.TIME, interval_ns(bars.interval)
    begun = None if kept is None else kept[0]["built"]
    if kept is not None and begun is not None:
        states[:] = kept[1]["building"]
    under_way = bool(states["trades"].any())
    if not len(events) and not under_way:
        return _empty(len(numbers))
    start_ns = int(received[events[0]]) if begun is None else begun["start_ns"]
    built = [
        _bars_of(states[k : k + 1], number, heard, int(received[-1])) for k, number in enumerate(numbers)
    ]  # fmt: skip
    closes = np.unique(np.concatenate([one["close_ns"] for one in built]))
    instruments = bars.traded()
    rows = _empty(len(numbers)) if not len(closes) else _merged(built, closes)
    block, last = rows.block, rows.last
    session = np.full(len(closes), np.iinfo(np.int64).min)
    for s, (instrument, one) in enumerate(zip(instruments, built, strict=True)):
        at = np.searchsorted(closes, one["close_ns"])
        timetable = Timetable(instrument, start_ns)
        for place, name in enumerate(PRICES):
            block.ohlcv[s, place, at] = one[name] * instrument.tick
        block.ohlcv[s, 4, at] = one["lots"] * instrument.lot
        block.opening[s, at] = block.ohlcv[s, 0, at]
        session[at] = np.maximum(session[at], timetable.sessions(np.ascontiguousarray(one["open_ns"])))
        last[s, at] = timetable.lasts(one["close_ns"])
    if begun is not None:
        session[:1] = np.maximum(session[:1], begun["session"])
    np.maximum.accumulate(session, out=block.session)
    trades = _trades(tape, events)
    before = closes - interval_ns(bars.interval)
    # A bar that is under way at the end opened behind the last one that closed.
    begins = np.searchsorted(received[trades], np.append(before, closes[-1:] if len(closes) else received[:1]))
    opened = np.append(trades, NEVER)[begins]
    opened[:1] = 0 if under_way else opened[:1]
    return rows._replace(at=np.searchsorted(received, closes) + 1, opened=opened)


def _trades(tape: Records, events: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return which events of a tape are trades."""
    printed = tape["flags"][events] & EventFlag.UNPRINTED == 0
    found: npt.NDArray[np.int64] = events[printed & np.isin(tape["kind"][events], _TRADES)]
    return found


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
    return TapedRows(block, np.zeros(shape, np.bool_), closes, closes)


def _bars_of(state: Records, number: int, tape: Records, until_ns: int) -> Records:
    """Build the bars of a symbol that are closed by a moment, from where BUILDER[1] stands."""
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
