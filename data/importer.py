"""Importing into the store: files and frames become one dataset's next revision, whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.data.actions import Action, check_action
from lockstep.data.append import Addition
from lockstep.data.calendars import instrument_on
from lockstep.data.columns import Columns
from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.memory import Instruments, instrument_finder, tables_of
from lockstep.data.names import has_symbol
from lockstep.data.reading import Asked, Reading, Table, read_table
from lockstep.errors import BadFileError, DataError

if TYPE_CHECKING:
    from lockstep.data.store import Store

Progress = Callable[[str, float], None]


class ImportReport(NamedTuple):
    """What an import did: rows newly stored by symbol (0: all were there already), and what had to be assumed."""

    dataset: str
    interval: str
    rows: dict[str, int]
    notes: tuple[str, ...]


class Terms(NamedTuple):
    """What the user said about an import; see `Store.import_frame`."""

    dataset: str | None
    instruments: Instruments
    calendar: str | None
    source: str
    synthetic: bool
    actions: Mapping[str, Sequence[Action]] | None


def import_tables(
    store: "Store",
    tables: Sequence[Table],
    reading: Reading,
    terms: Terms,
    progress: Progress = lambda _what, _share: None,
) -> ImportReport:
    """Read and check all tables, then append them together."""
    notes: list[str] = []
    found: dict[str, tuple[Instrument, Columns]] = {}
    intervals: dict[str, str] = {}
    find = _finder(store, terms, notes)
    for number, table in enumerate(tables):
        progress(f"reading {table.where}", number / len(tables))
        interval, columns = read_table(table, reading, find)
        intervals[interval] = table.where
        _refuse_twice(found, columns, table.where)
        found |= columns
    if len(intervals) > 1:
        raise BadFileError(f"the files have different intervals ({intervals}): import each interval by itself")
    interval = next(iter(intervals))
    dataset = terms.dataset or default_dataset(interval)
    progress("writing", 1.0)
    additions = {name: Addition(*parts, _actions_of(terms, name)) for name, parts in found.items()}
    before = {m.dataset: m for m in store.manifests()}.get(dataset)
    after = store.append(dataset, interval, additions, source=terms.source, synthetic=terms.synthetic)
    rows = {name: after.symbols[name].rows - (before.symbols[name].rows if before and name in before.symbols else 0)
            for name in found}  # fmt: skip
    return ImportReport(dataset, interval, rows, tuple(dict.fromkeys(notes)))


def import_frame(store: "Store", frame: Any, symbol: str | None, reading: Reading, terms: Terms) -> ImportReport:
    """See `Store.import_frame`."""
    tables = tables_of(frame, symbol or "")
    for table in tables:
        if not table.symbol and not has_symbol(table.frame.columns, reading.columns):
            raise DataError("the frame has no symbol column: name its symbol with symbol='AAPL'")
    return import_tables(store, tables, reading, terms)


def import_files(
    store: "Store", paths: Sequence[Path], symbol: str | None, reading: Reading, terms: Terms,
    progress: Progress = lambda _what, _share: None,
) -> ImportReport:  # fmt: skip
    """See `Store.import_files`."""
    from lockstep.data.files import read_file

    if not paths:
        raise DataError("no file to import: name at least one")
    tables = []
    for number, path in enumerate(paths):
        progress(f"reading {path.name}", number / len(paths))
        tables.append(read_file(path, symbol))
    named = terms._replace(source=terms.source or ", ".join(sorted({path.name for path in paths})[:5]))
    return import_tables(store, tables, reading, named, progress)


def _finder(store: "Store", terms: Terms, notes: list[str]) -> Callable[[Asked], Instrument]:
    """Given instruments first, then what the dataset already knows, then the calendar said or seen."""
    given = instrument_finder(terms.instruments, None)
    named = {terms.instruments.symbol} if isinstance(terms.instruments, Instrument) else _names(terms.instruments)
    known = {m.dataset: m.symbols for m in store.manifests()}

    def find(asked: Asked) -> Instrument:
        stored = known.get(terms.dataset or default_dataset(asked.interval), {}).get(asked.symbol)
        calendar = terms.calendar or asked.calendar
        if asked.symbol in named:
            return given(asked.symbol)
        if stored is not None and calendar in (None, stored.instrument.calendar):
            return stored.instrument
        if calendar is None:
            calendar = ALWAYS_OPEN if asked.has_weekends else "XNYS"
            seen = "on both days of the weekend" if asked.has_weekends else "on working days only"
            notes.append(
                f"calendar {calendar} assumed for {asked.symbol}, which has bars {seen}: --calendar NAME says otherwise"
            )
        return instrument_on(calendar, asked.symbol)

    return find


def default_dataset(interval: str) -> str:
    """Where imports without a dataset's name go: one dataset per interval, so that their symbols run together."""
    return f"local-{interval}"


def _names(instruments: Instruments) -> set[str]:
    if instruments is None or isinstance(instruments, Instrument):
        return set()
    return set(instruments) if isinstance(instruments, Mapping) else {item.symbol for item in instruments}


def _actions_of(terms: Terms, symbol: str) -> tuple[Action, ...] | None:
    if terms.actions is None or symbol not in terms.actions:
        return None
    return tuple(check_action(action) for action in terms.actions[symbol])


def _refuse_twice(found: Mapping[str, Any], columns: Mapping[str, Any], where: str) -> None:
    twice = sorted(set(found) & set(columns))
    if twice:
        raise BadFileError(
            f"{where} has rows of {', '.join(twice)}, and so has another file of this import: join them in"
            " one file, or import them one after the other in time order"
        )
