"""Databento's DBN files as tick histories: orders, levels, or best prices, whichever they hold."""

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence

from lockstep._nearest import did_you_mean
from lockstep.data.instrument import Instrument
from lockstep.data.ticks.alignment import Alignment, Choice, together
from lockstep.data.ticks.batches import batches
from lockstep.data.ticks.binary_reader import BinaryReader, Path, check_end
from lockstep.data.ticks.byte_source import STRETCH, ByteSource
from lockstep.data.ticks.clock import Int64Array
from lockstep.data.ticks.dbn.decoding import Decoding
from lockstep.data.ticks.dbn.layout import record_types
from lockstep.data.ticks.dbn.metadata import Metadata, read_metadata
from lockstep.data.ticks.dbn.names import Names, defined_instruments, instrument_for, unit_of
from lockstep.data.ticks.dbn.records import metadata
from lockstep.data.ticks.dbn.stamps import stamps
from lockstep.data.ticks.dbn.trouble import explain
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.reader import Batch, Level
from lockstep.errors import BadFileError, UnknownSymbolError
from lockstep.kernels.book.events import EventFlag
from lockstep.kernels.feeds.codes import Stop

_SHOWN = 8
_LEVELS: dict[str, Level] = {
    "mbo": "L3", "mbp-10": "L2", "mbp-1": "L1", "tbbo": "L1", "trades": "L1", "cmbp-1": "L1", "tcbbo": "L1",
    "cbbo-1s": "L1", "cbbo-1m": "L1", "bbo-1s": "L1", "bbo-1m": "L1", "status": "L1",
}  # fmt: skip


class DbnReader(BinaryReader):
    """DBN files of one schema, raw or zstd, in the order of their times.

    MBO gives events of single orders, MBP-10 sizes by price, the other schemas of prices the best bid and ask and
    trades, `status` the trading phases. `symbols` are the ones wanted, all when None. What is known about them comes
    from `instruments`, then from `definitions`, a DBN file of that schema; US equities need neither. `publisher`
    chooses one venue of a file that holds several. Numbers of records by type are in `records`.

    `clock` says how times of receipt are aligned with the exchange's clock and `floor_ns` how far, see Alignment;
    measuring reads the files twice.

    Raises BadFileError for a file that is no DBN or of a schema without ticks, DataError where a tick is not known.
    """

    def __init__(
        self,
        paths: Path | Sequence[Path],
        *,
        symbols: Collection[str] | None = None,
        instruments: Mapping[str, Instrument] | None = None,
        definitions: Path | None = None,
        publisher: int | None = None,
        clock: Choice = "measure",
        floor_ns: int | None = None,
        stretch: int = STRETCH,
    ) -> None:
        # Files of prices don't tell the phases: before the open a crossed book is as it should be.
        super().__init__(paths, Findings(lawful=[Trouble.CROSSED]), stretch)
        self.level: Level = self._level()
        self.records: Counter[str] = Counter()
        self._wanted = None if symbols is None else frozenset(symbols)
        self._known = {**(defined_instruments(definitions) if definitions else {}), **(instruments or {})}
        self._others: dict[str, None] = {}
        self._publisher = -1 if publisher is None else publisher
        self._alignment = Alignment(clock, floor_ns)

    def blocks(self) -> Iterator[Batch]:
        """Walk through the files; see Reader."""
        self._alignment.start(self._stamps())
        yield from super().blocks()
        missing = sorted((self._wanted or frozenset()) - set(self._instruments))
        if missing and self._others:
            held = [*self._instruments, *self._others]
            raise UnknownSymbolError(
                f"{self.source} holds no {', '.join(missing)}{did_you_mean(missing[0], held)}: it holds"
                f" {', '.join(held[:_SHOWN])}{' and others' if len(held) > _SHOWN else ''}. Nothing was imported"
            )

    def lines(self) -> list[str]:
        """Say in words what was found of clocks and latencies."""
        return self._alignment.lines()

    def _stamps(self) -> Iterator[tuple[Int64Array, Int64Array]]:
        """Give (received, sent) of the records with both; what is wrong with others is found when they are read."""
        for path in self.paths:
            source = ByteSource(path, self._stretch)
            try:
                for received, sent in stamps(source, self._publisher):
                    good = together(received, sent)
                    yield received[good], sent[good]
            finally:
                source.close()

    def _aligned(self, batch: Batch) -> Batch:
        block = batch.block
        news = block.flags & (EventFlag.SNAPSHOT | EventFlag.LAST) == EventFlag.LAST
        received = self._alignment.aligned(block.received_ns, block.time_ns, news)
        return batch._replace(block=block._replace(received_ns=received))

    def _level(self) -> Level:
        schemas = {metadata(path).schema for path in self.paths}
        if len(schemas) != 1 or not schemas <= set(_LEVELS):
            found = ", ".join(sorted(schema or "several" for schema in schemas)) or "no file"
            raise BadFileError(f"expected DBN files of one schema among {', '.join(_LEVELS)}, found {found}")
        return _LEVELS[schemas.pop()]

    def _file(self, source: ByteSource, _number: int) -> Iterator[Batch]:
        head, position = read_metadata(source)
        names = Names(head)
        decoding = Decoding(record_types(head.version, head.ts_out), head, self._publisher)
        decoding.state["position"] = position
        while True:
            lost = yield from self._stretch_of(source, decoding, head, names)
            self.records.update(decoding.take_counts())
            if lost:
                return
            if not source.more(int(decoding.state["position"][0])):
                break
            decoding.state["position"] = 0
        check_end(source, self.findings, "record")

    def _stretch_of(
        self, source: ByteSource, decoding: Decoding, head: Metadata, names: Names
    ) -> Generator[Batch, None, bool]:
        """Decode the stretch at hand; return whether the rest of the file is lost."""
        while True:
            stop = decoding.go_on(source)
            if stop in (Stop.BYTES, Stop.ROWS, Stop.BROKEN_LENGTH):
                found = batches(decoding.take(), decoding.symbols, source.path.name, numbered=True)
                yield from map(self._aligned, found)
            if stop == Stop.BYTES:
                return False
            if stop >= Stop.TROUBLE:
                explain(stop, source, int(decoding.state["at"][0]), decoding.types, self.findings)
            if stop == Stop.BROKEN_LENGTH:
                return True
            if stop == Stop.NOTE:
                names.tell(*decoding.mapping(source))
            elif stop == Stop.BOOK:
                self._meet(*decoding.unknown(source), decoding, head, names)
            else:
                decoding.make_room(stop)

    def _meet(self, number: int, time_ns: int, decoding: Decoding, head: Metadata, names: Names) -> None:
        """An instrument comes for the first time in a file."""
        symbol = names.of(number, time_ns)
        if self._wanted is not None and symbol not in self._wanted:
            decoding.add(number, symbol, 0)
            self._others.setdefault(symbol)
            return
        known = {**self._known, **self._instruments}
        instrument = instrument_for(symbol, head.dataset, known)
        decoding.add(number, symbol, unit_of(instrument))
        self._instruments[symbol] = instrument
