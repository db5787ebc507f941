"""What the numbers of instruments in a DBN file stand for."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.dbn.metadata import Metadata
from lockstep.data.ticks.dbn.records import records
from lockstep.errors import BadFileError, DataError

_UNDEFINED = (1 << 63) - 1
_KINDS = {b"K": "equity", b"X": "forex", b"F": "future", b"S": "future"}
_US_EQUITIES = {
    "XNAS", "XNYS", "XASE", "ARCX", "BATS", "BATY", "EDGA", "EDGX", "IEXG", "XBOS", "XPSX", "XCHI", "XCIS", "MEMX",
    "EPRL", "DBEQ", "EQUS",
}  # fmt: skip
"""Datasets of shares at cents, by the part before the dot."""


class Names:
    """Symbols by instrument and day, from a file's head and from the mappings among its records."""

    def __init__(self, head: Metadata) -> None:
        self._told: dict[int, str] = {}
        self._periods: dict[int, list[tuple[date, date, str]]] = {}
        for name, intervals in head.mappings.items():
            for start, end, symbol in intervals:
                # The numbers stand on one side of the mapping, on which one depends on what was asked for.
                number, text = (name, symbol) if head.stype_in == "instrument_id" else (symbol, name)
                if number.isdigit():
                    self._periods.setdefault(int(number), []).append((start, end, text))

    def tell(self, instrument: int, symbol: str) -> None:
        """Remember a mapping among the records, as live feeds send it."""
        self._told[instrument] = symbol

    def of(self, instrument: int, time_ns: int) -> str:
        """Return the symbol of an instrument at a time; its number as text where none is known."""
        if instrument in self._told:
            return self._told[instrument]
        periods = self._periods.get(instrument, [])
        if len(periods) > 1:
            day = datetime.fromtimestamp(time_ns // 10**9, UTC).date()
            periods = [period for period in periods if period[0] <= day < period[1]] or periods
        return periods[0][2] if periods else str(instrument)


def defined_instruments(path: str | os.PathLike[str]) -> dict[str, Instrument]:
    """Read the instruments of a DBN file of definitions, by raw symbol; the last definition of each counts.

    Tick, currency and, for futures, the multiplier are taken from it; trading hours are not in it: they are open around
    the clock, in UTC. Raises BadFileError for a file without any.
    """
    found = {instrument.symbol: instrument for instrument in _defined(path)}
    if not found:
        raise BadFileError(
            f"{os.path.basename(path)} defines no instrument with a tick: give a file of the schema definition"
        )
    return found


def _defined(path: str | os.PathLike[str]) -> Iterator[Instrument]:
    for part in records(path, ["definition"]):
        for row in part.rows:
            symbol, tick = row["raw_symbol"].decode("utf-8", "replace"), int(row["min_price_increment"])
            if tick in (0, _UNDEFINED):
                continue
            quantity = int(row["unit_of_measure_qty"])
            kind = _KINDS.get(bytes(row["instrument_class"]), "future")
            yield Instrument(
                symbol, kind, tick=_price(tick), currency=row["currency"].decode("utf-8", "replace") or "USD",
                multiplier=_price(quantity) if kind == "future" and 0 < quantity < _UNDEFINED else 1.0,
            )  # fmt: skip


def _price(value: int) -> float:
    return float(Fraction(value, 10**9))


def instrument_for(symbol: str, dataset: str, known: Mapping[str, Instrument]) -> Instrument:
    """Return what is known of a symbol; a share of a dataset of US equities trades at cents.

    Raises DataError for another one of which nothing was said.
    """
    if symbol in known:
        return known[symbol]
    if dataset.split(".")[0] in _US_EQUITIES:
        return Instrument.us_equity(symbol)
    raise DataError(
        f"the tick of {symbol} is not in a file of {dataset}'s prices: name its file of definitions (--definitions"
        f" FILE, definitions=), or say it (--symbol {symbol} --kind future --tick 0.25 --multiplier 50, instruments=)"
    )


def unit_of(instrument: Instrument) -> int:
    """Return how many of DBN's 1e-9 make a tick.

    Raises DataError for a finer tick, or a lot other than 1: sizes are whole numbers.
    """
    unit = Fraction(str(instrument.tick)) * 10**9
    if unit.denominator != 1 or instrument.lot != 1.0 or not np.isfinite(instrument.tick):
        raise DataError(
            f"{instrument.symbol} has the tick {instrument.tick} and the lot {instrument.lot}: DBN has whole sizes at"
            " multiples of 1e-9; give it such a tick and the lot 1"
        )
    return int(unit)
