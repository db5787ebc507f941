"""The sample datasets: real daily bars from a public-domain set, and generated minute bars that say so."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockstep._extras import how_to_install
from lockstep.data.actions import EPOCH, Action, derive_actions
from lockstep.data.append import Addition
from lockstep.data.calendars import session_times
from lockstep.data.columns import Columns, Float64Array
from lockstep.data.instrument import Instrument
from lockstep.data.rules import find_problems
from lockstep.errors import DataError

if TYPE_CHECKING:
    from lockstep.data.store import Store

REAL, SYNTHETIC = "sample-daily", "synthetic-minute"
SOURCE = "bokeh_sampledata 2026.1 (Quandl WIKI, public domain)"


class Quotes(NamedTuple):
    """One ticker of the set: session days and float64[6, n] of open, high, low, close, volume, adjusted close."""

    symbol: str
    days: list[date]
    values: Float64Array


def install_real(store: "Store") -> dict[str, int]:
    """Install AAPL, FB, GOOG, IBM and MSFT, daily, as traded, with their splits and dividends; rows by symbol.

    Raises DataError when the package bokeh_sampledata is missing or not the version this was written for.
    """
    stored = _stored(store, REAL)
    additions = {quotes.symbol: _addition(quotes, stored.get(quotes.symbol)) for quotes in read_quotes()}
    manifest = store.append(REAL, "1d", additions, source=SOURCE)
    return {name: info.rows for name, info in manifest.symbols.items()}


def install_synthetic(store: "Store", seed: int = 7) -> dict[str, int]:
    """Install generated minute bars of AAPL, GOOGL and MSFT over 2023; rows by symbol."""
    from lockstep.data.synthetic import minute_bars

    made, stored = minute_bars(seed=seed), _stored(store, SYNTHETIC)
    additions = {
        name: Addition(stored.get(name) or Instrument.us_equity(name), columns) for name, columns in made.items()
    }
    manifest = store.append(SYNTHETIC, "1m", additions, source=f"synthetic, seed {seed}", synthetic=True)
    return {name: info.rows for name, info in manifest.symbols.items()}


def read_quotes() -> Iterator[Quotes]:
    """Read the set out of its package; the package itself is not imported (its loaders want pandas)."""
    try:
        path = files("bokeh_sampledata") / "_data" / "stocks.csv.gz"
        text = gzip.decompress(path.read_bytes()).decode()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise DataError(
            f"the sample needs bokeh_sampledata==2026.1, which is not installed: {how_to_install()}"
        ) from error
    header, *lines = csv.reader(text.splitlines())
    if header != ["Ticker", "Date", "Open", "High", "Low", "Close", "Volume", "Adj Close"]:
        raise DataError(f"bokeh_sampledata has the columns {header}: install version 2026.1")
    for symbol, rows in groupby(lines, key=lambda line: line[0]):
        block = list(rows)
        days = [date.fromisoformat(line[1]) for line in block]
        yield Quotes(symbol, days, np.array([line[2:] for line in block], np.float64).T.copy())


def sample_actions(quotes: Quotes) -> list[Action]:
    """Splits and dividends of one ticker, from the day-to-day change of its adjustment factor."""
    return derive_actions(quotes.days, quotes.values[3], quotes.values[5])


def _stored(store: "Store", dataset: str) -> dict[str, Instrument]:
    """What is installed already, whose terms and actions the user may have changed since."""
    return next((d.instruments for d in store.datasets() if d.name == dataset), {})


def _addition(quotes: Quotes, stored: Instrument | None) -> Addition:
    instrument = stored or Instrument.us_equity(quotes.symbol)
    sessions = session_times(instrument, np.array([(day - EPOCH).days for day in quotes.days], np.int64))
    columns = Columns(sessions.open_time, sessions.close_time, *quotes.values[:5])
    problems = find_problems(columns)
    if problems.bad.any() or sessions.missing.any():
        raise DataError(
            f"the sample's {quotes.symbol} is damaged ({problems.listed[:1]}): reinstall bokeh_sampledata==2026.1"
        )
    return Addition(instrument, columns, None if stored else tuple(sample_actions(quotes)))
