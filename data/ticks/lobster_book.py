"""LOBSTER's order book files with their messages: sizes by price as far as the file shows levels, with trades.

Row k of an order book file is the book after message k, so that the history is right whatever left the levels. The
format is described at https://lobsterdata.com/info/DataStructure.php.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.data.ticks.lobster import COLUMNS, PRICE_UNIT, BoolArray, Int64Array, Lobster
from lockstep.data.ticks.lobster_files import LobsterFile, Paths, paired_files
from lockstep.data.ticks.picture_changes import NO_LEVEL, Side, changes
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.text_file import STRETCH, TextFile
from lockstep.data.ticks.units import from_whole
from lockstep.errors import BadFileError
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.book.tables import ASK, BID

_FIELDS = 4
"""Of a level: ask price, ask size, bid price, bid size."""
_TOLD = {EventKind.EXECUTE: EventKind.TRADE, EventKind.TRADE: EventKind.TRADE, EventKind.HIDDEN: EventKind.HIDDEN,
         EventKind.PHASE: EventKind.PHASE}  # fmt: skip
"""What is taken from messages; the book is that of the order book file."""
_Shown = tuple[Side, Side] | None
"""Bids and asks of the last picture; None where the file has not begun."""


class LobsterBook(Lobster):
    """Reads pairs of order book and message files as a history of levels; naming one of a pair is enough.

    `level` is "L1" for files of one level and "L2" for others, unless given: "L1" takes the best level alone. A price
    that leaves the levels of the file is taken as gone, and is set again when it comes back. Other options and findings
    are those of Lobster; rows of the order book that are cut or unreadable leave the book as it was before them.

    Raises BadFileError for names that tell no pair, a missing file, and pairs of different levels in one import.
    """

    def __init__(
        self, paths: Paths, *, level: Level | None = None, symbol: str | None = None, day: date | None = None,
        renamed: bool = False, time_zone: str = "America/New_York", instruments: Sequence[Instrument] = (),
        stretch: int = STRETCH,
    ) -> None:  # fmt: skip
        super().__init__(
            paths, symbol=symbol, day=day, renamed=renamed, time_zone=time_zone, instruments=instruments,
            stretch=stretch,
        )  # fmt: skip
        self.findings = Findings()
        self.level: Level = level or _level([_levels(file) for file in self._files])

    def _listed(self, paths: Paths, symbol: str | None, day: date | None, renamed: bool) -> list[LobsterFile]:
        return paired_files(paths, symbol, day, renamed)

    def blocks(self) -> Iterator[Batch]:
        """Walk through the pairs once, a batch for each stretch of messages."""
        for number, file in enumerate(self._files):
            self._done, self._now = number, TextFile(file.path, self.findings, self._stretch)
            books = _Books(file, self.findings, self._stretch)
            shown: _Shown = None
            for stretch in self._now.stretches(COLUMNS):
                events, rows = self._events(file, stretch)
                pictures = books.take(stretch.frame.height, self.instruments[file.symbol])
                table, flags, shown = self._merged(events, pictures.pick(rows), shown)
                yield Batch(file.symbol, _block(events, table, flags), None, stretch.place(rows[table[0]]))
        self._done, self._now = len(self._files), None

    def _merged(
        self, events: TickBlock, pictures: "_Pictures", shown: "_Shown"
    ) -> tuple[Int64Array, Int64Array, "_Shown"]:
        """Put what messages say in front of how the book differs after them: int64[5, n] of `_table`, and flags."""
        seen = np.flatnonzero(pictures.fits)
        tables = [_told(events)]
        if not len(seen):
            return tables[0], _flags(tables[0][0]), shown
        if shown is None:
            tables.append(_table(seen[:1], EventKind.CLEAR, -1, 0, 0))
        kind, best = (EventKind.QUOTE, True) if self.level == "L1" else (EventKind.SET, False)
        after = []
        for code, side, before in zip((BID, ASK), pictures.sides, shown or (NO_LEVEL, NO_LEVEL), strict=True):
            levels = 1 if best else side.tick.shape[1]
            row, tick, lots, last = changes(side.tick[seen, :levels], side.lots[seen, :levels], before, best_only=best)
            tables.append(_table(seen[row], kind, code, tick, lots))
            after.append(last)
        table = np.hstack(tables)
        table = table[:, np.argsort(table[0], kind="stable")]
        pictured = (table[0] == seen[0]) & np.isin(table[1], (EventKind.CLEAR, kind)) & (shown is None)
        return table, _flags(table[0]) | np.where(pictured, EventFlag.SNAPSHOT, 0), (after[0], after[1])


class _Pictures(NamedTuple):
    """Consecutive rows: bids and asks, and bool[rows] that marks those that can be read."""

    sides: tuple[Side, Side]
    fits: BoolArray

    def pick(self, rows: npt.NDArray[np.intp]) -> "_Pictures":
        """Return some rows."""
        bids, asks = (Side(side.tick[rows], side.lots[rows]) for side in self.sides)
        return _Pictures((bids, asks), self.fits[rows])


class _Books:
    """The rows of an order book file, so many at a time as messages were read."""

    def __init__(self, file: LobsterFile, findings: Findings, stretch: int) -> None:
        assert file.book is not None  # paired
        self._file, self._findings, self._levels = file, findings, _levels(file)
        self._text = TextFile(file.book, findings, stretch)
        self._names = [str(at) for at in range(_FIELDS * self._levels)]
        self._stretches = self._text.stretches(self._names)
        self._held = np.zeros((0, _FIELDS * self._levels), np.int64)
        self._good = np.zeros(0, np.bool_)
        self._line, self._ended = 1, False

    def take(self, count: int, instrument: Instrument) -> _Pictures:
        """Return the next rows; those that the file lacks are a finding, and none fits."""
        while len(self._held) < count and self._more():
            pass
        missing = count - len(self._held)
        if missing > 0:
            if not self._ended:
                self._findings.add(
                    Trouble.TRUNCATED, f"{self._text.name}, line {self._line + len(self._held)}",
                    f"the file ends here, but {self._file.path.name} goes on: give the pair as it was made", missing,
                )  # fmt: skip
            self._ended = True
            self._held = np.vstack([self._held, np.zeros((missing, self._held.shape[1]), np.int64)])
            self._good = np.append(self._good, np.zeros(missing, np.bool_))
        rows, good = self._held[:count], self._good[:count]
        self._held, self._good = self._held[count:], self._good[count:]
        first, self._line = self._line, self._line + count
        name = self._text.name
        return self._counted(rows, good, instrument, lambda row: f"{name}, line {first + row}")

    def _more(self) -> bool:
        """Read on; False at the end of the file."""
        import polars as pl

        stretch = next(self._stretches, None)
        if stretch is None:
            return False
        numbers = stretch.frame.select(pl.all().str.strip_chars().cast(pl.Int64, strict=False))
        good = numbers.select(pl.all_horizontal(pl.all().is_not_null())).to_series().to_numpy()
        self._findings.add_rows(
            Trouble.UNREADABLE, ~good, stretch.place(),
            lambda _row: f"expected {len(self._names)} whole numbers, price and size of {self._levels} asks and bids",
        )  # fmt: skip
        self._held = np.vstack([self._held, numbers.fill_null(0).to_numpy().astype(np.int64)])
        self._good = np.append(self._good, good)
        return True

    def _counted(self, rows: Int64Array, good: BoolArray, instrument: Instrument, place: Place) -> _Pictures:
        sides, fits = [], good.copy()
        for first in (2, 0):
            price, size = rows[:, first::_FIELDS], rows[:, first + 1 :: _FIELDS]
            tick, off_tick = from_whole(price, PRICE_UNIT, instrument.tick)
            lots, off_lot = from_whole(np.maximum(size, 0), "1", instrument.lot)
            bad_tick, bad_lot = (off_tick & (size > 0)).any(axis=1), (off_lot & (size > 0)).any(axis=1)
            for trouble, bad, word, step in (
                (Trouble.OFF_TICK, bad_tick, "price", instrument.tick),
                (Trouble.OFF_LOT, bad_lot, "size", instrument.lot),
            ):  # fmt: skip
                said = f"a {word} of a level is no multiple of {instrument.symbol}'s step {step:g}"
                self._findings.add_rows(trouble, bad & good, place, lambda _row, said=said: said)  # type: ignore[misc]
            fits &= ~bad_tick & ~bad_lot
            sides.append(Side(np.where(lots > 0, tick, 0), lots))
        return _Pictures((sides[0], sides[1]), fits)


def _told(events: TickBlock) -> Int64Array:
    """Return what messages tell besides the book: trades and phases."""
    told = np.flatnonzero(np.isin(events.kind, list(_TOLD)))
    kind = np.array([_TOLD[EventKind(code)] for code in events.kind[told].tolist()], np.int64)
    return _table(told, kind, events.side[told].astype(np.int64), events.tick[told], events.lots[told])


def _flags(row: Int64Array) -> Int64Array:
    return np.where(np.append(row[1:] != row[:-1], True)[: len(row)], EventFlag.LAST, 0).astype(np.int64)


def _block(events: TickBlock, table: Int64Array, flags: Int64Array) -> TickBlock:
    row, kind, side, tick, lots = table
    time_ns = events.time_ns[row]
    return TickBlock(
        time_ns, time_ns, kind.astype(np.uint8), side.astype(np.int8), flags.astype(np.uint8), tick, lots,
        np.zeros(len(row), np.int64), np.full(len(row), -1, np.int32),
    )  # fmt: skip


def _table(row: npt.NDArray[np.intp], *columns: Int64Array | int) -> Int64Array:
    """Return int64[5, n]: row, kind, side, tick, lots."""
    return np.array([row, *(np.broadcast_to(column, len(row)) for column in columns)], np.int64)


def _levels(file: LobsterFile) -> int:
    """Return how many levels the first row of an order book file has. Raises BadFileError where they are no levels."""
    text = TextFile(file.book or Path(), Findings(), STRETCH)
    fields = text.header().count(",") + 1
    text.close()
    if fields % _FIELDS:
        raise BadFileError(
            f"{text.name} has {fields} fields in its first line: expected ask price, ask size, bid price and bid size"
            " of each level"
        )
    return fields // _FIELDS


def _level(levels: list[int]) -> Level:
    kinds = {"L1" if count == 1 else "L2" for count in levels}
    if len(kinds) > 1:
        raise BadFileError(
            "files of one level make an L1 history and others an L2 history: import them apart, or give level='L1' for"
            " the best level of all"
        )
    return "L1" if kinds == {"L1"} else "L2"
