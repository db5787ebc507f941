"""The way every recorded stream takes: lines, messages, an unbroken book, rows in time order, batches."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from lockstep.data.ticks.alignment import MOST_APART_NS
from lockstep.data.ticks.clock import Int64Array
from lockstep.data.ticks.encode import encode
from lockstep.data.ticks.epochs import MOST_NS
from lockstep.data.ticks.feed import FeedReader, Instruments, Paths
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import Line, Lines
from lockstep.data.ticks.message import Message, Said
from lockstep.data.ticks.reader import Batch
from lockstep.data.ticks.rows import UNTIMED
from lockstep.data.ticks.splice import RESTART, Splice
from lockstep.errors import BadFileError

_MESSAGES = 4096
"""So many messages are converted at once."""
_TRADES = (Said.TRADE, Said.UNLIT_TRADE)


class Unreadable(Exception):
    """A line is no message of the feed: what was expected and found."""


class StreamReader(FeedReader, ABC):
    """Reads recorded streams, see FeedReader for the options; a venue's reader adds how a line is read.

    `paths` are read in their order as one stream: a later file may go on where the one before ended. Level "L2" takes
    depth and trades, "L1" quotes and trades. A line may begin with the time of its receipt, ns UTC by the recorder's
    clock, and a blank. `after` gives by symbol the last update id of a book that is known from elsewhere and that the
    first file goes on with; an import into the store begins with an empty book and needs the files from a snapshot on.
    """

    in_band = False
    """Whether snapshots are messages of the stream, each a new start."""

    def __init__(
        self, paths: Paths, instruments: Instruments, *, after: Mapping[str, int] | None = None, **options: Any
    ) -> None:
        super().__init__(paths, instruments, **options)
        self._after = dict(after or {})
        self._channels: dict[str, _Channels] = {}

    @abstractmethod
    def parse(self, line: bytes, spot: int, received_ns: int) -> Iterable[Message]:
        """Return what a line says. Raises Unreadable where it is none of the feed's messages."""

    @abstractmethod
    def sent_ns(self, line: bytes) -> int:
        """Return the time that a line's events get, UNTIMED where it has none or is unreadable: for the clocks."""

    def blocks(self) -> Iterator[Batch]:
        """Walk through the files, see Reader."""
        self._start(self._stamps())
        self._channels = {}
        waiting = understood = 0
        for line in self._files:
            for message in self._messages(line):
                understood += 1
                waiting += self._follow(message)
            if waiting >= _MESSAGES:
                yield from self._batches()
                waiting = 0
        if not understood:
            raise BadFileError(f"{self.source}: no line is a message of this feed; is it a recording of another one?")
        for channels in self._channels.values():
            channels.messages += channels.splice.rest()
        yield from self._batches()
        for symbol in self._channels:
            yield from self._due(symbol)

    def _stamps(self) -> Iterator[tuple[Int64Array, Int64Array]]:
        """Give (received, sent) of the lines that have both; what is wrong with others is found when they are read."""
        stamps: list[tuple[int, int]] = []
        for line in Lines(self._files.paths, Findings()):
            stamp, _, text = line.text.partition(b" ")
            if stamp.isdigit() and len(stamp) <= 19:
                pair = int(stamp), self.sent_ns(text)
                stamps += [pair] if abs(pair[0] - pair[1]) <= MOST_APART_NS else []
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
            self.findings.add(trouble, self._files.where(line.spot), str(error))
            return ()

    def _follow(self, message: Message) -> int:
        """Take a message into its symbol's sequence; return how many are ready for it."""
        symbol, apart_ns = message.symbol, abs(message.received_ns - message.time_ns)
        if apart_ns > MOST_APART_NS and UNTIMED not in (message.received_ns, message.time_ns):
            what = f"it was received {apart_ns / 86_400e9:.1f} days from when it was sent: one of the times is garbled"
            self.findings.add(Trouble.UNREADABLE, self._files.where(message.spot), what)
            return 0
        if symbol not in self._channels:
            self._grid(symbol, message.spot)
            splice = Splice(self._files, self.findings, after=self._after.get(symbol), in_band=self.in_band)
            self._channels[symbol] = _Channels(splice, self._files, self.findings)
        channels = self._channels[symbol]
        ready = channels.quote(message) if self.level == "L1" else channels.depth(message)
        channels.messages += ready
        return len(ready)

    def _batches(self) -> Iterator[Batch]:
        for symbol, channels in self._channels.items():
            if channels.messages:
                self._put(symbol, encode(channels.messages, self._grids[symbol], self._files, self.findings))
                channels.messages = []
                newest = self._orders[symbol].newest
                yield from self._due(symbol, max(newest, UNTIMED + self._horizon_ns) - self._horizon_ns)


class _Channels:
    """One symbol's channels, each in the order of its own numbers; `messages` are those ready to become rows."""

    def __init__(self, splice: Splice, lines: Lines, findings: Findings) -> None:
        self.splice = splice
        self.messages: list[Message] = []
        self._lines = lines
        self._findings = findings
        self._quote = self._trade = 0

    def depth(self, message: Message) -> list[Message]:
        """Take a message of an L2 feed; return what it says in its sequence: nothing, itself or more."""
        if message.kind is Said.SNAPSHOT:
            return self.splice.snapshot(message)
        if message.kind is Said.DIFF:
            return self.splice.diff(message)
        return self._trades(message)

    def quote(self, message: Message) -> list[Message]:
        """Take a message of an L1 feed; return it, or nothing."""
        if message.kind is not Said.QUOTE:
            return self._trades(message)
        if self._quote - RESTART < message.last < self._quote:
            self._found(Trouble.REPEATED, message, f"quote {message.last} comes after {self._quote}: expected once")
            return []
        self._quote = message.last
        return [message]

    def _trades(self, message: Message) -> list[Message]:
        if message.kind not in _TRADES:
            return []
        before, number = self._trade, message.id
        if number and before - RESTART < number <= before:
            self._found(Trouble.REPEATED, message, f"trade {number} comes after {before}: expected once")
            return []
        self._trade = number
        if number and before and number != before + 1:
            missing = max(number - before - 1, 1)
            self._found(Trouble.GAP, message, f"expected trade {before + 1}, found {number}", missing)
        return [message]

    def _found(self, trouble: Trouble, message: Message, what: str, count: int = 1) -> None:
        self._findings.add(trouble, self._lines.where(message.spot), what, count)


def _split(line: bytes) -> tuple[int, bytes]:
    """Return (ns of receipt or UNTIMED, the rest of a line)."""
    if line[:1] == b"{":
        return UNTIMED, line
    stamp, _, text = line.partition(b" ")
    if not stamp.isdigit() or len(stamp) > 19 or int(stamp) > MOST_NS:
        raise Unreadable(f"expected a time in ns and JSON, found {line[:40]!r}")
    return int(stamp), text


def _columns(stamps: list[tuple[int, int]]) -> tuple[Int64Array, Int64Array]:
    table = np.array(stamps, np.int64)
    return table[:, 0], table[:, 1]
