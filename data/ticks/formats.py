"""The feeds that the command line can name, and how their readers are made."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.data.calendars import instrument_on
from lockstep.data.instrument import Instrument
from lockstep.data.ticks.merged import Merged
from lockstep.data.ticks.reader import Reader
from lockstep.data.ticks.table import Table
from lockstep.data.ticks.table_columns import TableKind
from lockstep.errors import DataError

Paths = Sequence[str | os.PathLike[str]]


class Said(NamedTuple):
    """What the user said about files of ticks; None and empty where nothing."""

    symbol: str | None = None
    day: date | None = None
    time_zone: str | None = None
    time_format: str | None = None
    calendar: str | None = None
    columns: Mapping[str, str] | None = None
    tick: float | None = None
    lot: float | None = None
    trades: Paths = ()
    definitions: str | os.PathLike[str] | None = None
    kind: str | None = None
    currency: str | None = None
    multiplier: float | None = None
    renamed: bool = False
    excerpt: bool = False

    @property
    def terms(self) -> dict[str, Any]:
        """What was said of the instrument."""
        given = {name: getattr(self, name) for name in ("tick", "lot", "kind", "currency", "multiplier")}
        return {name: value for name, value in given.items() if value is not None}


def reader_of(name: str, paths: Paths, said: Said) -> Reader:
    """Make the reader of a feed. Raises DataError for a name that is none of FORMATS, and for what the feed lacks."""
    if name not in FORMATS:
        raise DataError(f"ticks of {name!r} can't be read: expected one of {', '.join(FORMATS)}")
    _check(name, said)
    reader = FORMATS[name](paths, said)
    if said.trades:
        reader = Merged([_table("trades")(said.trades, said._replace(columns=None, excerpt=False)), reader])
    reader.findings.remarks += _taken_for(name, said)
    return reader


def _taken_for(name: str, said: Said) -> list[str]:
    """Say what an instrument is taken for where neither the feed nor the user told."""
    whom = said.symbol or "every symbol"
    telling = name not in TABLES and (name != "dbn" or said.tick is None)
    if not telling and said.kind is None and said.calendar is None:
        return [
            f"{whom} is taken for a share in {said.currency or 'USD'}: say what it is by --kind (future, perpetual,"
            " forex, crypto, equity), --currency and --multiplier"
        ]
    if said.kind in ("future", "perpetual") and said.multiplier is None and not said.definitions:
        return [f"a contract of {whom} is taken for one unit: say what it is worth by --multiplier"]
    return []


def _check(name: str, said: Said) -> None:
    """Refuse what would be left out in silence."""
    if said.definitions and name != "dbn":
        raise DataError(f"--definitions are Databento's file of instruments: leave them out with --ticks {name}")
    if said.symbol is None and said.terms:
        raise DataError(f"--{next(iter(said.terms))} is about one symbol: name it by --symbol")
    if name == "dbn" and said.terms and said.tick is None:
        raise DataError(
            f"--{next(iter(said.terms))} needs --tick beside it with --ticks dbn, or give --definitions alone"
        )
    if said.excerpt and name != "orders":
        raise DataError(f"--excerpt is about tables of orders: leave it out with --ticks {name}")
    if said.renamed and name not in NAMED:
        raise DataError(f"--renamed is about files that tell symbol or day by name: {', '.join(NAMED)}")


def _lobster(module: str, name: str) -> Callable[[Paths, Said], Reader]:
    def made(paths: Paths, said: Said) -> Reader:
        reader = getattr(import_module(f"lockstep.data.ticks.{module}"), name)
        opened: Reader = reader(
            paths, symbol=said.symbol, day=said.day, time_zone=said.time_zone or "America/New_York",
            instruments=[_with_terms(Instrument.us_equity(said.symbol), said)] if said.symbol else [],
            renamed=said.renamed,
        )  # fmt: skip
        return opened

    return made


def _table(kind: TableKind) -> Callable[[Paths, Said], Reader]:
    def made(paths: Paths, said: Said) -> Reader:
        given = [_instrument(said.symbol, said)] if said.symbol else ()
        return Table(
            list(paths), kind, columns=said.columns, instruments=given, time_zone=said.time_zone or "UTC",
            time_format=said.time_format, excerpt=said.excerpt,
        )  # fmt: skip

    return made


def _itch(paths: Paths, said: Said) -> Reader:
    from lockstep.data.ticks.itch.reader import ItchReader

    wanted = [said.symbol] if said.symbol else None
    days = [said.day] * len(paths) if said.day else None
    given = {said.symbol: _with_terms(Instrument.us_equity(said.symbol), said)} if said.symbol else None
    listed = [Path(path) for path in paths]
    return ItchReader(listed, symbols=wanted, days=days, instruments=given, renamed=said.renamed)


def _dbn(paths: Paths, said: Said) -> Reader:
    from lockstep.data.ticks.dbn.reader import DbnReader

    given = {said.symbol: _instrument(said.symbol, said)} if said.symbol and said.tick else None
    return DbnReader(
        [Path(path) for path in paths], symbols=[said.symbol] if said.symbol else None, instruments=given,
        definitions=said.definitions,
    )  # fmt: skip


def _crypto(module: str, name: str) -> Callable[[Paths, Said], Reader]:
    def made(paths: Paths, said: Said) -> Reader:
        if said.symbol is None or said.tick is None or said.lot is None:
            raise DataError(
                "the feed does not tell what its prices and sizes are multiples of: give --symbol, --tick and --lot as"
                " the exchange names them (exchangeInfo, instruments-info)"
            )
        reader = getattr(import_module(f"lockstep.data.ticks.{module}"), name)
        opened: Reader = reader(paths, _with_terms(Instrument.crypto(said.symbol), said))
        return opened

    return made


FORMATS: dict[str, Callable[[Paths, Said], Reader]] = {
    "lobster": _lobster("lobster", "Lobster"),
    "lobster-book": _lobster("lobster_book", "LobsterBook"),
    "quotes": _table("quotes"),
    "trades": _table("trades"),
    "depth": _table("depth"),
    "orders": _table("orders"),
    "itch": _itch,
    "dbn": _dbn,
    "binance": _crypto("binance", "BinanceReader"),
    "binance-dump": _crypto("binance_dump", "BinanceDumpReader"),
    "bybit": _crypto("bybit", "BybitReader"),
    "bybit-dump": _crypto("bybit_dump", "BybitDumpReader"),
    "tardis": _crypto("tardis", "TardisReader"),
}


TABLES = ("quotes", "trades", "depth", "orders")
NAMED = ("lobster", "lobster-book", "itch")


def _instrument(symbol: str, said: Said) -> Instrument:
    return _with_terms(instrument_on(said.calendar, symbol) if said.calendar else Instrument(symbol), said)


def _with_terms(instrument: Instrument, said: Said) -> Instrument:
    return replace(instrument, **said.terms)
