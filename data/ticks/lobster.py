"""LOBSTER message files: NASDAQ's single orders, as far as they touch a number of levels.

A file brings no book at its start, and only events within its levels: executions and cancels of orders never seen are
normal, and an order that leaves the levels stays in the book, which becomes crossed as soon as the price comes by.
Files of few levels are read with their order books instead, see lobster_book. The format is described at https://lobsterdata.com/info/DataStructure.php.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.interval import DAY_NS
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.data.ticks.lobster_files import LobsterFile, Paths, message_files
from lockstep.data.ticks.nasdaq import HIDDEN_SIDE_UNTIL
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.text_file import STRETCH, Stretch, TextFile
from lockstep.data.ticks.units import from_whole
from lockstep.data.zone import Zone
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, TickBlock
from lockstep.kernels.book.tables import ASK, BID

if TYPE_CHECKING:
    import polars as pl

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

COLUMNS = ("time", "type", "id", "size", "price", "direction")
PRICE_UNIT = "0.0001"
_OF_ORDERS, _HIDDEN, _CROSS, _HALT = (1, 2, 3, 4), 5, 6, 7
_KINDS = np.array(
    [EventKind.NONE, EventKind.ADD, EventKind.REDUCE, EventKind.DELETE, EventKind.EXECUTE, EventKind.HIDDEN,
     EventKind.TRADE, EventKind.PHASE], np.uint8,
)  # fmt: skip
"""By the type of a message."""
STAYED = (
    "Orders that left the levels of the file stay in the book. Give a file of more levels, or read it with its order"
    " book file as a history of levels by LobsterBook (--ticks lobster-book); strict=False (--tolerant) keeps the"
    " crossed book"
)
_PHASES = {-1: Phase.HALT, 0: Phase.AUCTION, 1: Phase.CONTINUOUS}
"""By the price of a halt's message: trading halts, quoting resumes, trading resumes."""


class Lobster:
    """Reads message files, plain or gzip, in the order given: `SYMBOL_2012-06-21_..._message_10.csv`.

    `symbol` and `day` say what the names don't; where they say otherwise the files must be `renamed`.
    Times are seconds after midnight in `time_zone`; what is traded is a
    share on the New York calendar unless `instruments` say otherwise.

    Hidden executions have no side from July 14th, 2014 on: what files say then is always the same.

    Findings: lines cut or unreadable, and prices off the tick, are left out. Hidden executions lie at half a tick by
    right: they are rounded down and noted. A crossed book stops a strict import: the file has too few levels. Raises
    BadFileError where symbol or day are unknown, for order book files, and for files of fewer than ten levels.
    """

    level: Level = "L3"

    def __init__(
        self, paths: Paths, *, symbol: str | None = None, day: date | None = None, renamed: bool = False,
        time_zone: str = "America/New_York", instruments: Sequence[Instrument] = (), stretch: int = STRETCH,
    ) -> None:  # fmt: skip
        self._files = self._listed(paths, symbol, day, renamed)
        self._zone, self._stretch = Zone(time_zone), stretch
        self._done = 0
        self._now: TextFile | None = None
        self.findings = Findings(cures={Trouble.CROSSED: STAYED})
        self.source = ", ".join(file.path.name for file in self._files[:5])
        given = {instrument.symbol: instrument for instrument in instruments}
        self.instruments = {
            file.symbol: given.get(file.symbol) or Instrument.us_equity(file.symbol) for file in self._files
        }

    def _listed(self, paths: Paths, symbol: str | None, day: date | None, renamed: bool) -> list[LobsterFile]:
        return message_files(paths, symbol, day, renamed)

    @property
    def share(self) -> float:
        """How much of the files has been read, 0 to 1."""
        return (self._done + (self._now.share if self._now else 0.0)) / len(self._files)

    def blocks(self) -> Iterator[Batch]:
        """Walk through the files once, a batch for each stretch."""
        for number, file in enumerate(self._files):
            self._done, self._now = number, TextFile(file.path, self.findings, self._stretch)
            begun = file.symbol in (earlier.symbol for earlier in self._files[:number])
            for stretch in self._now.stretches(COLUMNS):
                batch = self._batch(file, stretch)
                if begun and len(batch.block.kind):
                    yield _anew(batch)
                    begun = False
                yield batch
        self._done, self._now = len(self._files), None

    def _batch(self, file: LobsterFile, stretch: Stretch) -> Batch:
        block, rows = self._events(file, stretch)
        return Batch(file.symbol, block, None, stretch.place(rows))

    def _events(self, file: LobsterFile, stretch: Stretch) -> tuple[TickBlock, npt.NDArray[np.intp]]:
        """Return the messages that are kept, an event each, and the rows in which they stood."""
        rows, good = _numbers(stretch, self.findings)
        halts, crosses = rows["type"] == _HALT, rows["type"] == _CROSS
        tick, lots, fits = self._counted(rows, stretch.place(good), self.instruments[file.symbol])
        time_ns = self._times(file.day, rows["nanosecond"])
        sideless = halts | crosses | ((rows["type"] == _HIDDEN) & (file.day >= HIDDEN_SIDE_UNTIL))
        side = np.where(sideless, -1, np.where(rows["direction"] == 1, BID, ASK))
        ordered = np.isin(rows["type"], _OF_ORDERS)
        block = TickBlock(
            time_ns, time_ns, _KINDS[rows["type"]], side.astype(np.int8), np.full(len(side), EventFlag.LAST, np.uint8),
            tick, lots, np.where(ordered, rows["id"], 0), np.full(len(side), -1, np.int32),
        )  # fmt: skip
        kept = np.flatnonzero(fits)
        return TickBlock._make(column[kept] for column in block), good[kept]

    def _counted(
        self, rows: dict[str, Int64Array], place: Place, instrument: Instrument
    ) -> tuple[Int64Array, Int64Array, BoolArray]:
        """Return prices in ticks, sizes in lots (of halts the phase), and which rows are whole numbers of both."""
        price, size, halts = rows["price"], rows["size"], rows["type"] == _HALT
        tick, off_tick = from_whole(price, PRICE_UNIT, instrument.tick)
        lots, off_lot = from_whole(size, "1", instrument.lot)
        off_tick, off_lot = off_tick & ~halts, off_lot & ~halts
        hidden = off_tick & (rows["type"] == _HIDDEN)

        def words(row: int) -> str:
            return f"price {price[row] / 10_000:.4f} is no multiple of {instrument.symbol}'s tick {instrument.tick:g}"

        self.findings.note_rows(Trouble.OFF_TICK, hidden, place, words)
        self.findings.add_rows(Trouble.OFF_TICK, off_tick & ~hidden, place, words)
        self.findings.add_rows(
            Trouble.OFF_LOT, off_lot, place,
            lambda row: f"size {size[row]} is no multiple of {instrument.symbol}'s lot {instrument.lot:g}",
        )  # fmt: skip
        fits = (~off_tick | hidden) & ~off_lot
        return np.where(halts, 0, tick), np.where(halts, _phases(price), lots), fits

    def _times(self, day: date, after_midnight_ns: Int64Array) -> Int64Array:
        local = (day - date(1970, 1, 1)).days * DAY_NS + after_midnight_ns
        return self._zone.to_utc(local)[0]


def _numbers(stretch: Stretch, findings: Findings) -> tuple[dict[str, Int64Array], npt.NDArray[np.intp]]:
    """Return whole numbers by column, time in ns, of the lines that can be read, and which lines those are."""
    import polars as pl

    texts = stretch.frame
    numbers = texts.select(
        (pl.col("time").str.strip_chars().cast(pl.Float64, strict=False) * 1e9).round().alias("nanosecond"),
        *(pl.col(name).str.strip_chars().cast(pl.Int64, strict=False) for name in COLUMNS[1:]),
    )
    fit = numbers.select(
        read=pl.all_horizontal(pl.all().is_not_null()) & pl.col("nanosecond").is_between(0, 2 * DAY_NS),
        known=pl.col("type").is_between(1, _HALT) & pl.col("direction").abs().eq(1)
        & (pl.col("type").ne(_HALT) | pl.col("price").is_between(-1, 1)),
    )  # fmt: skip
    read, known = fit["read"].fill_null(False).to_numpy(), fit["known"].fill_null(False).to_numpy()
    blank = texts.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    short = texts["direction"].is_null().to_numpy() & ~blank
    words = _words(texts)
    findings.add_rows(Trouble.TRUNCATED, ~read & short, stretch.place(), words)
    findings.add_rows(Trouble.UNREADABLE, ~(read & known) & ~short & ~blank, stretch.place(), words)
    good = np.flatnonzero(read & known)
    chosen = numbers.select(pl.all().gather(good)).with_columns(pl.col("nanosecond").cast(pl.Int64))
    return {name: chosen[name].to_numpy() for name in chosen.columns}, good


def _words(texts: "pl.DataFrame") -> Callable[[int], str]:
    def words(row: int) -> str:
        line = ",".join("" if field is None else field for field in texts.row(row)).rstrip(",")
        return f"expected time,type,id,size,price,direction as LOBSTER writes them, found {line[:80]!r}"

    return words


def _anew(batch: Batch) -> Batch:
    """Return the beginning of another file of the symbol: what rested at the end of the one before is not known."""
    first = TickBlock._make(column[:1].copy() for column in batch.block)
    clear = first._replace(kind=np.array([EventKind.CLEAR], np.uint8), side=np.array([-1], np.int8))
    zero = np.zeros(1, np.int64)
    return batch._replace(block=clear._replace(tick=zero, lots=zero, id=zero))


def _phases(price: Int64Array) -> Int64Array:
    return np.select([price == code for code in _PHASES], [int(phase) for phase in _PHASES.values()], 0)
