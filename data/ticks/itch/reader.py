"""NASDAQ ITCH 5.0 files as tick histories: events of single orders, for each stock."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.batches import batches
from lockstep.data.ticks.binary_reader import BinaryReader, Path, check_end
from lockstep.data.ticks.byte_source import STRETCH, ByteSource
from lockstep.data.ticks.findings import Findings
from lockstep.data.ticks.itch.layout import LENGTHS, TYPES, stock_at
from lockstep.data.ticks.itch.trouble import explain
from lockstep.data.ticks.live_table import LiveTable
from lockstep.data.ticks.nasdaq import HIDDEN_SIDE_UNTIL
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.units import exact
from lockstep.data.zone import Zone
from lockstep.errors import BadFileError, DataError
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.itch import ITCH_BOOK, ITCH_STATE, UNSEEN, UNWANTED, itch_events
from lockstep.kernels.feeds.rows import ROW

_LOCATES = 1 << 16


class ItchReader(BinaryReader):
    """Files of NASDAQ TotalView-ITCH 5.0, raw or gzip, each of one day, in the order of their days.

    `symbols` are the stocks wanted, all when None. `days` are the files' days; unsaid, each stands in its file's name
    (01302020.NASDAQ_ITCH50.gz, 2020-01-30 or 20200130), which must not say otherwise unless the
    file is `renamed`. `instruments` gives what is known of a stock where that is not
    `Instrument.us_equity`: the tick of one below a dollar is 0.0001. Numbers of messages by type are in `messages`.

    Raises BadFileError for a file whose day is not known, DataError for an instrument in lots or with a finer tick
    than the feed's 0.0001.
    """

    level: Level = "L3"

    def __init__(
        self,
        paths: Path | Sequence[Path],
        *,
        symbols: Collection[str] | None = None,
        days: date | Sequence[date] | None = None,
        instruments: Mapping[str, Instrument] | None = None,
        renamed: bool = False,
        stretch: int = STRETCH,
    ) -> None:
        super().__init__(paths, Findings(), stretch)
        self.days = _days(self.paths, days, renamed)
        self.messages: Counter[str] = Counter()
        self._wanted = None if symbols is None else frozenset(symbols)
        self._known = dict(instruments or {})
        self._rows: dict[str, int] = {}

    def _file(self, source: ByteSource, number: int) -> Iterator[Batch]:
        decoding = _Decoding(self.days[number])
        state = decoding.state
        while source.more(int(state["position"][0])):
            state["position"] = 0
            yield from self._stretch_of(source, decoding)
        check_end(source, self.findings, "message")
        self.messages.update({letter: n for letter in TYPES if (n := int(decoding.counts[ord(letter)]))})

    def _stretch_of(self, source: ByteSource, decoding: "_Decoding") -> Iterator[Batch]:
        while True:
            stop = decoding.go_on(source)
            if stop in (Stop.BYTES, Stop.ROWS):
                yield from batches(decoding.take(), list(self._rows), source.path.name)
            if stop == Stop.BYTES:
                return
            if stop == Stop.LIVE:
                decoding.live.grow()
            elif stop == Stop.BOOK:
                self._meet(source, decoding)
            elif stop >= Stop.TROUBLE:
                excerpt = int(decoding.state["open"][0]) < 0
                explain(stop, source, int(decoding.state["at"][0]), self.findings, excerpt=excerpt)

    def _meet(self, source: ByteSource, decoding: "_Decoding") -> None:
        """A stock locate is named for the first time."""
        message = source.data[int(decoding.state["position"][0]) + 2 :]
        place = stock_at(chr(int(message[0])))
        stock = bytes(message[place : place + 8]).decode("ascii", "replace").strip()
        book = decoding.books[int(message[1]) << 8 | int(message[2])]
        if not stock or (self._wanted is not None and stock not in self._wanted):
            book["row"] = UNWANTED
            return
        instrument = self._instruments.get(stock) or self._known.get(stock) or Instrument.us_equity(stock)
        book["unit"] = _unit(instrument)
        book["stock"] = int.from_bytes(message[place : place + 8].tobytes(), "big", signed=True)
        self._instruments[stock] = instrument
        book["row"] = self._rows.setdefault(stock, len(self._rows))
        decoding.state["books"] = len(self._rows)
        decoding.make_room(len(self._rows))


class _Decoding:
    """The memory of a file's decoding."""

    def __init__(self, day: date) -> None:
        self.state = np.zeros(1, ITCH_STATE)
        self.state["midnight_ns"] = Zone("America/New_York").day_start_ns(
            day.toordinal() - date(1970, 1, 1).toordinal()
        )
        self.state["open"] = -1
        self.state["sided"] = day < HIDDEN_SIDE_UNTIL
        self.books = np.zeros(_LOCATES, ITCH_BOOK)
        self.books["row"] = UNSEEN
        self.books["told"] = -1
        self.live = LiveTable()
        self.counts = np.zeros(256, np.int64)
        self.out = np.empty(1 << 17, ROW)

    def go_on(self, source: ByteSource) -> Stop:
        """Decode until Python is needed."""
        return Stop(
            itch_events(
                source.data, source.base, LENGTHS, self.state, self.books, self.live.entries, self.counts, self.out
            )
        )

    def take(self) -> npt.NDArray[np.void]:
        """Return the events written so far; they are overwritten from now on."""
        rows = self.out[: int(self.state["rows"][0])]
        self.state["rows"] = 0
        return rows

    def make_room(self, books: int) -> None:
        """A message about all stocks makes an event for each."""
        if len(self.out) < 4 * books:
            self.out = np.concatenate([self.out, np.empty_like(self.out)])


def _unit(instrument: Instrument) -> int:
    """Return how many of the feed's 1/10,000 dollars make a tick."""
    unit: Any = exact(instrument.tick) * 10_000
    if unit.denominator != 1 or instrument.lot != 1.0:
        raise DataError(
            f"{instrument.symbol} has the tick {instrument.tick} and the lot {instrument.lot}: ITCH has whole"
            " shares at multiples of 0.0001; give it such a tick and the lot 1"
        )
    return int(unit)


def _days(paths: Sequence[Path], given: date | Sequence[date] | None, renamed: bool) -> list[date]:
    """Return the files' days. Raises BadFileError where neither name nor `given` tells one, or both, differently."""
    days = [given] if isinstance(given, date) else list(given or ())
    if not days:
        return [_day_of(path) for path in paths]
    if len(days) != len(paths):
        raise BadFileError(f"{len(paths)} files, but {len(days)} days: give one for each")
    for path, day in zip(paths, days, strict=True):
        if (said := _named_day(path)) not in (None, day) and not renamed:
            raise BadFileError(
                f"{os.path.basename(path)} is of {said} by its name, found --day {day}: leave it out, or say that the"
                " name is wrong by renamed=True (--renamed)"
            )
    return days


def _named_day(path: Path) -> date | None:
    """Return the day in a file's name."""
    for pattern, order in (
        (r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?!\d)", (0, 1, 2)),
        (r"(?<!\d)(\d\d)(\d\d)(\d{4})(?!\d)", (2, 0, 1)),
    ):
        for found in re.finditer(pattern, os.path.basename(path)):
            parts = [int(part) for part in found.groups()]
            year, month, day = (parts[place] for place in order)
            if 1990 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= 31:
                return date(year, month, day)
    return None


def _day_of(path: Path) -> date:
    day = _named_day(path)
    if day is not None:
        return day
    raise BadFileError(
        f"{os.path.basename(path)}: no day in the file's name, and ITCH has only times of day: give it"
        " (--day 2020-01-30, days=)"
    )
