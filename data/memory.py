"""Bars from frames in memory: checked like an import, never written."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lockstep.data.adjustment import AS_TRADED
from lockstep.data.bars import Bars
from lockstep.data.calendars import instrument_on
from lockstep.data.columns import Columns
from lockstep.data.frames import as_polars, is_frame
from lockstep.data.history import History, MemoryChunk
from lockstep.data.instrument import Instrument
from lockstep.data.names import check_symbols
from lockstep.data.reading import Reading, Table, read_table
from lockstep.errors import BadFileError, UnknownSymbolError

Instruments = Instrument | Sequence[Instrument] | Mapping[str, Instrument] | None


def bars_from_frame(
    frame: Any, symbols: str | Sequence[str] | None, interval: str | None, instruments: Instruments,
    calendar: str | None, source: str, reading: Mapping[str, Any],
) -> Bars:  # fmt: skip
    """See `Bars.from_frame`."""
    wanted = [] if symbols is None else check_symbols([symbols] if isinstance(symbols, str) else symbols)
    how = Reading(interval=interval, **reading)
    find = instrument_finder(instruments, calendar)
    found: dict[str, tuple[Instrument, Columns]] = {}
    intervals = set()
    for table in tables_of(frame, wanted[0] if len(wanted) == 1 else "ASSET"):
        spelled, columns = read_table(table, how, lambda asked: find(asked.symbol))
        intervals.add(spelled)
        found |= columns
    if len(intervals) > 1:
        raise BadFileError(f"the frames have different intervals ({', '.join(sorted(intervals))}): give those of one")
    missing = [symbol for symbol in wanted if symbol not in found]
    if missing:
        raise UnknownSymbolError(f"{', '.join(missing)} not in the frame: it holds {', '.join(found)}")
    histories = tuple(_history(*found[symbol]) for symbol in wanted or found)
    return Bars(histories, intervals.pop(), "memory", source, "none")


def tables_of(frame: Any, symbol: str) -> list[Table]:
    """One table for a frame, one each for a dict of frames by symbol."""
    if isinstance(frame, Mapping) and frame and all(is_frame(value) for value in frame.values()):
        return [_table(value, str(name)) for name, value in frame.items()]
    return [_table(frame, symbol)]


def instrument_finder(instruments: Instruments, calendar: str | None) -> Callable[[str], Instrument]:
    """Look a symbol up among given instruments; others get their calendar's default, or the plain one."""
    if isinstance(instruments, Mapping):
        known = dict(instruments)
    else:
        listed = [instruments] if isinstance(instruments, Instrument) else list(instruments or [])
        known = {instrument.symbol: instrument for instrument in listed}

    def find(symbol: str) -> Instrument:
        return known.get(symbol) or (instrument_on(calendar, symbol) if calendar else Instrument(symbol))

    return find


def _table(frame: Any, symbol: str) -> Table:
    return Table(as_polars(frame), "the frame", lambda row: f"row {row}", symbol)


def _history(instrument: Instrument, columns: Columns) -> History:
    return History(instrument, (_chunk(columns),), int(columns.open_time[0]), int(columns.close_time[-1]))


def memory_history(like: History, columns: Columns, now_ns: int) -> History:
    """Return a history with other bars, which are adjusted already; with none, it is empty at ``now_ns``."""
    first = int(columns.open_time[0]) if columns.rows else now_ns
    last = int(columns.close_time[-1]) if columns.rows else now_ns
    return like._replace(chunks=(_chunk(columns),), first_open_ns=first, last_close_ns=last, adjustment=AS_TRADED)


def _chunk(columns: Columns) -> MemoryChunk:
    content, times = hashlib.sha256(), hashlib.sha256()
    for index, column in enumerate(columns):
        content.update(column.data)
        if index < 2:
            times.update(column.data)
    return MemoryChunk(_frozen(columns), content.hexdigest(), times.hexdigest())


def _frozen(columns: Columns) -> Columns:
    """Copy what still belongs to the caller, so that bars can't change under a run."""
    copies = Columns._make(np.array(column) for column in columns)
    for column in copies:
        column.flags.writeable = False
    return copies
