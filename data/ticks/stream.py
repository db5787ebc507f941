"""The way every recorded stream takes: lines, messages, an unbroken book, rows in time order, batches."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.clock import FLOOR_NS, Clock, Int64Array, Latencies, measure
from lockstep.data.ticks.crossed import CrossedWatch
from lockstep.data.ticks.decimals import Grid
from lockstep.data.ticks.encode import encode
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import Line, Lines
from lockstep.data.ticks.message import Message, Said
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.rows import UNTIMED, Rows, TimeOrder
from lockstep.data.ticks.splice import Splice
from lockstep.errors import BadFileError, DataError
from lockstep.kernels.book.events import EventFlag

HORIZON_NS = 2_000_000_000
_MESSAGES = 4096
"""So many messages are converted at once."""
_TRADES = (Said.TRADE, Said.UNLIT_TRADE)

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
Instruments = Instrument | Iterable[Instrument]


class Unreadable(Exception):
    """A line is no message of the feed: what was expected and found."""


def listed(paths: Paths) -> list[str | os.PathLike[str]]:
    """Return one path or several as a list."""
    return [paths] if isinstance(paths, str | os.PathLike) else list(paths)


def by_symbol(instruments: Instruments) -> dict[str, Instrument]:
    """Return one instrument or several by their symbols."""
    return {one.symbol: one for one in ([instruments] if isinstance(instruments, Instrument) else instruments)}


class Feed:
    """One symbol's part of the files: its sequence, and its rows on their way."""

    def __init__(self, instrument: Instrument, lines: Lines, findings: Findings, splice: Splice, horizon: int) -> None:
        self.grid = Grid(instrument)
        self.splice = splice
        self.order = TimeOrder(horizon, lines, findings)
        self.watch = CrossedWatch(findings)
        self.messages: list[Message] = []
        self.quote = 0
        self.trade = 0


class StreamReader(ABC):
    """Reads recorded streams, see Reader; a venue's reader adds how a line is read.

    `paths` are read in their order as one stream: a later file may go on where the one before ended. `instruments` give
    each symbol's tick and lot. Level "L2" takes depth and trades, "L1" quotes and trades.

    A line may begin with the time of its receipt, ns UTC by the recorder's clock, and a blank. `clock` "measure" goes
    through the files once before, to align that clock with the exchange's (see Clock) so that no latency is below
    `floor_ns`; a Clock aligns by itself, None not at all. `after` gives by symbol the last update id of the history
    that the first file goes on with. Rows are sorted by exchange time as far as `horizon_ns` apart.
    """

    in_band = False
    """Whether snapshots are messages of the stream, each a new start."""

    def __init__(
        self,
        paths: Paths,
        instruments: Instruments,
        *,
        level: Level = "L2",
        clock: Clock | Literal["measure"] | None = "measure",
        floor_ns: int = FLOOR_NS,
        after: Mapping[str, int] | None = None,
        horizon_ns: int = HORIZON_NS,
        strict: bool = True,
    ) -> None:
        if level not in ("L1", "L2"):
            raise DataError(f"level {level!r} is not in this feed: choose 'L2' for depth or 'L1' for quotes")
        self.level: Level = level
        self.findings = Findings(strict=strict)
        self.latencies = Latencies()
        self.clock = clock if isinstance(clock, Clock) else Clock()
        self._measures = clock == "measure"
        self._floor_ns = floor_ns
        self._instruments = by_symbol(instruments)
        self._after = dict(after or {})
        self._horizon_ns = horizon_ns
        self._lines = Lines(listed(paths), self.findings)
        self.source = self._lines.names
        self._feeds: dict[str, Feed] = {}

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The instruments given, by symbol."""
        return self._instruments

    @property
    def share(self) -> float:
        """How much of the files has been read, 0 to 1."""
        return self._lines.share

    def lines(self) -> list[str]:
        """Say in words what was found of clocks and latencies."""
        return [*self.clock.lines(), *self.latencies.lines()]

    @abstractmethod
    def parse(self, line: bytes, spot: int, received_ns: int) -> Iterable[Message]:
        """Return what a line says. Raises Unreadable where it is none of the feed's messages."""

    @abstractmethod
    def sent_ns(self, line: bytes) -> int:
        """Return the time that a line's events get, UNTIMED where it has none or is unreadable: for the clocks."""

    def blocks(self) -> Iterator[Batch]:
        """Walk through the files, see Reader."""
        if self._measures:
            self.clock = measure(self._stamps(), floor_ns=self._floor_ns)
        self._feeds = {}
        self.latencies = Latencies()
        waiting = understood = 0
        for line in self._lines:
            for message in self._messages(line):
                understood += 1
                feed = self._feed(message)
                followed = self._followed(feed, message)
                feed.messages += followed
                waiting += len(followed)
            if waiting >= _MESSAGES:
                yield from self._batches()
                waiting = 0
        if not understood:
            raise BadFileError(f"{self.source}: no line is a message of this feed; is it a recording of another one?")
        for feed in self._feeds.values():
            feed.messages += feed.splice.rest()
        yield from self._batches()
        for symbol, feed in self._feeds.items():
            yield from self._ready(symbol, feed, feed.order.rest())

    def _stamps(self) -> Iterator[tuple[Int64Array, Int64Array]]:
        """Give (received, sent) of the lines that have both; what is wrong with others is found when they are read."""
        stamps: list[tuple[int, int]] = []
        for line in Lines(self._lines.paths, Findings()):
            stamp, _, text = line.text.partition(b" ")
            if stamp.isdigit() and (sent := self.sent_ns(text)) != UNTIMED:
                stamps.append((int(stamp), sent))
            if len(stamps) >= 1 << 16:
                yield _columns(stamps)
                stamps = []
        if stamps:
            yield _columns(stamps)

    def _messages(self, line: Line) -> Iterable[Message]:
        if not line.text.strip():
            return ()
        try:
            received, text = _split(line.text)
            return self.parse(text, line.spot, received)
        except Unreadable as error:
            trouble = Trouble.UNREADABLE if line.whole else Trouble.TRUNCATED
            self.findings.add(trouble, self._lines.where(line.spot), str(error))
            return ()

    def _feed(self, message: Message) -> Feed:
        symbol = message.symbol
        if symbol not in self._feeds:
            if symbol not in self._instruments:
                known = ", ".join(self._instruments) or "none"
                raise DataError(
                    f"{self._lines.where(message.spot)}: {symbol} is not among the instruments given ({known}): add "
                    f"Instrument({symbol!r}, tick=..., lot=...) with the venue's steps of price and size"
                )
            splice = Splice(self._lines, self.findings, after=self._after.get(symbol), in_band=self.in_band)
            instrument = self._instruments[symbol]
            self._feeds[symbol] = Feed(instrument, self._lines, self.findings, splice, self._horizon_ns)
        return self._feeds[symbol]

    def _followed(self, feed: Feed, message: Message) -> list[Message]:
        """Return what a message says in its sequence: nothing, itself or more."""
        if message.kind in _TRADES:
            return [message] if self._is_new_trade(feed, message) else []
        if message.kind is Said.QUOTE:
            return [message] if self.level == "L1" and self._is_new_quote(feed, message) else []
        if self.level == "L1":
            return []
        return feed.splice.snapshot(message) if message.kind is Said.SNAPSHOT else feed.splice.diff(message)

    def _is_new_quote(self, feed: Feed, message: Message) -> bool:
        if message.last and message.last < feed.quote:
            what = f"quote {message.last} comes after {feed.quote}: expected each once"
            self.findings.add(Trouble.REPEATED, self._lines.where(message.spot), what)
            return False
        feed.quote = message.last
        return True

    def _is_new_trade(self, feed: Feed, message: Message) -> bool:
        before, number = feed.trade, message.id
        if not number:
            return True
        if number <= before:
            what = f"trade {number} comes after {before}: expected each once"
            self.findings.add(Trouble.REPEATED, self._lines.where(message.spot), what)
            return False
        feed.trade = number
        if before and number > before + 1:
            what = f"expected trade {before + 1}, found {number}"
            self.findings.add(Trouble.GAP, self._lines.where(message.spot), what, number - before - 1)
        return True

    def _batches(self) -> Iterator[Batch]:
        for symbol, feed in self._feeds.items():
            if feed.messages:
                rows = self._timed(encode(feed.messages, feed.grid, self._lines, self.findings))
                feed.messages = []
                yield from self._ready(symbol, feed, feed.order.put(rows))

    def _timed(self, rows: Rows) -> Rows:
        """Align receipts with the exchange's clock; a time that is missing is taken from the other."""
        sent, received = rows.time_ns, rows.received_ns
        stamped = received != UNTIMED
        aligned = self.clock.aligned(np.where(stamped, received, 0), np.where(sent == UNTIMED, 0, sent))
        received = np.where(stamped, aligned, sent)
        # A message counts once, however many levels it has.
        both = stamped & (sent != UNTIMED) & (rows.flags & EventFlag.LAST != 0)
        self.latencies.add(received[both], sent[both])
        return rows._replace(time_ns=np.where(sent == UNTIMED, received, sent), received_ns=received)

    def _ready(self, symbol: str, feed: Feed, rows: Rows | None) -> Iterator[Batch]:
        if rows is not None:
            batch = rows.batch(symbol, self._lines)
            feed.watch.check(batch)
            yield batch


def _split(line: bytes) -> tuple[int, bytes]:
    """Return (ns of receipt or UNTIMED, the rest of a line)."""
    if line[:1] == b"{":
        return UNTIMED, line
    stamp, _, text = line.partition(b" ")
    if not stamp.isdigit() or len(stamp) > 19:
        raise Unreadable(f"expected a time in ns and JSON, found {line[:40]!r}")
    return int(stamp), text


def _columns(stamps: list[tuple[int, int]]) -> tuple[Int64Array, Int64Array]:
    table = np.array(stamps, np.int64)
    return table[:, 0], table[:, 1]
