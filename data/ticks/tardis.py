"""Tardis.dev's downloadable CSV files: incremental_book_L2, book_snapshot_N, trades, quotes and book_ticker.

https://docs.tardis.dev/downloadable-csv-files/data-types. Times are microseconds since 1970 UTC, those of the exchange
and those of receipt. Lines of one message have one local_timestamp. A book starts anew where a snapshot follows
updates.
"""

import re

import numpy as np

from lockstep.data.ticks.csv_columns import Picture, Stamps, Texts, levels, pictures, quotes, sides, trades
from lockstep.data.ticks.csv_feed import CsvReader, Kind, Part, unknown_file
from lockstep.data.ticks.decimals import Int64Array
from lockstep.data.ticks.epochs import ns_of_us
from lockstep.data.ticks.findings import Trouble
from lockstep.data.ticks.rows import Rows
from lockstep.kernels.book.tables import ASK, BID

_HEAD = ["exchange", "symbol", "timestamp", "local_timestamp"]
_LEVEL = re.compile(r"(asks|bids)\[(\d+)\]\.(price|amount)")


class _Tardis(Kind):
    has_receipts = True

    def stamps(self, texts: Texts) -> Stamps:
        """Return when lines happened and were received."""
        return Stamps(*(ns_of_us(texts.whole(name)) for name in ("timestamp", "local_timestamp")))


class _Trades(_Tardis):
    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert trades: `side` is the taker's."""
        texts = part.texts
        side = sides(texts.is_any("side", "sell"), texts.is_any("side", "buy"))
        return trades(texts, part.stamps, side, "price", "amount", texts.number("id"), part.border), 0


class _Quotes(_Tardis):
    rank = 1
    level = "L1"
    is_book = True

    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert quotes."""
        names = ("bid_price", "bid_amount", "ask_price", "ask_amount")
        return quotes(part.texts, part.stamps, names, np.zeros(len(part.texts.spot), np.int64), part.border), 0


class _Updates(_Tardis):
    rank = 1
    level = "L2"
    is_book = True

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self._in_snapshot: dict[str, bool] = {}

    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert updates; the last message waits, as more of its lines may follow."""
        symbol, texts, stamps, last, border = part
        received = stamps.received_ns
        changed = np.append(True, received[1:] != received[:-1])
        group = np.cumsum(changed)
        left = 0 if last else int((group == group[-1]).sum())
        if left:
            texts = texts.pick(group != group[-1])
            stamps, group = Stamps(stamps.time_ns[:-left], received[:-left]), group[:-left]
        snapshot = texts.is_any("is_snapshot", "true")
        starts = snapshot & ~np.append(self._in_snapshot.get(symbol, False), snapshot[:-1])[: len(snapshot)]
        if len(snapshot):
            if symbol not in self._in_snapshot and not snapshot[0]:
                border.findings.note(
                    Trouble.GAP, border.lines.where(int(texts.spot[0])),
                    f"the book of {symbol} begins with an update: expected a snapshot, unless a history goes on",
                )  # fmt: skip
            self._in_snapshot[symbol] = bool(snapshot[-1])
        stamps = Stamps(_one_time(stamps.time_ns, group), stamps.received_ns)
        side = sides(texts.is_any("side", "bid"), texts.is_any("side", "ask"))
        number = np.zeros(len(group), np.int64)
        return levels(texts, stamps, side, ("price", "amount"), number, snapshot, starts, group, border), left


class _Pictures(_Tardis):
    rank = 1
    level = "L2"
    is_book = True

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self._last: dict[str, Picture | None] = {}
        self._depth = [
            (BID if found[1] == "bids" else ASK, name, name.replace(".price", ".amount"))
            for name in names
            if (found := _LEVEL.fullmatch(name)) and found[3] == "price"
        ]

    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert pictures of the best levels to what changed between them."""
        before = self._last.get(part.symbol)
        rows, self._last[part.symbol] = pictures(part.texts, part.stamps, self._depth, before, part.border)
        return rows, 0


class TardisReader(CsvReader):
    """Reads Tardis' CSV files, see CsvReader. Level "L2" takes books, "L1" quotes and book_ticker, each with trades.

    A book_snapshot file shows the best N levels: a level that leaves them is taken as gone.
    """

    def kind_of(self, name: str, fields: list[str]) -> Kind:
        """Return the kind of a file by its header."""
        if fields[:4] == _HEAD:
            if fields[4:] == ["is_snapshot", "side", "price", "amount"]:
                return _Updates(fields)
            if fields[4:] == ["id", "side", "price", "amount"]:
                return _Trades(fields)
            if sorted(fields[4:]) == ["ask_amount", "ask_price", "bid_amount", "bid_price"]:
                return _Quotes(fields)
            if fields[4:] and all(map(_LEVEL.fullmatch, fields[4:])):
                return _Pictures(fields)
        raise unknown_file(
            name, fields, "the header of incremental_book_L2, book_snapshot_N, trades, quotes or book_ticker"
        )


def _one_time(time_ns: Int64Array, group: Int64Array) -> Int64Array:
    """Give the lines of a message the time of its latest: they change the book together."""
    if not len(group):
        return time_ns
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    return np.repeat(np.maximum.reduceat(time_ns, starts), np.diff(np.append(starts, len(group))))
