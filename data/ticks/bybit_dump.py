"""Bybit's files of public trades for download, CSV in gz: contracts (public.bybit.com/trading) and spot (.../spot).

Contracts: timestamp in seconds with a fraction, symbol, side, size, price, tickDirection, trdMatchID, ... Spot: id,
timestamp in milliseconds, price, volume, side and, from 2025 on, rpi; the symbol is in the file's name. Order book
files are lines of the stream itself: BybitReader reads them.
"""

import re

import numpy as np

from lockstep.data.ticks.csv_columns import Stamps, Texts, sides, trades
from lockstep.data.ticks.csv_feed import CsvReader, Kind, Part, unknown_file
from lockstep.data.ticks.decimals import Scale
from lockstep.data.ticks.epochs import ns_of_all
from lockstep.data.ticks.rows import UNTIMED, Rows
from lockstep.errors import BadFileError
from lockstep.kernels.decimals import DecimalFault

_CONTRACTS = ["timestamp", "symbol", "side", "size", "price"]
_SPOT = ["id", "timestamp", "price", "volume", "side"]
_NAME = re.compile(r"([A-Z0-9]+?)[-_]\d{4}-\d{2}")
_NANOSECONDS = Scale(1e-9)


class _Contracts(Kind):
    size = "size"

    def stamps(self, texts: Texts) -> Stamps:
        """Return when lines happened."""
        time = _NANOSECONDS.count_lines(texts.text("timestamp"), len(texts.spot))
        known = time.faults != DecimalFault.NO_NUMBER
        return Stamps(np.where(known, time.values, UNTIMED), np.full(len(known), UNTIMED))

    def rows(self, part: Part) -> tuple[Rows, int]:
        """Convert trades: `side` is the taker's."""
        texts = part.texts
        side = sides(texts.is_any("side", "sell"), texts.is_any("side", "buy"))
        number = np.zeros(len(texts.spot), np.int64)
        return trades(texts, part.stamps, side, "price", self.size, number, part.border), 0


class _Spot(_Contracts):
    size = "volume"

    def stamps(self, texts: Texts) -> Stamps:
        """Return when lines happened."""
        return Stamps(ns_of_all(texts.whole("timestamp")), np.full(len(texts.spot), UNTIMED))


class BybitDumpReader(CsvReader):
    """Reads Bybit's files of trades, see CsvReader."""

    def kind_of(self, name: str, fields: list[str]) -> Kind:
        """Return the kind of a file by its header."""
        if fields[:5] == _CONTRACTS:
            return _Contracts(fields)
        if fields[:5] == _SPOT:
            return _Spot(fields, _symbol(name))
        raise unknown_file(name, fields, "timestamp,symbol,... or id,timestamp,... as Bybit's files of trades do")


def _symbol(name: str) -> str:
    found = _NAME.match(name)
    if found is None:
        raise BadFileError(f"{name} names no symbol: keep Bybit's name, such as BTCUSDT_2024-01-01.csv.gz")
    return found[1]
