"""Lengths of training and test: in sessions, as a share, as calendar time, or up to a date."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

from lockstep.errors import SplitError

Length = int | float | str | date
"""252 sessions, 0.5 of all sessions, "180d", "6mo", "2y", "P1Y6M", or the date up to which (exclusive)."""

EPOCH = date(1970, 1, 1).toordinal()

WAYS = 'a number of sessions (252), a share (0.5), calendar time ("180d", "6mo", "2y", "P1Y6M") or a date'

_ISO = re.compile(r"P(?=\d)(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?", re.IGNORECASE)
_SHORT = re.compile(r"(?=\d)(?:(?P<y>\d+)y)?\s*(?:(?P<mo>\d+)mo)?\s*(?:(?P<w>\d+)w)?\s*(?:(?P<d>\d+)d)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of sessions."""

    sessions: int


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all sessions, rounded down, one at least."""

    part: float

    def of(self, total: int) -> Count:
        """Return the sessions; a share is the decimal that is written, so 0.29 of 100 is 29."""
        return Count(max(share_of(self.part, total), 1))


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar time."""

    months: int
    days: int


@dataclass(frozen=True, slots=True)
class Until:
    """Everything before a date: days since 1970-01-01."""

    day: int


Parsed = Count | Share | Period | Until


def parse(length: Any, what: str) -> Parsed:
    """Return what a length means. Raises ``SplitError`` for what is none, and for one of nothing."""
    if _is_number(length):
        return _number(length, what)
    if isinstance(length, datetime):
        raise SplitError(f"{what} is a date without a time of day, found {length!r}: use .date()")
    if isinstance(length, date):
        return Until(length.toordinal() - EPOCH)
    if isinstance(length, str):
        return _text(length, what)
    raise SplitError(f"{what} must be {WAYS}, found {length!r}")


def gap_of(given: Any, total: int, what: str) -> int:
    """Return a number of sessions, 0 allowed, given as one or as a share below 1 (rounded down)."""
    if isinstance(given, Integral) and _is_number(given) and int(given) >= 0:
        return int(given)
    if not isinstance(given, Integral) and _is_number(given) and 0 <= given < 1:
        return share_of(given, total)
    raise SplitError(f"{what} must be a number of sessions from 0 (5) or a share below 1 (0.01), found {given!r}")


def share_of(part: float, total: int) -> int:
    """Return a share of ``total``, rounded down, of the decimal that is written."""
    return int(Fraction(repr(float(part))) * total)


def later(day: int, period: Period, times: int = 1) -> int:
    """Return the day ``times`` periods after (before, when negative) another, in days since 1970-01-01.

    Months are added first; a day that the month does not have becomes its last: 31 January and one month is 28 or 29
    February.
    """
    start = date.fromordinal(min(max(day + EPOCH, 1), date.max.toordinal()))
    month = start.year * 12 + start.month - 1 + times * period.months
    year, index = divmod(month, 12)
    # The proleptic calendar of datetime ends at both sides; nothing lies beyond a history's ends anyway.
    if not 1 <= year <= 9998:
        return -EPOCH + 1 if year < 1 else date.max.toordinal() - EPOCH
    moved = date(year, index + 1, min(start.day, monthrange(year, index + 1)[1]))
    return moved.toordinal() - EPOCH + times * period.days


def _is_number(given: Any) -> bool:
    return isinstance(given, Real) and not isinstance(given, bool)


def _number(length: Any, what: str) -> Parsed:
    if isinstance(length, Integral):
        if int(length) < 1:
            raise SplitError(f"{what} must be at least one session, found {length!r}")
        return Count(int(length))
    if not 0 < float(length) < 1:
        raise SplitError(f"{what} as a share must lie between 0 and 1, found {length!r}; sessions are whole numbers")
    return Share(float(length))


def _text(length: str, what: str) -> Parsed:
    text = length.strip()
    try:
        return Until(date.fromisoformat(text).toordinal() - EPOCH)
    except ValueError:
        pass
    found = _ISO.fullmatch(text) or _SHORT.fullmatch(text)
    parts = {name: int(number or 0) for name, number in found.groupdict().items()} if found else {}
    if not any(parts.values()):
        hint = "; months are written 6mo" if re.fullmatch(r"\d+\s*m", text, re.IGNORECASE) else ""
        raise SplitError(f"{what} must be {WAYS}, found {length!r}{hint}")
    return Period(12 * parts["y"] + parts["mo"], 7 * parts["w"] + parts["d"])
