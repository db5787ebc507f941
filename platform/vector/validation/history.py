"""The sessions of bars, and parts of bars by them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.errors import NoDataError
from lockstep.vector.validation.sessions import Range

Integers = npt.NDArray[np.int64]


class Calendar(NamedTuple):
    """The n sessions in which bars have a row, ascending."""

    days: Integers
    """int64[n], days since 1970-01-01 in the exchange's zone."""
    ends: Integers
    """int64[n], close of each one's last row, ns UTC."""
    rows: Integers
    """int64[n + 1], how many rows lie before each one; the last is the number of all rows."""

    def span(self, sessions: Range) -> tuple[int, int]:
        """Return when sessions start (after this moment) and end (not after this one), ns UTC, for ``Bars.between``."""
        start, stop = sessions
        # Before everything: no bar closes at the first moment that there is.
        return int(self.ends[start - 1]) if start else int(np.iinfo(np.int64).min), int(self.ends[stop - 1])

    def some(self, bars: Bars, sessions: Range) -> Bars | None:
        """Return the bars of some sessions, None where these bars have none in them."""
        try:
            return bars.between(*self.span(sessions))
        except NoDataError:
            return None


def calendar_of(bars: Bars) -> Calendar:
    """Return the sessions of bars; several symbols' are those of their merged calendar."""
    days, ends, counts = ([np.empty(0, np.int64)] for _ in range(3))
    for block in bars.blocks():
        last = np.flatnonzero(np.append(np.diff(block.session) != 0, True))
        days.append(block.session[last])
        ends.append(block.close_time_ns[last])
        counts.append(np.diff(last, prepend=-1))
    day, end, count = (np.concatenate(parts) for parts in (days, ends, counts))
    # A session that goes on over the end of a block was noted twice.
    closes = np.append(np.diff(day) != 0, True)[: len(day)]
    total = np.cumsum(count)[closes]
    return Calendar(day[closes], end[closes], np.concatenate([[0], total]).astype(np.int64))


def sessions_of(bars: Bars) -> Integers:
    """Return int64[n]: the session days of bars, ascending, each once; what a split definition's ``over`` takes."""
    return calendar_of(bars).days
