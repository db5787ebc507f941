"""The feeds that the command line can name, and how their readers are made."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

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


def reader_of(name: str, paths: Paths, said: Said) -> Reader:
    """Make the reader of a feed. Raises DataError for a name that is none of FORMATS, and for what the feed lacks."""
    if name not in FORMATS:
        raise DataError(f"ticks of {name!r} can't be read: expected one of {', '.join(FORMATS)}")
    _check(name, said)
    reader = FORMATS[name](paths, said)
    if not said.trades:
        return reader
    return Merged([_table("trades")(said.trades, said._replace(columns=None)), reader])


def _check(name: str, said: Said) -> None:
    """Refuse what would be left out in silence."""
    if said.definitions and name != "dbn":
        raise DataError(f"--definitions are Databento's file of instruments: leave them out with --ticks {name}")
    if said.symbol is None and (said.tick is not None or said.lot is not None):
        raise DataError("--tick and --lot are those of one symbol: name it by --symbol")


def _lobster(paths: Paths, said: Said) -> Reader:
    from lockstep.data.ticks.lobster import Lobster

    given = [_with_steps(Instrument.us_equity(said.symbol), said)] if said.symbol else []
    zone = said.time_zone or "America/New_York"
    return Lobster(paths, symbol=said.symbol, day=said.day, time_zone=zone, instruments=given)


def _table(kind: TableKind) -> Callable[[Paths, Said], Reader]:
    def made(paths: Paths, said: Said) -> Reader:
        given = [_instrument(said.symbol, said)] if said.symbol else ()
        return Table(
            list(paths), kind, columns=said.columns, instruments=given, time_zone=said.time_zone or "UTC",
            time_format=said.time_format,
        )  # fmt: skip

    return made


def _itch(paths: Paths, said: Said) -> Reader:
    from lockstep.data.ticks.itch.reader import ItchReader

    wanted = [said.symbol] if said.symbol else None
    days = [said.day] * len(paths) if said.day else None
    given = {said.symbol: _with_steps(Instrument.us_equity(said.symbol), said)} if said.symbol else None
    return ItchReader([Path(path) for path in paths], symbols=wanted, days=days, instruments=given)


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
        opened: Reader = reader(paths, _with_steps(Instrument.crypto(said.symbol), said))
        return opened

    return made


FORMATS: dict[str, Callable[[Paths, Said], Reader]] = {
    "lobster": _lobster,
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


def _instrument(symbol: str, said: Said) -> Instrument:
    return _with_steps(instrument_on(said.calendar, symbol) if said.calendar else Instrument(symbol), said)


def _with_steps(instrument: Instrument, said: Said) -> Instrument:
    tick = instrument.tick if said.tick is None else said.tick
    return replace(instrument, tick=tick, lot=instrument.lot if said.lot is None else said.lot)
