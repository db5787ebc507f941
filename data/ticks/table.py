"""Tables of quotes, trades, depth or orders as everybody's tools write them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.rules import show_time
from lockstep.data.ticks.alignment import Alignment, Choice
from lockstep.data.ticks.alignment import together as together_in_time
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.reader import Batch, Level
from lockstep.data.ticks.table_columns import NEEDED, Columns, TableKind, named
from lockstep.data.ticks.table_source import NUMBER, ManySource, opened, together
from lockstep.data.zone import Zone
from lockstep.errors import BadFileError
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock

if TYPE_CHECKING:
    import polars as pl

Int64Array = npt.NDArray[np.int64]

_BEGUN = (
    "Read the file that it goes on from together with it, or say that it begins in the middle by excerpt=True"
    " (--excerpt), or go on without such events by strict=False (--tolerant)"
)
_LEVELS: dict[TableKind, Level] = {"quotes": "L1", "trades": "L1", "depth": "L2", "orders": "L3"}


class _Events(NamedTuple):
    """Events of rows: int64[m] each, `row` is the row of the stretch that an event comes from."""

    row: Int64Array
    kind: Int64Array
    side: Int64Array
    flags: Int64Array
    tick: Int64Array
    lots: Int64Array
    id: Int64Array


class Table:
    """Reads tables in order of time: CSV (plain, .gz, .zst), Parquet or Arrow files, or a frame.

    `kind` says what a row is:

    - quotes: time, bid, ask, and bid_size, ask_size (1 lot where the table has none; empty for no quote);
    - trades: time, price, size, and side of the aggressor, id;
    - depth: time, side, price, size displayed from then on (0: none), and snapshot, true for a picture of the book;
    - orders: time, action (add, cancel by size, delete, execute, modify to price and size), id, side, price, size.

    Each may have symbol, received and sequence too. `columns` maps these names to yours. Times without a zone are in
    `time_zone`; `time_format` is strptime's. Rows that can't be read, and prices and sizes off the instrument's tick
    and lot, are findings and left out. A table of orders is whole: one that names an order never added is wrong,
    unless `excerpt` says that it begins in the middle, where such orders are noted.

    `clock` says how receipts are aligned with the exchange's clock and `floor_ns` how far, see Alignment; measuring
    reads a table with receipts twice. Raises BadFileError for missing columns, and for excerpts of other tables.
    """

    def __init__(
        self, source: Any, kind: TableKind, *, symbol: str | None = None, columns: Mapping[str, str] | None = None,
        instruments: Instrument | Sequence[Instrument] = (), time_zone: str = "UTC", time_format: str | None = None,
        level: Level | None = None, clock: Choice = "measure", floor_ns: int | None = None,
        excerpt: bool = False,
    ) -> None:  # fmt: skip
        if kind not in NEEDED:
            raise BadFileError(f"kind is {kind!r}: expected {', '.join(NEEDED)}")
        if excerpt and kind != "orders":
            raise BadFileError(f"excerpt is about tables of orders, which name earlier ones: leave it out of {kind}")
        self.kind, self.level = kind, level or _LEVELS[kind]
        # Quotes of several venues together are locked and crossed now and then.
        self.findings = Findings(
            lawful=[Trouble.CROSSED] if kind == "quotes" else [], cures={Trouble.UNKNOWN_ORDER: _BEGUN},
            excerpt=excerpt or kind != "orders",
        )  # fmt: skip
        self._tables, self._alignment = source, Alignment(clock, floor_ns)
        self._source = opened(source, self.findings)
        self.source = self._source.name
        self._columns, self._zone, self._time_format = dict(columns or {}), Zone(time_zone), time_format
        given = [instruments] if isinstance(instruments, Instrument) else instruments
        self.instruments = {instrument.symbol: instrument for instrument in given}
        self._symbol = symbol or (next(iter(self.instruments)) if len(self.instruments) == 1 else None)
        self._quoted: dict[str, tuple[int, int, int, int]] = {}
        self._number: int | None = None

    @property
    def share(self) -> float:
        """How much of the table has been read, 0 to 1."""
        return self._source.share

    def blocks(self) -> Iterator[Batch]:
        """Walk through the table, a batch for each symbol of a stretch."""
        self._alignment.start(self._stamps())
        for frame in together(self._renamed(self._source), "time"):
            self._check_numbers(frame)
            if "symbol" in frame.columns:
                for symbol, rows in self._by_symbol(frame):
                    yield from self._batches(symbol, rows)
            elif self._symbol is not None:
                yield from self._batches(self._symbol, frame)
            else:
                raise BadFileError(
                    f"{self.source} has no symbol column: name its symbol (--symbol AAPL, symbol='AAPL')"
                )

    def lines(self) -> list[str]:
        """Say in words what was found of clocks and latencies, where the table has receipts."""
        return self._alignment.lines() if self._alignment.latencies.count else []

    def _stamps(self) -> Iterator[tuple[Int64Array, Int64Array]]:
        """Give (received, time) of the rows that have both; what is wrong with others is found when they are read."""
        for frame in self._renamed(opened(self._tables, Findings())):
            if "received" not in frame.columns:
                return
            columns = Columns(frame, Instrument("any"), Findings(), str)
            received, time_ns = self._times(columns)
            good = ~columns.bad
            yield received[good], time_ns[good]

    def _times(self, columns: Columns) -> tuple[Int64Array, Int64Array]:
        """Read when rows were received, and happened; those a day apart are marked as bad."""
        time_ns = columns.times("time", self._zone, self._time_format)
        if not columns.has("received"):
            return time_ns, time_ns
        received = columns.times("received", self._zone, None)
        columns.mark(
            Trouble.UNREADABLE, ~together_in_time(received, time_ns),
            lambda row: f"it was received at {show_time(int(received[row]))}, but happened at"
            f" {show_time(int(time_ns[row]))}: one of the times is garbled",
        )  # fmt: skip
        return received, time_ns

    def _renamed(self, source: ManySource) -> Iterator["pl.DataFrame"]:
        for frame in source.frames():
            given = [name for name in frame.columns if name != NUMBER]
            names = named(self.kind, given, self._columns, self.source)
            yield frame.select(NUMBER, *names).rename(names)

    def _by_symbol(self, frame: "pl.DataFrame") -> Iterator[tuple[str, "pl.DataFrame"]]:
        import polars as pl

        named_rows = frame.with_columns(pl.col("symbol").cast(pl.String).str.strip_chars().fill_null(""))
        for (symbol,), rows in named_rows.group_by("symbol", maintain_order=True):
            if symbol:
                yield str(symbol), rows
            for number in [] if symbol else rows[NUMBER].to_list():
                self.findings.add(Trouble.UNREADABLE, self._source.where(number), "column symbol is empty")

    def _check_numbers(self, frame: "pl.DataFrame") -> None:
        """Compare sequence numbers, of all symbols together, with those before."""
        import polars as pl

        if "sequence" not in frame.columns:
            return
        known = frame.select(NUMBER, pl.col("sequence").cast(pl.Int64, strict=False)).drop_nulls()
        if not known.height:
            return
        rows, numbers = known[NUMBER].to_numpy(), known["sequence"].to_numpy()
        before = np.append(numbers[0] if self._number is None else self._number, numbers[:-1])
        self._number = int(numbers[-1])

        def place(row: int) -> str:
            return self._source.where(int(rows[row]))

        def words(row: int) -> str:
            return f"sequence number {numbers[row]} comes after {before[row]}"

        self.findings.add_rows(Trouble.GAP, numbers > before + 1, place, words)
        self.findings.add_rows(Trouble.REPEATED, numbers < before, place, words)

    def _batches(self, symbol: str, frame: "pl.DataFrame") -> Iterator[Batch]:
        instrument = self.instruments.setdefault(symbol, Instrument(symbol))
        numbers = frame[NUMBER].to_numpy()
        columns = Columns(frame, instrument, self.findings, lambda row: self._source.where(int(numbers[row])))
        received, time_ns = self._times(columns)
        sequence = columns.whole("sequence") if columns.has("sequence") else None
        events = getattr(self, f"_{self.kind}")(columns, time_ns)
        row = events.row
        if not len(row):
            return
        if columns.has("received"):
            received = self._alignment.aligned(received, time_ns, ~columns.bad)
        block = TickBlock(
            time_ns[row], received[row], events.kind.astype(np.uint8), events.side.astype(np.int8),
            events.flags.astype(np.uint8), events.tick, events.lots, events.id, np.full(len(row), -1, np.int32),
        )  # fmt: skip
        place = [int(numbers[at]) for at in row]
        yield Batch(
            symbol, block, None if sequence is None else sequence[row], lambda at: self._source.where(place[at])
        )

    def _trades(self, columns: Columns, _time_ns: Int64Array) -> _Events:
        tick, lots = columns.ticks("price"), columns.lots("size")
        # A buyer who is aggressive hits the ask.
        side = 1 - columns.sides("side") if columns.has("side") else np.full(len(tick), -1)
        trade_id = columns.whole("id") if columns.has("id") else np.zeros(len(tick), np.int64)
        row = np.flatnonzero(~columns.bad)
        kind = np.full(len(row), EventKind.TRADE)
        return _Events(row, kind, side[row], np.full(len(row), EventFlag.LAST), tick[row], lots[row], trade_id[row])

    def _orders(self, columns: Columns, time_ns: Int64Array) -> _Events:
        kind, order_id, side = columns.actions("action"), columns.whole("id"), columns.sides("side")
        # A delete may leave out what is known of its order.
        tick, lots = columns.ticks("price", empty=True), columns.lots("size", empty=True)
        row = np.flatnonzero(~columns.bad)
        return _Events(row, kind[row], side[row], _last_of(time_ns[row]), tick[row], lots[row], order_id[row])

    def _depth(self, columns: Columns, time_ns: Int64Array) -> _Events:
        side, tick, lots = columns.sides("side"), columns.ticks("price"), columns.lots("size")
        picture = columns.true("snapshot") if columns.has("snapshot") else np.zeros(len(tick), np.bool_)
        row = np.flatnonzero(~columns.bad)
        pictured, times = picture[row], time_ns[row]
        group = np.flatnonzero(np.append(True, (np.diff(times) != 0) | (np.diff(pictured.astype(np.int8)) != 0)))
        starts = group[pictured[group]] if len(row) else group[:0]
        flags = _last_of(times) | np.where(pictured, EventFlag.SNAPSHOT, 0)
        events = _Events(
            row, np.full(len(row), EventKind.SET), side[row], flags, tick[row], lots[row], np.zeros(len(row), np.int64)
        )
        clear = _Events(row[starts], *(np.full(len(starts), value) for value in
                                       (EventKind.CLEAR, -1, EventFlag.SNAPSHOT, 0, 0, 0)))  # fmt: skip
        return _Events._make(np.insert(column, starts, fresh) for column, fresh in zip(events, clear, strict=True))

    def _quotes(self, columns: Columns, _time_ns: Int64Array) -> _Events:
        sides = []
        for name in ("bid", "ask"):
            tick = columns.ticks(name, empty=True)
            sized = columns.has(f"{name}_size")
            lots = columns.lots(f"{name}_size", empty=True) if sized else np.ones(len(tick), np.int64)
            sides.append((tick, np.where(tick == 0, 0, lots)))
        row = np.flatnonzero(~columns.bad)
        quoted = np.array([column[row] for side in sides for column in side])
        before = np.array(self._quoted.get(columns.symbol, (0, 0, 0, 0)))
        changed = np.diff(np.hstack([before[:, None], quoted]), axis=1) != 0
        if len(row):
            self._quoted[columns.symbol] = tuple(quoted[:, -1].tolist())
        news = np.array([changed[0] | changed[1], changed[2] | changed[3]])
        at, side = np.nonzero(news.T)
        flags = np.where(np.append(at[1:] != at[:-1], True)[: len(at)], EventFlag.LAST, 0)
        tick, lots = quoted[2 * side, at], quoted[2 * side + 1, at]
        return _Events(row[at], np.full(len(at), EventKind.QUOTE), side, flags, tick, lots, np.zeros(len(at), np.int64))


def _last_of(times: Int64Array) -> Int64Array:
    """Return EventFlag.LAST for the last event of each moment."""
    return np.where(np.append(np.diff(times) != 0, True)[: len(times)], EventFlag.LAST, 0)
