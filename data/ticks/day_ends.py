"""When the days of a history end, for orders that last until then."""

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.zone import Zone

DAY_NS, MINUTE_NS = 86_400_000_000_000, 60_000_000_000


def day_ends(instrument: Instrument, start_ns: int, end_ns: int) -> npt.NDArray[np.int64]:
    """Return int64[n] ns UTC, ascending: the instrument's closing times from ``start_ns`` to beyond ``end_ns``.

    Its `session_close` on every day of its zone, those without trading too; early closes are not known here.
    """
    zone = Zone(instrument.time_zone)
    hours, minutes = instrument.session_close.split(":")
    after_ns = (int(hours) * 60 + int(minutes)) * MINUTE_NS
    days = np.arange(start_ns // DAY_NS - 2, end_ns // DAY_NS + 3)
    local = days * DAY_NS + after_ns
    # Near enough to ask the zone with: by how much a clock is off changes at night.
    ends = local - zone.offsets(local - zone.offsets(local))
    return np.asarray(ends[ends > start_ns], np.int64)
