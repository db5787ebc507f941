"""Ticks: an immutable view of one symbol's tick history, read block by block."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.rules import show_time
from lockstep.data.ticks.findings import Findings
from lockstep.data.ticks.parts import MemoryPart, Part, Piece, joined, picture_rows
from lockstep.data.ticks.reader import Level
from lockstep.errors import DataError, NoDataError
from lockstep.kernels.book.events import EventKind, TickBlock

if TYPE_CHECKING:
    import polars as pl

    from lockstep.data.bars import Bars
    from lockstep.data.span import When

BLOCK_EVENTS = 1 << 16


@dataclass(frozen=True, eq=False, repr=False)
class Ticks:
    """The ticks of one symbol over a span: what `Store.ticks` gives and a tick backtest takes.

    Nothing is read until blocks or a frame are asked for. Events that name orders bring their slots, all below
    `slots`. A history begins with a picture of the book (CLEAR, then what rests, with flag SNAPSHOT) where the book is
    known at its start. `source` is 'synthetic' where the events were generated. `findings` count what `from_blocks`
    found wrong with a history in memory; what an import found is kept with its dataset.
    """

    instrument: Instrument
    level: Level
    parts: tuple[Part, ...]
    dataset: str = "memory"
    source: str = "memory"
    findings: Findings = field(default_factory=Findings)

    def __post_init__(self) -> None:
        if not self.rows:
            raise NoDataError(f"no ticks of {self.symbol}: give at least one event, or a longer span")

    @classmethod
    def from_blocks(
        cls,
        blocks: TickBlock | Iterable[TickBlock],
        instrument: Instrument,
        *,
        level: Level | None = None,
        source: str = "memory",
        strict: bool = True,
        excerpt: bool = False,
    ) -> "Ticks":
        """Take a history from blocks in time order, copied; the level is told by the kinds of events unless given.

        Orders are resolved to slots where no event brings one. An event that can't be (an order added twice, an ADD of
        no lots, a change of an order that is not there) stops it with OrderStateError or TickSizeError, which tell its
        Code and its number from 0. With `strict=False` such events are counted in `findings` and go on: executions as
        TRADE, others as NONE. Of an `excerpt`, which begins in the middle, orders may change or go that never came in
        it: they are counted, become the same, and stop nothing. One that came and went is no such order.

        Raises DataError for columns of different lengths or times that go backward, NoDataError without any event.
        """
        from lockstep.data.ticks.memory import resolved

        listed = [blocks] if isinstance(blocks, TickBlock) else blocks
        piece = joined(Piece(block, None) for block in listed)
        _check(piece.events, instrument.symbol)
        level, findings = level or level_of(piece.events), Findings()
        if level == "L3" and len(piece.events.slot) and piece.events.slot.max() < 0:
            events, findings = resolved(piece.events, instrument.symbol, strict=strict, excerpt=excerpt)
            piece = joined([Piece(events, None)])
        parts = (MemoryPart(piece, picture_rows(piece.events)),)
        return cls(instrument, level, parts, source=source, findings=findings)

    def __repr__(self) -> str:
        first, last = (show_time(time_ns) for time_ns in self.span)
        return (
            f"Ticks({self.symbol}; {self.level}; {first} to {last}; {self.rows} events; {self.dataset}: {self.source})"
        )

    @property
    def symbol(self) -> str:
        """The instrument's symbol."""
        return self.instrument.symbol

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbol alone, as bars have them."""
        return (self.symbol,)

    @property
    def synthetic(self) -> bool:
        """True when the events were generated: no price in them was ever paid."""
        return self.source == "synthetic"

    @property
    def span(self) -> tuple[int, int]:
        """Times of the first and the last event, ns UTC."""
        return self.parts[0].span[0], self.parts[-1].span[1]

    @cached_property
    def rows(self) -> int:
        """Number of events."""
        return sum(part.rows for part in self.parts)

    @cached_property
    def slots(self) -> int:
        """Rows that a book needs for the orders of these events; 0 where none names an order."""
        return max(part.slots for part in self.parts)

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 (hex) over the content's checksums, the instrument and the level."""
        keys = [part.key for part in self.parts]
        text = json.dumps({"instrument": self.instrument.to_dict(), "level": self.level, "parts": keys}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def blocks(self, size: int = BLOCK_EVENTS) -> Iterator[TickBlock]:
        """Walk through the history in blocks of at most `size` events; arrays are read-only and not copied.

        A block is valid until the next one is asked for. Blocks end early where a file or a part of it ends; what they
        hold doesn't depend on `size`. Raises CorruptStoreError when a file is not what the manifest says.
        """
        if size < 1:
            raise DataError(f"block size is {size}, but must be at least 1")
        for part in self.parts:
            for piece in part.pieces(size):
                yield piece.events

    def between(self, start_ns: int, end_ns: int) -> "Ticks":
        """Return the events with start_ns <= time < end_ns (ns UTC), not copied, behind a picture of the book there.

        Parts that follow one another share no event and lose none. Finding the book replays what came since the day
        began, some 20 ns an event. Raises NoDataError when no event is left.
        """
        from lockstep.data.ticks.opening import between

        kept = between(self.parts, self.level, start_ns, end_ns)
        if not kept:
            first, last = (show_time(time_ns) for time_ns in self.span)
            raise NoDataError(
                f"no event of {self.symbol} from {show_time(start_ns)} until {show_time(end_ns)}: the ticks reach from"
                f" {first} to {last}"
            )
        return replace(self, parts=kept)

    def bars(
        self,
        interval: str | None = None,
        *,
        trades: float | None = None,
        volume: float | None = None,
        value: float | None = None,
        imbalance: float | None = None,
        of: str = "trades",
    ) -> "Bars":
        """Build bars of the trades: by interval (`1m`), number of trades, units, currency, or units bought less sold.

        Measures other than time are looked at when a moment is over: a bar holds all trades of the moment which fills
        it. One still under way at the end is left out. `of="middle"` builds bars of the middle between best bid and ask
        instead, by interval, whose volume counts changes of the quote. Raises DataError for no measure or several,
        NoDataError where no bar is full.
        """
        from lockstep.data.ticks.build import bars_of

        return bars_of(self, interval, trades, volume, value, imbalance, of)

    def quotes(self) -> "pl.DataFrame":
        """Best prices and sizes, a row for each moment after which they are others.

        Columns: time (Datetime ns UTC), bid, bid_size, ask, ask_size, middle; a price is null where its side is empty.
        """
        from lockstep.data.ticks.looking import quotes

        return quotes(self)

    def book_at(self, when: "When" = None) -> "pl.DataFrame":
        """All levels of the book after the events up to a moment, bids first, best first; at the end without one.

        Columns: side ('bid', 'ask'), level from 1, price, size, of L3 the number of orders, tick, lots. `when` is read
        as by `Store.ticks`: a date is the beginning of its session day. Raises NoDataError for a time before the first.
        """
        from lockstep.data.ticks.looking import book_at

        return book_at(self, when)

    def frame(self) -> "pl.DataFrame":
        """All events as one polars frame.

        Columns: symbol, time, received (Datetime ns UTC), kind (Enum of EventKind's names), side, flags, price, size
        (floats: tick and lots in the instrument's units), tick, lots, id, slot, sequence (null where there is none).
        """
        import polars as pl

        from lockstep.data.ticks.frames import piece_frame

        pieces = (piece for part in self.parts for piece in part.pieces(BLOCK_EVENTS))
        return pl.concat([piece_frame(piece, self.instrument) for piece in pieces])


def level_of(events: TickBlock) -> Level:
    """Tell what a feed knows of the book by the kinds of its events."""
    kinds = set(np.unique(events.kind).tolist())
    if kinds & {EventKind.ADD, EventKind.REDUCE, EventKind.DELETE, EventKind.EXECUTE, EventKind.MODIFY}:
        return "L3"
    return "L2" if EventKind.SET in kinds else "L1"


def _check(events: TickBlock, symbol: str) -> None:
    lengths = {name: len(column) for name, column in events._asdict().items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"{symbol}: the columns of a block must be of one length, found {lengths}")
    backward = np.flatnonzero(np.diff(events.time_ns) < 0)
    if len(backward):
        at = int(backward[0]) + 1
        raise DataError(
            f"{symbol}: event {at} at {show_time(int(events.time_ns[at]))} comes after one at"
            f" {show_time(int(events.time_ns[at - 1]))}: sort the events by time"
        )
