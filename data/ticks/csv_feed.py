"""The way of feeds that come as CSV: files of several kinds are read beside one another and merged by exchange time."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.alignment import together
from lockstep.data.ticks.clock import Int64Array
from lockstep.data.ticks.csv_columns import Border, Stamps, Texts
from lockstep.data.ticks.feed import FeedReader, Instruments, Paths
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import STRETCH, Line, Lines
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.rows import NEVER, UNTIMED, Rows
from lockstep.errors import BadFileError

if TYPE_CHECKING:
    import polars as pl

_STRETCH = STRETCH
"""So many bytes of a file are converted at once."""


class Part(NamedTuple):
    """Lines of one symbol to convert; `last` where no more of the file follow."""

    symbol: str
    texts: Texts
    stamps: Stamps
    last: bool
    border: Border


class Kind(ABC):
    """A kind of file: its columns' names and how its lines become rows. One object reads one file.

    `symbol` is that of a file whose lines name none.
    """

    rank: ClassVar[int] = 0
    """Of events of equal time those of the lower rank come first."""
    level: ClassVar[str | None] = None
    """The level that the kind belongs to, None for both."""
    is_book: ClassVar[bool] = False
    """Whether events say what a book is from now on: they may not change places."""

    has_receipts: ClassVar[bool] = False
    """Whether lines tell when they were received."""

    def __init__(self, names: list[str], symbol: str = "") -> None:
        self.names = names
        self._symbol = symbol

    def symbols(self, texts: Texts) -> "pl.Series":
        """Return each line's symbol."""
        import polars as pl

        if "symbol" in self.names:
            return texts.frame["symbol"]
        return pl.repeat(self._symbol, len(texts.spot), dtype=pl.String, eager=True)

    @abstractmethod
    def stamps(self, texts: Texts) -> Stamps:
        """Return when lines happened and were received."""

    @abstractmethod
    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert lines; return the rows and how many lines at the end wait for more, 0 for the last part."""


class CsvReader(FeedReader, ABC):
    """Reads CSV files, plain, .gz or .zip, see FeedReader for the options; a vendor's reader adds the kinds of files.

    Files of one kind are read in the order given, those of different kinds (trades, depth) beside one another. A file
    without a header has the columns of its kind. Without a `level` it is "L2" where a file holds depth, else "L1".
    Memory is needed for some ten thousand lines of each kind.
    """

    def __init__(self, paths: Paths, instruments: Instruments, *, level: Level | None = None, **options: Any) -> None:
        super().__init__(paths, instruments, level=level or "L2", **options)
        if level is None and all(kind.level != "L2" for _, kind in self._kinds()):
            self.level = "L1"

    @abstractmethod
    def kind_of(self, name: str, fields: list[str]) -> Kind:
        """Return the kind of a file by its name and first line; raises BadFileError where it is none of these."""

    def blocks(self) -> Iterator[Batch]:
        """Walk through the files, see Reader."""
        self._start(self._stamps())
        lanes = self._lanes()
        while any(not lane.ended for lane in lanes):
            slowest = min((lane for lane in lanes if not lane.ended), key=lambda lane: lane.newest)
            for symbol, rows in slowest.advance(self):
                self._put(symbol, rows, slowest.rank)
            until = min((lane.newest for lane in lanes if not lane.ended), default=NEVER)
            until = until if until in (NEVER, UNTIMED) else until - self._horizon_ns
            for symbol in self._orders:
                yield from self._due(symbol, until)

    def border(self, symbol: str, spot: int) -> Border:
        """Return what a conversion needs beside the lines; raises DataError for a symbol without an instrument."""
        return Border(self._grid(symbol, spot), self._files, self.findings)

    @property
    def files(self) -> Lines:
        """The files."""
        return self._files

    def _kinds(self) -> Iterator[tuple[int, Kind]]:
        for number, path in enumerate(self._files.paths):
            line = next(iter(Lines([path], Findings())), None)
            yield number, self.kind_of(path.name, _fields(line.text) if line else [])

    def _lanes(self) -> list["_Lane"]:
        lanes: dict[type[Kind], _Lane] = {}
        for number, kind in self._kinds():
            if kind.level in (None, self.level):
                lanes.setdefault(type(kind), _Lane(kind.rank)).files.append((number, kind))
        if not lanes:
            raise BadFileError(f"{self.source}: none of these files has events of level {self.level}")
        return list(lanes.values())

    def _stamps(self) -> Iterator[tuple[Int64Array, Int64Array]]:
        quiet = Lines(self._files.paths, Findings())
        for lane in self._lanes():
            for number, kind in (file for file in lane.files if file[1].has_receipts):
                for texts in _texts(quiet, number, kind.names, Findings()):
                    sent, received = kind.stamps(texts)
                    both = (sent != UNTIMED) & (received != UNTIMED) & together(received, sent)
                    yield received[both], sent[both]


class _Lane:
    """The files of one kind, one after another."""

    def __init__(self, rank: int) -> None:
        self.rank = rank
        self.files: list[tuple[int, Kind]] = []
        self.newest = UNTIMED
        self.ended = False
        self._rows: Iterator[list[tuple[str, Rows]]] | None = None
        self._reached: dict[str, int] = {}

    def advance(self, reader: CsvReader) -> list[tuple[str, Rows]]:
        """Convert the next lines; return rows by symbol, nothing at the end."""
        if self._rows is None:
            self._rows = self._walk(reader)
        some = next(self._rows, None)
        self.ended = some is None
        times = [int(rows.time_ns.max()) for _, rows in some or () if len(rows.time_ns)]
        self.newest = max([self.newest, *times])
        return some or []

    def _walk(self, reader: CsvReader) -> Iterator[list[tuple[str, Rows]]]:
        for number, kind in self.files:
            waiting: dict[str, Texts] = {}
            for texts in _texts(reader.files, number, kind.names, reader.findings):
                found = _converted(reader, kind, _by_symbol(reader, kind, texts), waiting)
                yield [(symbol, self._in_order(reader, kind, symbol, rows)) for symbol, rows in found]
            found = _ended(reader, kind, waiting)
            yield [(symbol, self._in_order(reader, kind, symbol, rows)) for symbol, rows in found]

    def _in_order(self, reader: CsvReader, kind: Kind, symbol: str, rows: Rows) -> Rows:
        """Raise the times of book events to those reached, with a finding for each message that ran backward."""
        if not kind.is_book or not len(rows.time_ns):
            return rows
        before = np.append(self._reached.get(symbol, UNTIMED), rows.time_ns[:-1])
        reader.findings.add_rows(
            Trouble.BACKWARD, rows.time_ns < before, reader.files.places(rows.spot),
            lambda row: f"its time is {(int(before[row]) - int(rows.time_ns[row])) / 1e6:.3f} ms before that of the "
            "line before",
        )  # fmt: skip
        reached = np.maximum(np.maximum.accumulate(rows.time_ns), self._reached.get(symbol, UNTIMED))
        self._reached[symbol] = int(reached[-1])
        return rows._replace(time_ns=reached)


def _converted(
    reader: CsvReader, kind: Kind, groups: dict[str, Texts], waiting: dict[str, Texts]
) -> list[tuple[str, Rows]]:
    """Convert lines by symbol behind those that were `waiting`, and leave there what waits now."""
    found = []
    for symbol, fresh in groups.items():
        fresh = _near(reader, kind, fresh) if kind.has_receipts else fresh
        if not len(fresh.spot):
            continue
        held = waiting.pop(symbol, None)
        texts = _joined(held, fresh) if held is not None else fresh
        border = reader.border(symbol, int(texts.spot[0]))
        rows, left = kind.rows(Part(symbol, texts, kind.stamps(texts), False, border))
        if left:
            waiting[symbol] = texts.pick(np.arange(len(texts.spot)) >= len(texts.spot) - left)
        found.append((symbol, rows))
    return found


def _near(reader: CsvReader, kind: Kind, texts: Texts) -> Texts:
    """Leave out lines whose times of event and receipt are a day apart, with a finding for each."""
    stamps = kind.stamps(texts)
    both = (stamps.time_ns != UNTIMED) & (stamps.received_ns != UNTIMED)
    garbled = both & ~together(stamps.received_ns, stamps.time_ns)
    reader.findings.add_rows(
        Trouble.UNREADABLE, garbled, reader.files.places(texts.spot),
        lambda _row: "it was received a day or more from when it was sent: one of the times is garbled",
    )  # fmt: skip
    return texts.pick(~garbled) if garbled.any() else texts


def _ended(reader: CsvReader, kind: Kind, waiting: dict[str, Texts]) -> list[tuple[str, Rows]]:
    """Convert what waits at the end of a file."""
    found = []
    for symbol, texts in waiting.items():
        border = reader.border(symbol, int(texts.spot[0]))
        found.append((symbol, kind.rows(Part(symbol, texts, kind.stamps(texts), True, border))[0]))
    return found


def _joined(one: Texts, other: Texts) -> Texts:
    return Texts(one.frame.vstack(other.frame), np.concatenate([one.spot, other.spot]))


def _by_symbol(reader: CsvReader, kind: Kind, texts: Texts) -> dict[str, Texts]:
    symbols = kind.symbols(texts)
    nameless = (symbols.fill_null("") == "").to_numpy()
    reader.findings.add_rows(
        Trouble.UNREADABLE, nameless, reader.files.places(texts.spot), lambda _row: "the symbol is missing"
    )
    names = symbols.filter(~nameless).unique(maintain_order=True).to_list()
    return {name: texts.pick(symbols.eq_missing(name).to_numpy()) for name in names}


def _texts(lines: Lines, number: int, names: list[str], findings: Findings) -> Iterator[Texts]:
    """Give a file's lines as columns of text, many at a time; lines with too few or too many fields are findings."""
    for stretch in lines.stretches(number, _STRETCH):
        letters = np.frombuffer(stretch.text, np.uint8)
        ends = np.flatnonzero(letters == ord("\n")) + 1
        ends = ends if stretch.whole else np.append(ends, len(letters))
        spots = stretch.spot + np.arange(len(ends))
        good = _fitting(stretch, letters, ends, names, lines, findings)
        if good.any():
            text = letters[np.repeat(good, np.diff(ends, prepend=0))].tobytes() if not good.all() else stretch.text
            yield Texts(_frame(text, names), spots[good])


def _fitting(
    stretch: Line, letters: npt.NDArray[np.uint8], ends: Int64Array, names: list[str], lines: Lines, findings: Findings
) -> npt.NDArray[np.bool_]:
    """Mark lines with as many fields as there are names, headers apart, with a finding for each other: bool[n]."""
    fields = np.diff(np.searchsorted(np.flatnonzero(letters == ord(",")), ends), prepend=0) + 1
    good: npt.NDArray[np.bool_] = fields == len(names)
    bad = ~good & (np.diff(ends, prepend=0) > 2)
    if lines.is_first(stretch.spot) and _fields(stretch.text[: ends[0]]) == names:
        good[0] = bad[0] = False
    place = lines.places(stretch.spot + np.arange(len(ends)))
    expected = f"expected {len(names)}: {', '.join(names)}"
    if not stretch.whole and bad[-1]:
        findings.add(Trouble.TRUNCATED, place(len(ends) - 1), f"{fields[-1]} fields, {expected}")
        bad[-1] = False
    findings.add_rows(Trouble.UNREADABLE, bad, place, lambda row: f"{fields[row]} fields, {expected}")
    return good


def _frame(text: bytes, names: list[str]) -> "pl.DataFrame":
    import polars as pl

    return pl.read_csv(
        text.replace(b"\r\n", b"\n"), has_header=False, schema=dict.fromkeys(names, pl.String), quote_char=None,
        encoding="utf8-lossy",
    )  # fmt: skip


def _fields(line: bytes) -> list[str]:
    return [field.strip() for field in line.decode("utf-8", "replace").removeprefix("\ufeff").split(",")]


def unknown_file(name: str, fields: Iterable[str], expected: str) -> BadFileError:
    """Return the error for a file that is none of a vendor's."""
    return BadFileError(f"{name} begins with {', '.join(fields)[:80]!r}: expected {expected}")
