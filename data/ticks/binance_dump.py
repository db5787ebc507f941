"""Binance's files for download: trades, aggTrades, bookTicker, and futures depth (T_DEPTH), as CSV in zip.

https://github.com/binance/binance-public-data and its Futures_Order_Book_Download. Files are named SYMBOL-KIND-DATE and
have a header or none; times are milliseconds, microseconds in spot files from 2025 on. There is no time of receipt.
A futures depth comes in two files, SYMBOL_T_DEPTH_DATE_depth_snap and _depth_update: give both, unpacked from the tar.
"""

import re

import numpy as np

from lockstep.data.ticks.csv_columns import BoolArray, Border, Stamps, Texts, levels, quotes, sides, trades
from lockstep.data.ticks.csv_feed import CsvReader, Kind, Part, unknown_file
from lockstep.data.ticks.decimals import Int64Array
from lockstep.data.ticks.epochs import ns_of_all
from lockstep.data.ticks.findings import Trouble
from lockstep.data.ticks.rows import UNTIMED, Rows
from lockstep.errors import BadFileError

_TRADES = ["id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"]
_AGGREGATES = [
    "agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time", "is_buyer_maker",
    "is_best_match",
]  # fmt: skip
_TICKER = [
    "update_id", "best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty", "transaction_time", "event_time",
]  # fmt: skip
_DEPTH = [
    "symbol", "timestamp", "first_update_id", "last_update_id", "side", "update_type", "price", "qty", "pu",
]  # fmt: skip
_BANDS = ["timestamp", "percentage", "depth", "notional"]
_NAME = re.compile(r"([A-Z0-9_]+?)(?:-|_T_DEPTH|_S_DEPTH)")


class _Dump(Kind):
    time = "time"

    def stamps(self, texts: Texts) -> Stamps:
        """Return when lines happened."""
        return Stamps(ns_of_all(texts.whole(self.time)), np.full(len(texts.spot), UNTIMED))


class _Trades(_Dump):
    number, size = "id", "qty"

    def __init__(self, names: list[str], symbol: str = "") -> None:
        super().__init__(names, symbol)
        self._last: int | None = None

    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert trades: where the buyer was the maker, the bid was hit."""
        texts, number = part.texts, part.texts.number(self.number)
        self._check(texts, number, part.border)
        side = sides(texts.is_any("is_buyer_maker", "true"), texts.is_any("is_buyer_maker", "false"))
        return trades(texts, part.stamps, side, "price", self.size, number, part.border), 0

    def _check(self, texts: Texts, number: Int64Array, border: Border) -> None:
        """Find trades that are missing, and those that come again."""
        before = np.append(number[0] - 1 if self._last is None else self._last, number[:-1])
        self._last = int(number[-1])
        known, place = (number > 0) & (before > 0), border.lines.places(texts.spot)

        def words(row: int) -> str:
            return f"expected trade {before[row] + 1}, found {number[row]}"

        border.findings.add_rows(Trouble.GAP, known & (number > before + 1), place, words)
        border.findings.add_rows(Trouble.REPEATED, known & (number <= before), place, words)


class _Aggregates(_Trades):
    time, number, size = "transact_time", "agg_trade_id", "quantity"


class _Ticker(_Dump):
    time = "transaction_time"
    rank = 1
    level = "L1"
    is_book = True

    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert quotes."""
        names = ("best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty")
        return quotes(part.texts, part.stamps, names, part.texts.number("update_id"), part.border), 0


class _Updates(_Dump):
    time = "timestamp"
    rank = 2
    level = "L2"
    is_book = True

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self._last: dict[str, int] = {}

    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert updates, lines of one update id at a time; the last waits, as more of its lines may follow."""
        number = part.texts.number("last_update_id")
        left = 0 if part.last else int(np.argmax(np.append(number[::-1] != number[-1], True)))
        whole = np.arange(len(number)) < len(number) - left
        kept = whole & self._sizes(part, whole)
        texts, number = part.texts.pick(kept), number[kept]
        stamps = Stamps(part.stamps.time_ns[kept], part.stamps.received_ns[kept])
        group = np.cumsum(np.append(True, number[1:] != number[:-1])[: len(number)])
        self._check(part.symbol, texts, number, part.border)
        side = sides(texts.is_any("side", "b"), texts.is_any("side", "a"))
        pictures, starts = self._pictures(group)
        return levels(texts, stamps, side, ("price", "qty"), number, pictures, starts, group, part.border), left

    def _sizes(self, part: Part, whole: BoolArray) -> BoolArray:
        """Mark lines with a level's size, not a change of it, with a finding for each other: bool[n]."""
        sizes = part.texts.is_any("update_type", "set", "snap")
        part.border.findings.add_rows(
            Trouble.UNREADABLE, whole & ~sizes, part.border.lines.places(part.texts.spot),
            lambda row: f"update_type {part.texts.frame['update_type'][row]!r}: expected 'set' or 'snap'",
        )  # fmt: skip
        return sizes

    def _pictures(self, group: Int64Array) -> tuple[BoolArray, BoolArray]:
        """Mark the lines of snapshots and those that begin one: bool[n] both."""
        none = np.zeros(len(group), np.bool_)
        return none, none

    def _check(self, symbol: str, texts: Texts, number: Int64Array, border: Border) -> None:
        """Find updates that don't follow the one before, where `pu` tells."""
        if not len(number):
            return
        before = np.append(self._last.get(symbol, number[0]), number[:-1])
        self._last[symbol] = int(number[-1])
        if "pu" in self.names:
            previous = texts.number("pu")
            gap = (number != before) & (previous > 0) & (previous != before)
            border.findings.add_rows(
                Trouble.GAP, gap, border.lines.places(texts.spot),
                lambda row: f"expected an update that follows {before[row]}, found one that follows {previous[row]}; "
                "levels that changed between them stay as they were",
            )  # fmt: skip


class _Snapshots(_Updates):
    rank = 1

    def _pictures(self, group: Int64Array) -> tuple[BoolArray, BoolArray]:
        first = np.append(True, group[1:] != group[:-1])[: len(group)]
        return np.ones(len(group), np.bool_), first

    def _check(self, symbol: str, texts: Texts, number: Int64Array, border: Border) -> None:
        """Snapshots stand alone."""


class BinanceDumpReader(CsvReader):
    """Reads Binance's files for download, see CsvReader. Level "L2" takes depth, "L1" bookTicker, each with trades.

    Give trades or aggTrades, not both. Where a futures depth lacks updates (`pu`), the book is wrong until the next
    snapshot. bookDepth files are refused: they hold sums over bands of 1 to 5 percent every half minute, no book.
    """

    def kind_of(self, name: str, fields: list[str]) -> Kind:
        """Return the kind of a file by its header, else by its name and columns."""
        if fields == _BANDS or "-bookDepth-" in name:
            raise BadFileError(
                f"{name} holds sums of bands around the price every half minute, which are no order book: use depth or "
                "bookTicker files, or a recorded stream"
            )
        if fields[:4] == _DEPTH[:4] and fields[4:8] == _DEPTH[4:8]:
            return (_Snapshots if "_depth_snap" in name else _Updates)(fields)
        if fields[:1] == _TICKER[:1] or "-bookTicker-" in name:
            return _Ticker(_TICKER, _symbol(name))
        width = len(fields)
        if width in (0, 7, 8) and ("aggTrades" in name or ("-trades-" not in name and width and fields[5].isdigit())):
            return _Aggregates(_AGGREGATES[:width], _symbol(name))
        if width in (0, 6, 7) and ("-trades-" in name or (width and fields[4].isdigit())):
            return _Trades(_TRADES[:width], _symbol(name))
        raise unknown_file(name, fields, "trades, aggTrades, bookTicker or depth of Binance's, named as they were")


def _symbol(name: str) -> str:
    found = _NAME.match(name)
    if found is None:
        raise BadFileError(f"{name} names no symbol: keep Binance's name, such as BTCUSDT-trades-2024-01-01.zip")
    return found[1]
