"""Which column is which: names as pandas, Yahoo, Binance, backtesting.py and others write them."""

import re
from collections.abc import Mapping, Sequence

from lockstep.errors import BadFileError, DataError

_KNOWN = {
    "open_time": ("opentime", "time", "timestamp", "date", "datetime", "ts", "t", "index", "datetimeutc", "timeutc",
                  "startedat", "tsevent", "unnamed0", "indexlevel0", "gmttime", "localtime", "unix", "level0", ""),
    "close_time": ("closetime",),
    "open": ("open", "o", "openprice", "px_open", "first"),
    "high": ("high", "h", "highprice", "max", "px_high"),
    "low": ("low", "l", "lowprice", "min", "px_low"),
    "close": ("close", "c", "closeprice", "last", "px_last", "price"),
    "volume": ("volume", "v", "vol", "vol.", "basevolume", "volumebase", "tickvolume", "qty"),
    "symbol": ("symbol", "ticker", "sym", "asset", "instrument", "code", "pair", "name", "ric"),
}  # fmt: skip
REQUIRED = ("open_time", "open", "high", "low", "close")

# https://github.com/binance/binance-public-data: the kline files have no header (spot files before 2025 never).
BINANCE_KLINES = (
    "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count",
    "taker_buy_volume", "taker_buy_quote_volume", "ignore",
)  # fmt: skip


def guess_columns(found: Sequence[str], given: Mapping[str, str] | None, where: str) -> dict[str, str]:
    """Map our names to the frame's: {'open_time': 'Date', 'open': 'Open', ...}; `given` overrides the guess.

    Case, blanks and underscores don't matter. Volume, close_time and symbol are optional; an adjusted close is never
    taken as a price. Raises BadFileError naming the columns found and those expected.
    """
    mapping = _given(found, given or {}, where)
    for ours, spellings in _KNOWN.items():
        if ours in mapping:
            continue
        # The order of the spellings decides where several columns could be meant.
        for spelling in spellings:
            match = [name for name in found if _plain(name) == _plain(spelling) and name not in mapping.values()]
            if match:
                mapping[ours] = match[0]
                break
    missing = [name for name in REQUIRED if name not in mapping]
    if missing:
        shown = ", ".join(repr(name) for name in found) or "none"
        raise BadFileError(
            f"{where}: no column for {', '.join(missing)}. Found: {shown}. Expected a time and"
            " open, high, low, close; name yours with --column open_time=... (columns= in Python)"
        )
    return mapping


def _given(found: Sequence[str], given: Mapping[str, str], where: str) -> dict[str, str]:
    for ours, theirs in given.items():
        if ours not in _KNOWN:
            raise BadFileError(f"{where}: {ours!r} is none of our columns: {', '.join(_KNOWN)}")
        if theirs not in found:
            raise BadFileError(f"{where}: no column {theirs!r} for {ours}. Found: {', '.join(map(repr, found))}")
    return dict(given)


def _plain(name: str) -> str:
    return re.sub(r"[\s_:().-]", "", name.strip().lower())


def has_symbol(found: Sequence[str], given: Mapping[str, str] | None) -> bool:
    """True when one of the columns names the rows' symbols."""
    spellings = {_plain(spelling) for spelling in _KNOWN["symbol"]}
    return "symbol" in (given or {}) or any(_plain(name) in spellings for name in found)


def is_header_less_kline(first_line: Sequence[str]) -> bool:
    """True for the first line of a Binance kline dump: twelve numbers, no names."""
    return len(first_line) == len(BINANCE_KLINES) and all(re.fullmatch(r"-?\d+(\.\d*)?", cell) for cell in first_line)


def is_kline(names: Sequence[str]) -> bool:
    """True for columns only Binance's klines have: such markets never close."""
    return any(_plain(name).startswith("takerbuy") for name in names)


def check_symbols(symbols: Sequence[str]) -> list[str]:
    """Refuse an empty list and repeated names."""
    wanted = [symbol.strip() for symbol in symbols]
    if not wanted or not all(wanted):
        raise DataError("no symbol was asked for: name at least one")
    twice = sorted({symbol for symbol in wanted if wanted.count(symbol) > 1})
    if twice:
        raise DataError(f"{', '.join(twice)} asked for more than once: name each symbol once")
    return wanted
