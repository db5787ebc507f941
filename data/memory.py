"""Bars from frames in memory: checked like an import, never written."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lockstep.data.action_rules import Listed, check_symbol, merge_actions
from lockstep.data.actions import Action
from lockstep.data.adjustment import AS_TRADED, Adjust, actions_left, adjustment, check_adjust
from lockstep.data.bars import Bars
from lockstep.data.calendars import instrument_on
from lockstep.data.columns import Columns
from lockstep.data.frames import as_polars, is_frame
from lockstep.data.history import History, MemoryChunk, previous_close
from lockstep.data.instrument import Instrument
from lockstep.data.names import check_symbols
from lockstep.data.reading import Reading, Table, read_table
from lockstep.errors import ActionsError, BadFileError, UnknownSymbolError

Instruments = Instrument | Sequence[Instrument] | Mapping[str, Instrument] | None


def bars_from_frame(
    frame: Any, symbols: str | Sequence[str] | None, interval: str | None, instruments: Instruments,
    calendar: str | None, source: str, actions: Mapping[str, Sequence[Action]] | None, adjust: Adjust,
    reading: Mapping[str, Any],
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
    check_adjust(adjust)
    histories = {symbol: _history(*found[symbol]) for symbol in wanted or found}
    last_ns = max(history.last_close_ns for history in histories.values())
    for symbol, given in (actions or {}).items():
        if symbol not in histories:
            raise UnknownSymbolError(f"actions are given for {symbol}, but the bars are of {', '.join(histories)}")
        histories[symbol] = _with_actions(histories[symbol], given, adjust, last_ns)
    return Bars(tuple(histories.values()), intervals.pop(), "memory", source, adjust)


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


def _with_actions(history: History, actions: Sequence[Action], adjust: Adjust, last_ns: int) -> History:
    """Adjust for the actions of a symbol whose bars are all there are; `last_ns` is the last close of any symbol."""
    instrument, columns = history.instrument, history.chunks[0].open().columns
    opens = (history.first_open_ns, int(columns.open_time[-1]))
    known = merge_actions(instrument.symbol, [], actions)
    if any(action.kind == "rename" for action in known):
        raise ActionsError(f"{instrument.symbol}: frames know no changes of name; join the bars under the last name")
    check_symbol(instrument.symbol, Listed(instrument, opens, known), None)
    # A delisting that no symbol's bars reach has not happened yet.
    known = [action for action in known if action.kind != "delist" or instrument.day_start_ns(action.day) < last_ns]
    closes = previous_close(history.chunks, [history.first_open_ns])
    table = adjustment(known, instrument, opens[1], adjust, closes)
    return history._replace(adjustment=table, actions=actions_left(known, instrument, adjust, table))


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
