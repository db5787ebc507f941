"""When the days of a history end, for orders that last until then."""

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.zone import Zone

DAY_NS, MINUTE_NS = 86_400_000_000_000, 60_000_000_000
_BEYOND = 15
"""Days behind the last one that are looked at: no exchange is closed for longer."""


def day_ends(instrument: Instrument, start_ns: int, end_ns: int) -> npt.NDArray[np.int64]:
    """Return int64[n] ns UTC, ascending: the instrument's closing times from ``start_ns`` to beyond ``end_ns``.

    The closes of the sessions of its exchange's calendar, early ones as they are; where that ends, a year or so from
    now, and around the clock, its `session_close` on every day of its zone. Raises ``DataError`` where the calendar is
    unknown, or can't be computed.
    """
    if instrument.calendar == ALWAYS_OPEN:
        return _regular(instrument, start_ns, end_ns)
    from lockstep.data.calendars import all_sessions  # asks a package that is slow to load

    _, _, closes = all_sessions(instrument.calendar, start_ns // DAY_NS - 2, end_ns // DAY_NS + _BEYOND)
    known = closes[closes > start_ns]
    if len(known) and known[-1] > end_ns:
        return known
    last_ns = int(closes[-1]) if len(closes) else start_ns
    return np.concatenate([known, _regular(instrument, max(last_ns, start_ns), end_ns)])


def _regular(instrument: Instrument, start_ns: int, end_ns: int) -> npt.NDArray[np.int64]:
    """Return the same of an exchange that is open every day."""
    zone = Zone(instrument.time_zone)
    hours, minutes = instrument.session_close.split(":")
    after_ns = (int(hours) * 60 + int(minutes)) * MINUTE_NS
    days = np.arange(start_ns // DAY_NS - 2, end_ns // DAY_NS + 3)
    local = days * DAY_NS + after_ns
    # Near enough to ask the zone with: by how much a clock is off changes at night.
    ends = local - zone.offsets(local - zone.offsets(local))
    return np.asarray(ends[ends > start_ns], np.int64)
