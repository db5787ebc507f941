"""When a bar opens and closes, in UTC, from whatever times a source gives."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.calendars import session_times
from lockstep.data.columns import Int64Array
from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.interval import DAY_NS, MINUTE_NS, interval_ns
from lockstep.data.times import Times, localise
from lockstep.data.zone import Zone


class SymbolTimes(NamedTuple):
    """One symbol's times as the source gave them; `time_zone` of those without one, `label` of a single time."""

    opens: Times
    closes: Times | None
    time_zone: str | None
    label: Literal["open", "close"]


class BarTimes(NamedTuple):
    """Open and close (int64[n] ns UTC), which of them can't be told (bool[n]), and why."""

    open_ns: Int64Array
    close_ns: Int64Array
    bad: npt.NDArray[np.bool_]
    reason: Callable[[int], str]


def bar_times(given: SymbolTimes, instrument: Instrument, interval: str) -> BarTimes:
    """Find the opens and closes of bars.

    - Dates of daily bars are sessions of the instrument's calendar, with its real early closes; whole days of its
      zone where it trades around the clock. Daily moments that all lie at midnight (UTC or local) count as dates.
    - A single time marks the open, or the close by `label`; the bar lasts `interval`, but not beyond its session.
    - Times without a zone are wall-clock times of `time_zone`, else of the instrument.
    """
    opens, length = given.opens, interval_ns(interval)
    if interval == "1d" and given.closes is None:
        opens = _as_dates(opens, instrument)
        if opens.meaning == "dates":
            return _daily(opens, instrument)
    zone = Zone(given.time_zone) if given.time_zone else instrument.zone
    opens = localise(opens, zone)
    if given.closes is not None:
        closes = localise(given.closes, zone)
        return BarTimes(
            opens.ns, _exclusive(opens.ns, closes.ns, length), opens.bad | closes.bad, _either(opens, closes)
        )
    if given.label == "close":
        return BarTimes(opens.ns - length, opens.ns, opens.bad, opens.reason)
    return BarTimes(opens.ns, _within_session(opens.ns, opens.ns + length, instrument), opens.bad, opens.reason)


def _either(opens: Times, closes: Times) -> Callable[[int], str]:
    return lambda row: opens.reason(row) if opens.bad[row] else closes.reason(row)


def _daily(opens: Times, instrument: Instrument) -> BarTimes:
    days = opens.ns // DAY_NS
    sessions = session_times(instrument, days)

    def reason(row: int) -> str:
        day = np.datetime64(int(days[row]), "D")
        return (
            f"{day} is no session of {instrument.calendar}: correct it, or give another calendar (24/7 takes all days)"
        )

    return BarTimes(sessions.open_time, sessions.close_time, sessions.missing, reason)


def _as_dates(opens: Times, instrument: Instrument) -> Times:
    """Daily moments that all lie at midnight, in UTC or at the exchange, mean dates."""
    if opens.meaning != "utc" or instrument.calendar == ALWAYS_OPEN:
        return opens
    for local in (opens.ns, opens.ns + instrument.zone.offsets(opens.ns)):
        if np.all(local % DAY_NS == 0):
            return opens._replace(ns=local, meaning="dates")
    return opens


def _exclusive(open_ns: Int64Array, close_ns: Int64Array, length: int) -> Int64Array:
    """Binance writes the last moment inside the bar (09:59:59.999); ours is the first behind it (10:00)."""
    for unit in (1_000_000, 1000, 1):
        inclusive = close_ns + unit - open_ns == length
        close_ns = np.where(inclusive, close_ns + unit, close_ns)
    return close_ns


def _within_session(open_ns: Int64Array, close_ns: Int64Array, instrument: Instrument) -> Int64Array:
    """An hourly bar that opens at 15:30 is over when the session is, at 16:00."""
    if instrument.calendar == ALWAYS_OPEN:
        return close_ns
    days = instrument.zone.session_days(open_ns, instrument.session_shift_ns)
    session_close, _, _ = instrument.zone.to_utc(days * DAY_NS + instrument.session_minutes[1] * MINUTE_NS)
    return np.where(open_ns < session_close, np.minimum(close_ns, session_close), close_ns)
