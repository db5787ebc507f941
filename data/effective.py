"""When an announced action takes effect, as people write it."""

from datetime import date
from typing import Any

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.day_ends import DAY_NS, MINUTE_NS
from lockstep.data.zone import Zone
from lockstep.errors import DataError
from lockstep.kernels.order_terms import NEVER

_LAST_YEAR = 2261
"""The last whole one whose nanoseconds can be kept."""
AT_ONCE, NEXT_OPEN = "now", "next_open"


def effective_ns(instrument: Instrument, wanted: Any, now_ns: int) -> int:
    """Return the moment, ns UTC, 0 for at once.

    ``wanted`` is "now" or None, "next_open" (the instrument's next `session_open` after ``now_ns``), a day of its
    exchange as "2026-11-24", which begins at midnight there (of a session from evening to evening: the evening
    before), or ns UTC. Raises ``DataError`` for anything else.
    """
    if wanted in (None, AT_ONCE):
        return 0
    if wanted == NEXT_OPEN:
        return next_open_ns(instrument, now_ns)
    if isinstance(wanted, int) and not isinstance(wanted, bool) and 0 < wanted < NEVER:
        return wanted
    try:
        day = date.fromisoformat(wanted)
        if day.year > _LAST_YEAR:
            raise ValueError
        return instrument.day_start_ns((day - date(1970, 1, 1)).days)
    except (TypeError, ValueError) as error:
        raise DataError(
            f'effective must be "{AT_ONCE}", "{NEXT_OPEN}", a day such as "2026-11-24" or nanoseconds UTC, found'
            f" {wanted!r}"
        ) from error


def next_open_ns(instrument: Instrument, after_ns: int) -> int:
    """Return the first `session_open` of the instrument's zone after a moment, of any day: holidays count."""
    zone, opens = Zone(instrument.time_zone), instrument.session_minutes[0]
    days = np.arange(after_ns // DAY_NS - 2, after_ns // DAY_NS + 3)
    local = days * DAY_NS + opens * MINUTE_NS
    found = local - zone.offsets(local - zone.offsets(local))
    return int(found[found > after_ns][0])
