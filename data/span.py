"""The part of a history that was asked for: dates mean session days, date-times mean moments."""

import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np

from lockstep.data.columns import Columns
from lockstep.data.instrument import Instrument
from lockstep.data.interval import MOST_DAYS
from lockstep.errors import DataError

When = str | date | datetime | int | None
FOREVER = np.iinfo(np.int64).max
YEARS, DAYS_AS_NUMBERS = range(1000, 10_000), range(1000_01_01, 9999_12_31 + 1)
"""Whole numbers that nobody means as nanoseconds: 2005 and 20050131 are how people write a year and a day."""


class Bound(NamedTuple):
    """A session day (days since 1970-01-01) or a moment (ns UTC); `text` is how the user wrote it."""

    day: int | None
    time_ns: int | None
    text: str


class Span(NamedTuple):
    """Start and end as asked for, both inclusive; None is the end of what is stored."""

    start: Bound | None
    end: Bound | None

    def __str__(self) -> str:
        return f"{self.start.text if self.start else 'the beginning'} to {self.end.text if self.end else 'the end'}"


class Window(NamedTuple):
    """A span for one instrument: open_from <= open_time < open_before and close_time <= close_until (ns UTC)."""

    open_from: int
    open_before: int
    close_until: int

    def overlaps(self, first_open_ns: int, last_open_ns: int, first_close_ns: int) -> bool:
        """True when a stretch with these first and last bars can hold bars of the window."""
        return (
            self.open_from <= last_open_ns and first_open_ns < self.open_before and first_close_ns <= self.close_until
        )

    def rows(self, columns: Columns) -> tuple[int, int]:
        """The first row inside and the first row behind."""
        start = int(np.searchsorted(columns.open_time, self.open_from, side="left"))
        by_open = int(np.searchsorted(columns.open_time, self.open_before, side="left"))
        by_close = int(np.searchsorted(columns.close_time, self.close_until, side="right"))
        return start, max(start, min(by_open, by_close))


def parse_span(start: When, end: When) -> Span:
    """Read a span. Raises DataError for what is no date, and for an end before the start."""
    span = Span(_bound(start, "start"), _bound(end, "end"))
    if span.start and span.end and _rough_ns(span.start) > _rough_ns(span.end):
        raise DataError(f"start {span.start.text} lies after end {span.end.text}: swap them")
    return span


def window(span: Span, instrument: Instrument) -> Window:
    """Turn a span into the nanoseconds of one instrument's sessions."""
    open_from, open_before, close_until = -FOREVER, FOREVER, FOREVER
    shift = instrument.session_shift_ns
    if span.start is not None:
        day = span.start.day
        open_from = span.start.time_ns if day is None else instrument.zone.day_start_ns(day, shift)  # type: ignore[assignment]
    if span.end is not None:
        if span.end.day is not None:
            open_before = instrument.zone.day_start_ns(span.end.day + 1, shift)
        else:
            close_until = span.end.time_ns  # type: ignore[assignment]
    return Window(open_from, open_before, close_until)


def _rough_ns(bound: Bound) -> int:
    return bound.time_ns if bound.time_ns is not None else (bound.day or 0) * 86_400 * 10**9


def _bound(value: Any, which: str) -> Bound | None:
    if value is None:
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("M8[us]").item()
    if isinstance(value, str):
        value = _from_text(value, which)
    if isinstance(value, datetime):
        return _from_datetime(value)
    if isinstance(value, date):
        days = (value - date(1970, 1, 1)).days
        return Bound(_at_most(days, MOST_DAYS), None, value.isoformat())
    if isinstance(value, int) and not isinstance(value, bool):
        _check_nanoseconds(value, which)
        return Bound(None, _at_most(value, FOREVER), f"{value} ns")
    raise DataError(f"{which} is {value!r}: expected a date such as '2012-12-31', a date-time or nanoseconds UTC")


def _check_nanoseconds(value: int, which: str) -> None:
    if value in YEARS:
        day = f"{value}-01-01" if which == "start" else f"{value}-12-31"
    elif value in DAYS_AS_NUMBERS:
        text = str(value)
        day = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    else:
        return
    raise DataError(f"{which} is the number {value}, and numbers are nanoseconds since 1970: write '{day}'")


def _from_datetime(value: datetime) -> Bound:
    # A naive midnight is how pandas and polars write a day.
    if value.tzinfo is None and value.time() == datetime.min.time():
        return _bound(value.date(), "")  # type: ignore[return-value]
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    time_ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    return Bound(None, _at_most(time_ns, FOREVER), value.isoformat(" "))


def _at_most(value: int, most: int) -> int:
    """9999-12-31 is how people write 'to the end': what nanoseconds can't hold lies at their end."""
    return max(-most, min(value, most))


def _from_text(text: str, which: str) -> date | datetime:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", text.strip()):
            return date.fromisoformat(text.strip())
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise DataError(
            f"{which} is {text!r}: expected a date such as '2012-12-31' or '2012-12-31 16:00+00:00'"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
