"""What all readers of text feeds share: files, instruments, clocks, and rows that become batches."""

import os
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.alignment import Alignment, Choice
from lockstep.data.ticks.clock import FLOOR_NS, Clock, Int64Array, Latencies
from lockstep.data.ticks.decimals import Grid
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.rows import NEVER, UNTIMED, Rows, TimeOrder
from lockstep.errors import DataError
from lockstep.kernels.book.events import EventFlag

HORIZON_NS = 2_000_000_000

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
Instruments = Instrument | Iterable[Instrument]


class FeedReader:
    """Keeps what a reader knows of its files, see Reader; `level` is "L1" or "L2".

    `instruments` give each symbol's tick and lot. `clock` "measure" goes through the files once before, to align the
    recorder's clock with the exchange's (see Clock) so that no latency is below `floor_ns`; a Clock aligns by itself,
    None not at all. Rows are sorted by exchange time as far as `horizon_ns` apart.

    Raises BadFileError for files that can't be opened, DataError for another level.
    """

    def __init__(
        self,
        paths: Paths,
        instruments: Instruments,
        *,
        level: Level = "L2",
        clock: Choice = "measure",
        floor_ns: int = FLOOR_NS,
        horizon_ns: int = HORIZON_NS,
        strict: bool = True,
    ) -> None:
        if level not in ("L1", "L2"):
            raise DataError(f"level {level!r} is not in this feed: choose 'L2' for depth or 'L1' for quotes")
        self.level: Level = level
        self.findings = Findings(strict=strict)
        self._alignment = Alignment(clock, floor_ns)
        self._horizon_ns = horizon_ns
        several = [instruments] if isinstance(instruments, Instrument) else instruments
        self._given = {one.symbol: one for one in several}
        self._files = Lines([paths] if isinstance(paths, str | os.PathLike) else paths, self.findings)
        self.source = self._files.names
        self._grids: dict[str, Grid] = {}
        self._orders: dict[str, TimeOrder] = {}

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The instruments given, by symbol."""
        return self._given

    @property
    def share(self) -> float:
        """How much of the files has been read, 0 to 1."""
        return self._files.share

    def lines(self) -> list[str]:
        """Say in words what was found of clocks and latencies."""
        return self._alignment.lines()

    @property
    def clock(self) -> Clock:
        """What receipts are aligned by."""
        return self._alignment.clock

    @property
    def latencies(self) -> Latencies:
        """How long messages took, receipts aligned."""
        return self._alignment.latencies

    def _start(self, stamps: Iterable[tuple[Int64Array, Int64Array]]) -> None:
        """Begin a walk: measure the clock by `stamps` (received, sent) where asked for, forget what was held."""
        self._alignment.start(stamps)
        self._files.rewind()
        self._grids, self._orders = {}, {}

    def _grid(self, symbol: str, spot: int) -> Grid:
        """Return a symbol's ticks and lots; raises DataError where it has no instrument, naming the line."""
        if symbol not in self._grids:
            if symbol not in self._given:
                known = ", ".join(self._given) or "none"
                raise DataError(
                    f"{self._files.where(spot)}: {symbol} is not among the instruments given ({known}): give its "
                    f"steps of price and size (--symbol {symbol} --tick --lot, or Instrument({symbol!r}, tick=, lot=))"
                )
            self._grids[symbol] = Grid(self._given[symbol])
            self._orders[symbol] = TimeOrder(self._files, self.findings)
        return self._grids[symbol]

    def _put(self, symbol: str, rows: Rows, lane: int = 0) -> None:
        self._orders[symbol].put(self._timed(rows), lane)

    def _due(self, symbol: str, until: int = NEVER) -> Iterator[Batch]:
        """Give what is held of a symbol and earlier than `until` as a batch."""
        rows = self._orders[symbol].due(until)
        if rows is not None:
            yield rows.batch(symbol, self._files)

    def _timed(self, rows: Rows) -> Rows:
        """Align receipts with the exchange's clock; a time that is missing is taken from the other."""
        sent, received = rows.time_ns, rows.received_ns
        stamped = received != UNTIMED
        # A message counts once, however many levels it has.
        both = stamped & (sent != UNTIMED) & (rows.flags & EventFlag.LAST != 0)
        given = np.where(stamped, received, 0), np.where(sent == UNTIMED, 0, sent)
        received = np.where(stamped, self._alignment.aligned(*given, both), sent)
        time_ns = np.where(sent == UNTIMED, received, sent)
        untimed = time_ns == UNTIMED
        self.findings.add_rows(
            Trouble.UNREADABLE, untimed & (rows.flags & EventFlag.LAST != 0), self._files.places(rows.spot),
            lambda _row: "neither the exchange nor the recorder tells when it happened, or in another unit",
        )  # fmt: skip
        rows = rows._replace(time_ns=time_ns, received_ns=received)
        return rows.pick(~untimed) if untimed.any() else rows
