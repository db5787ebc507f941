"""One symbol on its way into the store: checked, resolved, cut by day, written batch by batch."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.segment import TickInfo
from lockstep.data.ticks.checks import BoolArray, checked
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.data.ticks.parts import Int64Array, Piece
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.tracker import Tracker, with_slots
from lockstep.data.ticks.writer import TickWriter
from lockstep.errors import DataError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock

BATCH_EVENTS = 1 << 16
"""Events of a record batch on disk: 3 MB."""
OFTEN = 0.01
"""A book crossed for a larger share of its moments is remarked on."""
_NEVER = np.iinfo(np.int64).min

Opener = Callable[[str, bool, bool], TickWriter]
"""Makes the file of a day: given its label, whether events are numbered, and whether it goes on from the day before."""


class SymbolImport:
    """Takes a symbol's batches in order; `finish` gives what was written. Holds `pending` events in memory."""

    def __init__(self, instrument: Instrument, level: Level, findings: Findings, opener: Opener) -> None:
        self.instrument, self.pending = instrument, 0
        self._level, self._findings, self._opener = level, findings, opener
        self._tracker = Tracker(level)
        self._seen, self._before_ns, self._crossed = 0, _NEVER, False
        self._moments = self._moments_crossed = 0
        self._day: int | None = None
        self._writer: TickWriter | None = None
        self._pieces: list[Piece] = []
        self._head, self._numbered = 0, False
        self._done: list[TickInfo] = []

    def take(self, batch: Batch) -> None:
        """Take the next events. Raises a TickError when the findings are strict and something is wrong."""
        first, symbol = self._seen, self.instrument.symbol
        place = batch.place or (lambda row: f"event {first + row + 1} of {symbol}")
        block = checked(batch.block, self._level, self._before_ns, self._findings, place)
        if not len(block.kind):
            return
        self._check_numbers(batch.sequence)
        self._before_ns, self._seen = int(block.time_ns[-1]), self._seen + len(block.kind)
        days = self.instrument.zone.session_days(block.time_ns, self.instrument.session_shift_ns)
        edges = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(days)]
        for start, stop in pairwise(edges):
            piece = Piece(block, batch.sequence).cut(start, stop)
            self._take_of_day(int(days[start]), piece, lambda row, start=start: place(start + row))  # type: ignore[misc]

    def spill(self) -> None:
        """Write what is held."""
        if self._pieces and self._writer is not None:
            self._writer.write(self._pieces, self._head)
            self._pieces, self.pending, self._head = [], 0, 0

    def finish(self) -> list[TickInfo]:
        """End the last file; return all of them in order of time."""
        self._close()
        if self._moments_crossed > OFTEN * self._moments:
            share = self._moments_crossed / self._moments
            self._findings.remarks.append(
                f"{self.instrument.symbol}: the book is crossed at {share:.1%} of its moments in continuous trading, so"
                " its best prices and what is filled there can't be relied on"
            )
        return self._done

    def _close(self) -> None:
        self.spill()
        if self._writer is not None:
            self._done.append(self._writer.close())
            self._writer = None

    def _check_numbers(self, sequence: Int64Array | None) -> None:
        if self._seen and (sequence is not None) != self._numbered:
            raise DataError(f"{self.instrument.symbol}: some batches have sequence numbers and others none: give all")
        self._numbered = sequence is not None

    def _take_of_day(self, day: int, piece: Piece, place: Place) -> None:
        if day != self._day:
            self._open(day, piece.events)
        self._keep(Piece(self._applied(piece.events, place), piece.sequence))
        if self.pending >= BATCH_EVENTS:
            self.spill()

    def _open(self, day: int, events: TickBlock) -> None:
        label = str(np.datetime64(day, "D"))
        self._close()
        continues = bool(self._done)
        self._day, self._writer = day, self._opener(label, self._numbered, continues)
        picture = self._tracker.picture(int(events.time_ns[0]), int(events.received_ns[0]))
        self._head = len(picture.kind)
        self._keep(Piece(picture, np.zeros(self._head, np.int64) if self._numbered else None))

    def _keep(self, piece: Piece) -> None:
        # The reader may use its arrays again.
        events = TickBlock._make(column.copy() for column in piece.events)
        self._pieces.append(Piece(events, None if piece.sequence is None else piece.sequence.copy()))
        self.pending += piece.rows

    def _applied(self, block: TickBlock, place: Place) -> TickBlock:
        """Let the book go along; orders' events get their slots, and those of unknown orders another kind."""
        found = self._tracker.resolve(block)
        self._moments += int(np.count_nonzero(block.flags & EventFlag.LAST))
        self._moments_crossed += int(np.count_nonzero(found.codes == Code.CROSSED))
        if found.codes.any():
            self._tell(block, found.codes, place)
        if self._crossed or found.codes.any():
            self._tell_crossings(block, found.codes == Code.CROSSED, place)
        return with_slots(block, found)

    def _tell(self, block: TickBlock, codes: Int64Array, place: Place) -> None:
        def words(row: int) -> str:
            kind, code = EventKind(int(block.kind[row])), Code(int(codes[row]))
            return (
                f"{kind.name} of {block.lots[row]} lots of order {block.id[row]}: {code.name.lower().replace('_', ' ')}"
            )

        unknown = codes == Code.UNKNOWN_ORDER
        tell = self._findings.note_rows if self._findings.excerpt else self._findings.add_rows
        tell(Trouble.UNKNOWN_ORDER, unknown, place, words)
        self._findings.add_rows(Trouble.ORDER, (codes != Code.OK) & (codes != Code.CROSSED) & ~unknown, place, words)

    def _tell_crossings(self, block: TickBlock, crossed: BoolArray, place: Place) -> None:
        """Find where the book becomes crossed, once for as long as it stays so, and each crossed snapshot."""
        whole = np.flatnonzero(block.flags & EventFlag.LAST)
        if not len(whole):
            return
        before = np.append(self._crossed, crossed[whole[:-1]])
        self._crossed = bool(crossed[whole[-1]])
        pictured = block.flags & EventFlag.SNAPSHOT != 0
        begins = np.zeros(len(crossed), np.bool_)
        begins[whole] = crossed[whole] & (~before | pictured[whole])
        self._findings.add_rows(
            Trouble.CROSSED, begins, place,
            lambda row: "the snapshot that ends here has a bid at or above its ask" if pictured[row]
            else f"{self.instrument.symbol}'s best bid is at or above its best ask after this: levels are missing, or"
            " never went",
        )  # fmt: skip
