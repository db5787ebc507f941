"""When sessions and weeks begin and end, known from the calendar before a single bar has come."""

import numpy as np

from lockstep.data.calendars import all_sessions, session_times
from lockstep.data.columns import Int64Array
from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.interval import DAY_NS, MINUTE_NS
from lockstep.errors import DataError


def session_edges(instrument: Instrument, days: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Return open and close of the sessions on ascending days (int64[n] since 1970-01-01): int64[n] ns UTC each.

    Early closes come from the exchange's calendar. A day that it does not know, or all days where it can't be
    computed, keep the instrument's regular hours.
    """
    if not len(days):
        return days, days
    known, inverse = np.unique(days, return_inverse=True)
    opens, closes = _regular(instrument, known)
    if instrument.calendar != ALWAYS_OPEN:
        try:
            sessions = session_times(instrument, known)
        except DataError:
            return opens[inverse], closes[inverse]
        opens = np.where(sessions.missing, opens, sessions.open_time)
        closes = np.where(sessions.missing, closes, sessions.close_time)
    return opens[inverse], closes[inverse]


def _regular(instrument: Instrument, days: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Hours by the clock: the instrument's, or the whole day where it trades around the clock."""
    if instrument.calendar == ALWAYS_OPEN:
        return _local(instrument, days * DAY_NS), _local(instrument, (days + 1) * DAY_NS)
    opens, closes = (minutes * MINUTE_NS for minutes in instrument.session_minutes)
    evening = DAY_NS if instrument.session_shift_ns else 0
    return _local(instrument, days * DAY_NS + opens - evening), _local(instrument, days * DAY_NS + closes)


def week_ends(instrument: Instrument, days: Int64Array) -> Int64Array:
    """Return when the weeks of some days are over: the close of their last session, int64[n] ns UTC.

    Weeks begin on Mondays. Where the calendar knows no session in a week, or the market never closes, a week lasts
    until the next Monday begins.
    """
    if not len(days):
        return days
    mondays = (days + 3) // 7 * 7 - 3
    ends = _local(instrument, (mondays + 7) * DAY_NS)
    if instrument.calendar == ALWAYS_OPEN:
        return ends
    try:
        known, _, closes = all_sessions(instrument.calendar, int(mondays.min()), int(mondays.max()) + 6)
    except DataError:
        return ends
    if not len(known):
        return ends
    last = np.searchsorted(known, mondays + 7) - 1
    return np.where((last >= 0) & (known[last] >= mondays), closes[last], ends)


def _local(instrument: Instrument, local_ns: Int64Array) -> Int64Array:
    utc: Int64Array = instrument.zone.to_utc(local_ns)[0]
    return utc
