"""Importing ticks: a reader's feed becomes a dataset's next revision, whole or not at all, in bounded memory."""

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.data import disk
from lockstep.data.append import check_fits, commit, remove_orphans, symbol_folder, undone_on_failure
from lockstep.data.instrument import Instrument
from lockstep.data.manifest import Manifest, SymbolInfo, read_manifest
from lockstep.data.rules import show_time
from lockstep.data.segment import TickInfo
from lockstep.data.ticks.findings import Findings
from lockstep.data.ticks.reader import Level, Reader, clock_lines
from lockstep.data.ticks.symbol_import import SymbolImport
from lockstep.data.ticks.writer import TickWriter
from lockstep.errors import DataError, NoDataError, OverlapError

if TYPE_CHECKING:
    from lockstep.data.store import Store

Progress = Callable[[str, float], None]

MOST_PENDING = 1 << 21
"""Events of all symbols held in memory at once: 100 MB. Beyond it those with the most are written."""


class TickReport(NamedTuple):
    """What an import did: events newly stored by symbol (0: all were there already), and what was found wrong."""

    dataset: str
    level: Level
    rows: dict[str, int]
    findings: Findings
    clocks: tuple[str, ...] = ()
    """What was found of clocks and latencies, in words."""


class Terms(NamedTuple):
    """What the user said about an import of ticks; see `Store.import_ticks`."""

    dataset: str | None
    strict: bool
    source: str
    synthetic: bool


def import_ticks(store: "Store", reader: Reader, terms: Terms, progress: Progress) -> TickReport:
    """See `Store.import_ticks`."""
    reader.findings.strict = terms.strict
    dataset = terms.dataset or f"local-{reader.level}"
    with disk.writer_lock(store.path):
        folder = store.path / dataset
        source = terms.source or reader.source
        manifest = read_manifest(folder) or Manifest(dataset, reader.level, source, terms.synthetic, "ticks")
        check_fits(manifest, "ticks", reader.level, terms.synthetic)
        manifest = manifest.with_source(source)
        remove_orphans(folder, manifest)
        feed = _Feed(folder, manifest, reader)
        with undone_on_failure(folder, feed.symbols):
            feed.take_all(progress)
            written = feed.finished()
            changed = {name: info for name, info in written.items() if info is not manifest.symbols.get(name)}
            before = {name: info.rows for name, info in manifest.symbols.items()}
            rows = {name: info.rows - before.get(name, 0) for name, info in written.items()}
            report = TickReport(dataset, reader.level, rows, reader.findings, tuple(clock_lines(reader)))
            after = commit(folder, manifest.with_import(told_of(report, source)), changed) if changed else manifest
        remove_orphans(folder, after)
    return report


def told_of(report: TickReport, source: str) -> dict[str, Any]:
    """Return what an import did and found as plain values, as the dataset keeps it."""
    found = report.findings
    return {
        "source": source,
        "rows": report.rows,
        "findings": {
            trouble.name.lower(): {"events": count, "places": found.places[trouble]}
            for trouble, count in found.counts.items()
        },
        "remarks": found.remarks,
        "clocks": list(report.clocks),
    }


class _Feed:
    """What becomes of a reader's feed: a SymbolImport for each of the `symbols`, which are named as they come."""

    def __init__(self, folder: Path, manifest: Manifest, reader: Reader) -> None:
        self._folder, self._manifest, self._reader = folder, manifest, reader
        self._parts: dict[str, SymbolImport] = {}
        self.symbols: list[str] = []

    def take_all(self, progress: Progress) -> None:
        """Read to the end and write all but what is pending."""
        batches, pending = self._reader.blocks(), 0
        try:
            for batch in batches:
                part = self._part(batch.symbol)
                held = part.pending
                part.take(batch)
                pending += part.pending - held
                if pending > MOST_PENDING:
                    pending = _spill(list(self._parts.values()))
                progress(f"reading {self._reader.source}", min(self._reader.share, 1.0))
        finally:
            if isinstance(batches, Generator):
                batches.close()  # and with it the file that it reads

    def finished(self) -> dict[str, SymbolInfo]:
        """Write the rest; return what is known of each symbol then. Raises NoDataError where no event came."""
        finished = {name: part.finish() for name, part in self._parts.items()}
        if not any(finished.values()):
            raise NoDataError("\n".join([
                f"{self._reader.source} holds no events that can be imported", *self._reader.findings.lines()
            ]))  # fmt: skip
        return {
            name: _joined(self._manifest, self._parts[name].instrument, infos)
            for name, infos in finished.items() if infos
        }  # fmt: skip

    def _part(self, symbol: str) -> SymbolImport:
        if symbol not in self._parts:
            instrument = _instrument(self._manifest, self._reader.instruments[symbol])
            self.symbols.append(symbol)
            disk.make_folder(self._folder / symbol_folder(symbol))
            opener = _opener(self._folder, self._manifest, symbol)
            self._parts[symbol] = SymbolImport(instrument, self._reader.level, self._reader.findings, opener)
        return self._parts[symbol]


def _spill(parts: list[SymbolImport]) -> int:
    """Write the fullest until half of what may be held is left; return how many events that is."""
    pending = sum(part.pending for part in parts)
    for part in sorted(parts, key=lambda part: -part.pending):
        if pending <= MOST_PENDING // 2:
            break
        pending -= part.pending
        part.spill()
    return pending


def _opener(folder: Path, manifest: Manifest, symbol: str) -> Callable[[str, bool, bool], TickWriter]:
    def opened(label: str, numbered: bool, continues: bool) -> TickWriter:
        file = f"{symbol_folder(symbol)}/{label}.r{manifest.revision + 1}.arrow"
        return TickWriter(folder, file, numbered=numbered, continues=continues)

    return opened


def _joined(manifest: Manifest, instrument: Instrument, infos: list[TickInfo]) -> SymbolInfo:
    """Put new files behind those stored; the very same events again change nothing."""
    stored = manifest.symbols.get(instrument.symbol)
    if stored is None or not stored.segments:
        return SymbolInfo(instrument, tuple(infos))
    known = [segment.sha256 for segment in stored.segments]
    if all(info.sha256 in known for info in infos):
        return stored
    if infos[0].first_open_ns <= stored.span[1]:
        raise OverlapError(
            f"{instrument.symbol}: the new events start at {show_time(infos[0].first_open_ns)}, but"
            f" {manifest.dataset!r} is stored up to {show_time(stored.span[1])}. Only later events can be appended:"
            " leave out the files that are stored, or import into another dataset. Nothing was imported"
        )
    return replace(stored, segments=stored.segments + tuple(infos))


def _instrument(manifest: Manifest, given: Instrument) -> Instrument:
    """The stored facts go on, as the user may have changed them; ticks and lots are what events are counted in."""
    stored = manifest.symbols.get(given.symbol)
    if stored is None:
        return given
    if (stored.instrument.tick, stored.instrument.lot) != (given.tick, given.lot):
        raise DataError(
            f"{given.symbol} is stored in ticks of {stored.instrument.tick:g} and lots of {stored.instrument.lot:g},"
            f" the import has {given.tick:g} and {given.lot:g}: import it into another dataset"
        )
    return stored.instrument
