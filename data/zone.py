"""Time zones on whole arrays: session days and wall-clock times, from the standard library's tables alone."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from lockstep.data.columns import Int64Array
from lockstep.data.interval import DAY_NS, SECOND_NS
from lockstep.errors import DataError

# Every zone keeps an offset for at least two weeks once it has changed (the shortest summer times did), so
# looking once a week finds each change.
_LOOK_EVERY = timedelta(days=7)


class Zone:
    """One IANA time zone. Raises DataError for a name the system does not know."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = _load(name)
        self._fixed_utc = name == "UTC"

    def offsets(self, time_ns: Int64Array) -> Int64Array | int:
        """Seconds east of UTC, in nanoseconds: one number where all times (ascending or not) share it."""
        if self._fixed_utc or not len(time_ns):
            return 0
        changes, offsets = self._table(int(time_ns.min()), int(time_ns.max()))
        if len(offsets) == 1:
            return int(offsets[0])
        return offsets[np.searchsorted(changes, time_ns, side="right")]

    def session_days(self, open_time_ns: Int64Array, shift_ns: int = 0) -> Int64Array:
        """Days since 1970-01-01 on the local calendar, int64[n]; `shift_ns` moves evening opens to the next day."""
        if not len(open_time_ns):
            return np.empty(0, np.int64)
        days: Int64Array = np.floor_divide(open_time_ns + (self.offsets(open_time_ns) + shift_ns), DAY_NS)
        return days

    def day_start_ns(self, day: int, shift_ns: int = 0) -> int:
        """The UTC nanosecond at which a local session day begins."""
        local = np.array([day * DAY_NS - shift_ns], np.int64)
        utc, _, missing = self.to_utc(local)
        # A midnight that daylight saving skipped: the day begins with the first moment after the gap.
        return int(utc[0]) if not missing[0] else int(local[0] - self._offset_at(int(local[0]) - DAY_NS))

    def to_utc(self, local_ns: Int64Array) -> tuple[Int64Array, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Turn wall-clock times (ns since 1970-01-01 local) into UTC.

        Returns (utc int64[n], twice bool[n], never bool[n]); times that happened twice get the first meaning,
        those that never happened are only marked.
        """
        before, after = self.offsets(local_ns - DAY_NS), self.offsets(local_ns + DAY_NS)
        early, late = local_ns - before, local_ns - after
        # Offsets are one number where no change is near, so the comparisons may be plain booleans: spread them.
        early_valid = np.full(local_ns.shape, self.offsets(early) == before)
        late_valid = np.full(local_ns.shape, self.offsets(late) == after)
        twice, never = early_valid & late_valid & (early != late), ~(early_valid | late_valid)
        return np.where(early_valid, early, late), twice, never

    def _offset_at(self, time_ns: int) -> int:
        moment = datetime.fromtimestamp(time_ns // SECOND_NS, UTC).astimezone(self._info)
        offset = moment.utcoffset() or timedelta(0)
        return round(offset.total_seconds()) * SECOND_NS

    def _table(self, first_ns: int, last_ns: int) -> tuple[Int64Array, Int64Array]:
        first_year, last_year = (_year(time_ns) for time_ns in (first_ns, last_ns))
        changes = [change for year in range(first_year, last_year + 1) for change in _changes(self.name, year)]
        inside = [change for change in changes if first_ns < change[0] <= last_ns]
        offsets = [self._offset_at(first_ns), *(offset for _, offset in inside)]
        return np.array([at for at, _ in inside], np.int64), np.array(offsets, np.int64)


def _year(time_ns: int) -> int:
    return datetime.fromtimestamp(time_ns // SECOND_NS, UTC).year


def _load(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise DataError(
            f"time zone {name!r} is unknown: write an IANA name such as 'America/New_York' or 'UTC'"
        ) from error


@lru_cache(maxsize=4096)
def _changes(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """The moments (ns UTC) of a year at which the offset changes, each with the new offset in ns."""
    info, found = ZoneInfo(name), []
    left, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while left < end:
        right = min(left + _LOOK_EVERY, end)
        if _offset(info, left) != _offset(info, right):
            at = _change_between(info, left, right)
            found.append((int(at.timestamp()) * SECOND_NS, round(_offset(info, at).total_seconds()) * SECOND_NS))
        left = right
    return tuple(found)


def _change_between(info: ZoneInfo, left: datetime, right: datetime) -> datetime:
    """Bisect to the second: the first moment with the later offset."""
    old = _offset(info, left)
    while right - left > timedelta(seconds=1):
        middle = left + timedelta(seconds=int((right - left).total_seconds()) // 2)
        left, right = (middle, right) if _offset(info, middle) == old else (left, middle)
    return right


def _offset(info: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta(0)
