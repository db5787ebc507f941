"""When an instrument trades, as the risk check asks it: the sessions of its exchange's calendar."""

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.interval import DAY_NS

Hours = npt.NDArray[np.int64]


EARLIEST_DAY, LATEST_DAY = 7305, 36_525
"""1990 and 2070: calendars end a year or so from now."""


def trading_hours(instrument: Instrument, start_ns: int | None = None, end_ns: int | None = None) -> Hours | None:
    """Return int64[n, 2] ns UTC: open and close of each session, holidays left out.

    From before ``start_ns`` to beyond ``end_ns``, or as far as the calendar goes. None for an instrument that trades
    around the clock. Raises DataError where its calendar is unknown, or can't be computed.
    """
    if instrument.calendar == ALWAYS_OPEN:
        return None
    from lockstep.data.calendars import all_sessions  # asks a package that is slow to load

    first = EARLIEST_DAY if start_ns is None else start_ns // DAY_NS - 7
    last = LATEST_DAY if end_ns is None else end_ns // DAY_NS + 1
    _, opens, closes = all_sessions(instrument.calendar, first, last)
    return np.stack([opens, closes], axis=1)
