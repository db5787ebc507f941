"""The store: one folder of datasets, written by importers, read by mapping."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.data.action_rules import end_of
from lockstep.data.actions import Action
from lockstep.data.adjustment import Adjust, actions_left, adjustment, check_adjust
from lockstep.data.append import Addition, append, check_fits, set_instruments
from lockstep.data.bars import Bars
from lockstep.data.disk import writer_lock
from lockstep.data.history import History, StoredChunk, previous_close
from lockstep.data.instrument import Instrument
from lockstep.data.interval import parse_interval
from lockstep.data.manifest import Folder, Manifest, read_manifest
from lockstep.data.names import check_symbols
from lockstep.data.segment import Segment
from lockstep.data.select import choose, choose_dataset, no_data_in, unknown_symbol
from lockstep.data.span import When, Window, parse_span, window
from lockstep.data.stored_actions import lineage_actions, read_actions
from lockstep.data.terms import read_terms
from lockstep.errors import AmbiguousDatasetError, DataError, NoDataError, StoreError

if TYPE_CHECKING:
    from lockstep.data.action_import import ActionsReport
    from lockstep.data.importer import ImportReport, Progress
    from lockstep.data.memory import Instruments
    from lockstep.data.ticks.importer import TickReport
    from lockstep.data.ticks.reader import Reader
    from lockstep.data.ticks.ticks import Ticks

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Dataset(NamedTuple):
    """What is stored under one name. `spans` are (first open, last close) in ns UTC by symbol, `rows` by symbol.

    `kind` is "bars" or "ticks"; of ticks `interval` is the level of the book, 'L1', 'L2' or 'L3'.
    """

    name: str
    kind: str
    interval: str
    symbols: tuple[str, ...]
    spans: dict[str, tuple[int, int]]
    rows: dict[str, int]
    source: str
    synthetic: bool
    bytes: int
    instruments: dict[str, Instrument]
    imports: tuple[dict[str, Any], ...] = ()
    """Of ticks what each import found: source, rows, findings, remarks and clocks."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return self._asdict() | {"instruments": {name: facts.to_dict() for name, facts in self.instruments.items()}}


class Store:
    """A folder of datasets: `path`, else $LOCKSTEP_STORE, else ~/.lockstep/store. It need not exist yet.

    An address such as s3://bucket/store opens a store that others filled, for reading (`RemoteStore`).
    """

    def __new__(cls, path: str | os.PathLike[str] | None = None) -> "Store":
        """Return a `RemoteStore` for an address."""
        if cls is Store and "://" in str(path or os.environ.get("LOCKSTEP_STORE", "")):
            from lockstep.data.remote_store import RemoteStore

            return super().__new__(RemoteStore)
        return super().__new__(cls)

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        chosen = path or os.environ.get("LOCKSTEP_STORE") or Path.home() / ".lockstep" / "store"
        self.path = Path(chosen).expanduser()

    def manifests(self) -> list[Manifest]:
        """The manifests of all datasets by name.

        Raises StoreError when the path is no folder or can't be listed, CorruptStoreError when one can't be read.
        """
        try:
            folders = sorted(self.path.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"the store {self.path} can't be read ({error.strerror}): give another folder by --store or"
                " LOCKSTEP_STORE, or change its permissions"
            ) from error
        found = (read_manifest(folder) for folder in folders if folder.is_dir())
        return [manifest for manifest in found if manifest is not None]

    def datasets(self) -> list[Dataset]:
        """What is stored, by name."""
        return [_dataset(manifest) for manifest in self.manifests()]

    def bars(
        self,
        symbols: str | Sequence[str],
        interval: str | None = None,
        start: When = None,
        end: When = None,
        dataset: str | None = None,
        adjust: Adjust = "split",
    ) -> Bars:
        """Open the bars of some symbols; nothing is read yet.

        A date as `start` or `end` is a session day in the exchange's zone, and `end` is inclusive; a date-time is a
        moment (UTC where it has no zone), keeping bars that open at or after `start` and close by `end`; a whole
        number is a moment in ns since 1970, and one that looks like a year or YYYYMMDD is refused.
        Without `interval` and `dataset`, the one dataset that holds all symbols and the span. A symbol's bars go back
        through the names it had before. `adjust` is 'split' (prices in the last bar's shares, volumes too), 'none' (as
        traded) or 'total' (dividends taken out of earlier prices too: for returns, never for trading).

        Raises UnknownSymbolError, NoDataError, AmbiguousDatasetError; each lists what is stored.
        """
        wanted = check_symbols([symbols] if isinstance(symbols, str) else symbols)
        check_adjust(adjust)
        span = parse_span(start, end)
        manifest = choose(self.path, self._of_kind("bars", dataset), wanted, interval, span, dataset)
        _refuse_earlier_names(manifest, wanted)
        histories = tuple(
            self._history(manifest, symbol, window(span, manifest.symbols[symbol].instrument), adjust)
            for symbol in wanted
        )
        source = "synthetic" if manifest.synthetic else manifest.source
        return Bars(histories, manifest.interval, manifest.dataset, source, adjust)

    def ticks(self, symbol: str, start: When = None, end: When = None, dataset: str | None = None) -> "Ticks":
        """Open the ticks of a symbol; nothing is read yet but where the span begins within a day.

        `start` and `end` are read as for bars: a date is a session day and inclusive, a date-time a moment; events at
        or after the start and not after the end are kept. A history begins with a picture of the book as it was at the
        start.

        Raises UnknownSymbolError, NoDataError, AmbiguousDatasetError; each lists what is stored.
        """
        from lockstep.data.ticks.select import stored_ticks

        return stored_ticks(self, symbol, parse_span(start, end), dataset)

    def import_ticks(
        self,
        reader: "Reader",
        dataset: str | None = None,
        *,
        strict: bool = True,
        source: str = "",
        synthetic: bool = False,
        progress: "Progress" = lambda _what, _share: None,
    ) -> "TickReport":
        """Import a feed: all of it or nothing, in memory for a part of it. `dataset` is 'local-L3' or so by default.

        What is wrong with the feed stops a strict import with a TickError that names file and line or byte, and
        nothing is stored; otherwise it is counted, left out or mended as docs/ticks.md says, and reported. Events of a
        symbol must start after those stored; the very same ones again change nothing.

        Raises TickError, BadFileError, OverlapError, StoreLockedError, StoreError; the store is then as it was.
        """
        from lockstep.data.ticks.importer import Terms, import_ticks

        self._writable()
        _check_name(dataset)
        return import_ticks(self, reader, Terms(dataset, strict, source, synthetic), progress)

    def instrument(self, symbol: str, dataset: str | None = None) -> Instrument:
        """The facts about a symbol. Raises UnknownSymbolError, or AmbiguousDatasetError where datasets disagree."""
        found = {m.dataset: m.symbols[symbol].instrument for m in self._holding(symbol, dataset)}
        if len(set(found.values())) > 1:
            raise AmbiguousDatasetError(f"{symbol} differs between {', '.join(found)}: name the dataset")
        return next(iter(found.values()))

    def set_instrument(self, symbol: str, dataset: str | None = None, **terms: Any) -> Instrument:
        """Change terms of a stored symbol and give the instrument back: `set_instrument('ES', multiplier=50)`.

        `terms` are kind, tick, lot, multiplier, currency, initial_margin, maintenance_margin, short_available and
        borrow_rate, as `Instrument` describes them. Raises DataError for terms that can't be, UnknownSymbolError,
        AmbiguousDatasetError where several datasets hold the symbol.
        """
        self._writable()
        name = choose_dataset(self.manifests(), [symbol], dataset)
        with writer_lock(self.path):
            manifest = next(m for m in self.manifests() if m.dataset == name)
            before = manifest.symbols[symbol].instrument
            after = replace(before, **read_terms(symbol, terms))
            _check_counted(manifest, before, after)
            if after != before:
                set_instruments(self.path / name, manifest, {symbol: after})
        return after

    def add_actions(
        self, actions: Mapping[str, Sequence[Action]], dataset: str | None = None, *, replace: bool = False
    ) -> "ActionsReport":
        """Add corporate actions to stored symbols; all of them or none.

        What is stored already, with equal values, is left out; `replace` puts the given actions in place of all that
        are stored for their symbols. Without `dataset`, the one dataset that holds all the symbols.

        Raises ActionsError where actions contradict one another, those stored or the bars: two values for one day,
        names in a circle, bars after a delisting; the store is then as it was.
        """
        from lockstep.data.action_import import add_actions

        self._writable()
        return add_actions(self, actions, dataset, replace)

    def import_actions(self, source: Any, dataset: str | None = None, *, replace: bool = False) -> "ActionsReport":
        """Import corporate actions from files (CSV, Parquet, Arrow; a path or several) or a frame; as `add_actions`.

        Columns: symbol, ex_date, kind, value, pay_date, new_symbol. Raises BadRowsError listing bad rows by line.
        """
        from lockstep.data.action_import import add_actions, read_sources

        self._writable()
        return add_actions(self, read_sources(source), dataset, replace)

    def listed_actions(
        self, symbols: Sequence[str] | None = None, dataset: str | None = None
    ) -> list[tuple[str, str, Action]]:
        """Actions of all symbols, or of some, as (dataset, symbol, action). Raises UnknownSymbolError."""
        wanted = None if not symbols else check_symbols(symbols)
        for symbol in wanted or []:
            self._holding(symbol, dataset)
        return [
            (manifest.dataset, symbol, action)
            for manifest in self.manifests()
            if dataset in (None, manifest.dataset)
            for symbol, info in manifest.symbols.items()
            if wanted is None or symbol in wanted
            for action in read_actions(self._folder(manifest), info)
        ]

    def actions(self, dataset: str, symbol: str) -> list[Action]:
        """Actions of a symbol by ex date, as they were stored; empty when none are known."""
        (manifest,) = self._holding(symbol, dataset)
        return read_actions(self._folder(manifest), manifest.symbols[symbol])

    def remove(
        self, dataset: str, symbols: Sequence[str] | None = None, start: When = None, end: When = None
    ) -> dict[str, int]:
        """Remove a dataset, or some symbols or a span of it, at once; return how many bars or events went by symbol.

        `start` and `end` are session days, both inclusive; corporate actions stay. Where nothing is left the dataset is
        gone. What is being read goes on being readable on systems that keep mapped files.

        Raises DataError for an unknown dataset or moments within a day, UnknownSymbolError, NoDataError where nothing
        of it is stored, StoreLockedError, StoreError; the store is then as it was.
        """
        from lockstep.data.removal import remove

        self._writable()
        return remove(self, dataset, symbols, parse_span(start, end))

    def append(
        self,
        dataset: str,
        interval: str,
        additions: Mapping[str, Addition],
        *,
        source: str,
        synthetic: bool = False,
    ) -> Manifest:
        """Add checked columns for some symbols, all of them or none; the importers end here.

        Rows must start after those stored; rows that are all stored already, with equal values, are left out.
        Raises OverlapError, StoreLockedError, StoreError; the store is then as it was.
        """
        self._writable()
        _check_name(dataset)
        with writer_lock(self.path):
            folder = self.path / dataset
            manifest = read_manifest(folder) or Manifest(dataset, parse_interval(interval), source, synthetic)
            check_fits(manifest, "bars", parse_interval(interval), synthetic)
            return append(folder, manifest.with_source(source), additions)

    def import_frame(
        self,
        frame: Any,
        *,
        symbol: str | None = None,
        dataset: str | None = None,
        interval: str | None = None,
        instruments: "Instruments" = None,
        calendar: str | None = None,
        actions: Mapping[str, Sequence[Action]] | None = None,
        source: str = "frame",
        synthetic: bool = False,
        **reading: Any,
    ) -> "ImportReport":
        """Import a polars or pandas frame, a dict of columns, or a dict of those by symbol; all of it or nothing.

        `symbol` names the rows of a frame without a symbol column. `dataset` is 'local-<interval>' by default.
        `calendar` ('XNYS', '24/7', ...) turns dates into sessions where no `instruments` are given; unsaid, it is
        24/7 for bars on both days of the weekend, else XNYS, and the report says so. `reading` takes `columns`
        (our names to yours), `time_zone` (of times without one), `time_format` and `label` ('open' or 'close').

        Raises BadRowsError listing the first 20 bad rows, BadFileError, OverlapError, StoreError.
        """
        from lockstep.data.importer import Terms, import_frame
        from lockstep.data.reading import Reading

        self._writable()
        terms = Terms(dataset, instruments, calendar, source, synthetic, actions)
        return import_frame(self, frame, symbol, Reading(interval=interval, **reading), terms)

    def import_files(
        self,
        paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        symbol: str | None = None,
        dataset: str | None = None,
        interval: str | None = None,
        instruments: "Instruments" = None,
        calendar: str | None = None,
        actions: Mapping[str, Sequence[Action]] | None = None,
        source: str = "",
        progress: "Progress" = lambda _what, _share: None,
        **reading: Any,
    ) -> "ImportReport":
        """Import CSV (.csv, .txt, .gz, .zip) and Parquet files together; options as `import_frame`.

        A file without a symbol column is named by `symbol`, else by its own name.
        """
        from lockstep.data.importer import Terms, import_files
        from lockstep.data.reading import Reading

        self._writable()
        chosen = [paths] if isinstance(paths, (str, os.PathLike)) else paths
        terms = Terms(dataset, instruments, calendar, source, False, actions)
        how = Reading(interval=interval, **reading)
        return import_files(self, [Path(path) for path in chosen], symbol, how, terms, progress)

    def _of_kind(self, kind: str, dataset: str | None) -> list[Manifest]:
        """Return the manifests of one kind. Raises DataError where the dataset that is named is of the other."""
        found = self.manifests()
        named = next((m for m in found if m.dataset == dataset and m.kind != kind), None)
        if named is not None:
            raise DataError(
                f"dataset {dataset!r} holds {named.kind}, here {kind} are asked for: store.{named.kind} opens it"
            )
        chosen = [manifest for manifest in found if manifest.kind == kind]
        if found and not chosen:
            raise NoDataError(f"the store {self.path} holds no {kind}: {', '.join(m.dataset for m in found)} alone")
        return chosen

    def _holding(self, symbol: str, dataset: str | None) -> list[Manifest]:
        manifests = [m for m in self.manifests() if dataset in (None, m.dataset)]
        if not manifests:
            raise DataError(f"unknown dataset {dataset!r}: stored are {', '.join(m.dataset for m in self.manifests())}")
        found = [m for m in manifests if symbol in m.symbols]
        if not found:
            raise unknown_symbol(symbol, sorted({name for m in manifests for name in m.symbols}))
        return found

    def _folder(self, manifest: Manifest) -> Folder:
        return self.path / manifest.dataset

    def _writable(self) -> None:
        """Raise StoreError for a store that is only read."""

    def _history(self, manifest: Manifest, symbol: str, asked: Window, adjust: Adjust) -> History:
        folder, info = self._folder(manifest), manifest.whole(symbol)
        chunks = [chunk for chunk in (_chunk(folder, segment, asked) for segment in info.segments) if chunk.rows]
        if not chunks:
            raise no_data_in(manifest, symbol, asked)
        first, last = (_edge(chunks[0], 0), _edge(chunks[-1], -1))
        actions, instrument = lineage_actions(folder, manifest, symbol), info.instrument
        stored = [StoredChunk(folder / segment.file, segment, 0, segment.rows) for segment in info.segments]
        closes = previous_close(stored, [segment.first_open_ns for segment in info.segments])
        table = adjustment(actions, instrument, info.segments[-1].last_open_ns, adjust, closes)
        if last < info.span[1] or not _reaches_end(manifest, instrument, asked, actions):
            actions = [action for action in actions if action.kind != "delist"]
        left = actions_left(actions, instrument, adjust, table)
        return History(instrument, tuple(chunks), first, last, table, left)


def _reaches_end(manifest: Manifest, instrument: Instrument, asked: Window, actions: Sequence[Action]) -> bool:
    """True when what was asked for, and what the dataset knows of any symbol, goes on until the delisting's day."""
    end = end_of(actions)
    if end is None or end.kind != "delist":
        return False
    begins = instrument.day_start_ns(end.day)
    known = max(info.span[1] for info in manifest.symbols.values() if info.segments)
    return begins < min(known, asked.open_before, asked.close_until)


def _refuse_earlier_names(manifest: Manifest, symbols: Sequence[str]) -> None:
    """One security is one row: its bars under an earlier name are in it already."""
    for symbol in symbols:
        doubled = [name for name in manifest.lineage(symbol)[:-1] if name in symbols]
        if doubled:
            raise DataError(
                f"{doubled[0]} is the earlier name of {symbol}, whose bars go back through it: leave {doubled[0]} out"
            )


def _chunk(folder: Folder, segment: Any, asked: Window) -> StoredChunk:
    path = folder / segment.file
    if not asked.overlaps(segment.first_open_ns, segment.last_open_ns, segment.first_close_ns):
        return StoredChunk(path, segment, 0, 0)
    inside = segment.first_open_ns >= asked.open_from and segment.last_open_ns < asked.open_before
    if inside and segment.last_close_ns <= asked.close_until:
        return StoredChunk(path, segment, 0, segment.rows)
    return StoredChunk(path, segment, *asked.rows(Segment(path, segment).columns))


def _edge(chunk: StoredChunk, row: int) -> int:
    """First open (row 0) or last close (row -1) of a chunk; the manifest knows it unless the chunk is cut."""
    info = chunk.info
    if row == 0:
        return info.first_open_ns if chunk.start == 0 else int(chunk.open().columns.open_time[0])
    return info.last_close_ns if chunk.stop == info.rows else int(chunk.open().columns.close_time[-1])


def _check_name(dataset: str | None) -> None:
    if dataset is not None and not _NAME.fullmatch(dataset):
        raise DataError(
            f"dataset name {dataset!r}: use letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )


def _check_counted(manifest: Manifest, before: Instrument, after: Instrument) -> None:
    """Ticks are stored as whole numbers of the instrument's steps: other steps would make them other prices."""
    if manifest.kind == "ticks" and (before.tick, before.lot) != (after.tick, after.lot):
        raise DataError(
            f"{before.symbol}: the events of {manifest.dataset!r} are counted in ticks of {before.tick:g} and lots of"
            f" {before.lot:g}, which can't be set: import them again into another dataset"
        )


def _dataset(manifest: Manifest) -> Dataset:
    symbols = manifest.symbols
    return Dataset(
        manifest.dataset, manifest.kind, manifest.interval, tuple(symbols),
        {name: info.span for name, info in symbols.items()}, {name: info.rows for name, info in symbols.items()},
        manifest.source, manifest.synthetic,
        sum(segment.bytes for info in symbols.values() for segment in info.segments),
        {name: info.instrument for name, info in symbols.items()}, manifest.imports,
    )  # fmt: skip
