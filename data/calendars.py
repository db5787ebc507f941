"""Exchange calendars, asked on import only: sessions of daily bars with their real early closes."""

import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.columns import Int64Array
from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.interval import DAY_NS
from lockstep.errors import DataError

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar


class Sessions(NamedTuple):
    """Open and close of each asked day (int64[n] ns UTC); `missing` marks days without a session."""

    open_time: Int64Array
    close_time: Int64Array
    missing: npt.NDArray[np.bool_]


_CANT_COMPUTE = (ValueError, NotImplementedError)  # what exchange_calendars raises: caught, never raised here


def instrument_on(calendar: str, symbol: str) -> Instrument:
    """The default instrument of an exchange: its zone and regular hours. Raises DataError for an unknown calendar."""
    if calendar == ALWAYS_OPEN:
        return Instrument.crypto(symbol)
    if calendar == "XNYS":
        return Instrument.us_equity(symbol)  # Known here, so that reading New York data needs no calendar package.
    exchange = _calendar(calendar, 2000)
    opens, closes = exchange.open_times[-1][1], exchange.close_times[-1][1]
    return Instrument(symbol, "equity", calendar, str(exchange.tz), f"{opens:%H:%M}", f"{closes:%H:%M}")


def session_times(instrument: Instrument, days: Int64Array) -> Sessions:
    """Open and close of the sessions on some days (int64[n] since 1970-01-01, the exchange's dates)."""
    if instrument.calendar == ALWAYS_OPEN:
        starts, ends = (instrument.zone.to_utc((days + more) * DAY_NS)[0] for more in (0, 1))
        return Sessions(starts, ends, np.zeros(len(days), np.bool_))
    known, opens, closes = all_sessions(instrument.calendar, int(days.min()), int(days.max()))
    at = np.minimum(np.searchsorted(known, days), max(len(known) - 1, 0))
    if not len(known):
        return Sessions(days * 0, days * 0, np.ones(len(days), np.bool_))
    return Sessions(opens[at], closes[at], known[at] != days)


def all_sessions(calendar: str, first_day: int, last_day: int) -> tuple[Int64Array, Int64Array, Int64Array]:
    """All sessions from one day to another: days, opens and closes, int64[n] each."""
    exchange: Any = _calendar(calendar, int(np.int64(first_day).astype("M8[D]").astype("M8[Y]").astype(int)) + 1970)
    days = exchange.sessions.to_numpy().astype("M8[D]").astype(np.int64)
    opens = exchange.opens.to_numpy("M8[ns]").astype(np.int64)
    closes = exchange.closes.to_numpy("M8[ns]").astype(np.int64)
    inside = slice(int(np.searchsorted(days, first_day)), int(np.searchsorted(days, last_day, side="right")))
    return days[inside], opens[inside], closes[inside]


@lru_cache(maxsize=16)
def _calendar(name: str, first_year: int) -> "ExchangeCalendar":
    """The calendar from the first of January of a year on, or from where its records begin."""
    import exchange_calendars
    from exchange_calendars.errors import InvalidCalendarName

    # The package reads pandas columns in a way pandas 3 warns about; its own business, not the caller's.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            known: ExchangeCalendar = exchange_calendars.get_calendar(name)
        except InvalidCalendarName as error:
            raise _unknown(name, exchange_calendars.get_calendar_names()) from error
        except _CANT_COMPUTE as error:
            raise DataError(
                f"calendar {name!r} can't be computed by the installed exchange_calendars and pandas ({error}): give"
                " open_time and close_time columns, or the calendar 24/7"
            ) from error
        if known.first_session.year < first_year:
            return known
        try:
            return exchange_calendars.get_calendar(name, start=max(f"{first_year}-01-01", str(known.bound_min() or "")))
        except _CANT_COMPUTE:
            # Some calendars refuse years before their records, some can't say where those begin.
            return known


def _unknown(name: str, known: Sequence[str]) -> DataError:
    examples = get_close_matches(name.upper(), known, n=3, cutoff=0.4) or ["XNYS", "XLON", "XTKS"]
    return DataError(f"calendar {name!r} is unknown: expected '24/7' or an exchange such as {', '.join(examples)}")
