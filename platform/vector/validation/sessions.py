"""The sessions of a history: how many there are, and on which days, where that is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import SplitError
from lockstep.vector.validation.lengths import EPOCH, Count, Parsed, Share, Until, later

Range = tuple[int, int]
"""Sessions from the first number up to, not with, the second."""

CLOSED = 7
"""Days that a history may lack of a calendar span at its end: a year up to 4 January is full on 31 December."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two sessions: ``position`` sessions lie before it.

    ``day`` is the calendar day it stands for, which need be no session: calendar time is counted from it, so that
    holidays at one boundary don't move the next.
    """

    position: int
    day: int | None


class Sessions:
    """What splits are made of: ``total`` sessions (or rows), with their days (ascending) or without."""

    def __init__(self, total: int, days: npt.NDArray[np.int64] | None = None) -> None:
        self.total = total
        self.days = days

    @classmethod
    def of(cls, given: Any) -> "Sessions":
        """Return sessions from their number, or from their days: dates, or int64 days since 1970-01-01, ascending.

        Raises ``SplitError`` for anything else.
        """
        if isinstance(given, Sessions):
            return given
        if isinstance(given, Integral):
            if int(given) < 2:
                raise SplitError(f"a history to split has at least 2 sessions, found {given}")
            return cls(int(given))
        days = _days(given)
        if len(days) < 2 or (np.diff(days) <= 0).any():
            raise SplitError(
                f"expected at least 2 sessions' days, ascending, each once, found {len(days)}: give np.unique(sessions)"
            )
        return cls(len(days), days)

    def start(self) -> Mark:
        """Return the place before the first session."""
        return Mark(0, None if self.days is None else int(self.days[0]))

    def after(self, mark: Mark, length: Parsed, what: str, times: int = 1) -> Mark:
        """Return the place that lies ``times`` lengths after (before, when negative) another.

        A place beyond the history is one: its position is below 0 or above ``total``. Raises ``SplitError`` for
        calendar time in a history without days.
        """
        if isinstance(length, Share):
            length = length.of(self.total)
        if isinstance(length, Count):
            return self._at(mark.position + times * length.sessions)
        if self.days is None or mark.day is None:
            raise SplitError(
                f"{what} is given in calendar time, but only the number of sessions is known ({self.total}): give "
                f"their dates, or a length in sessions"
            )
        day = length.day if isinstance(length, Until) else later(mark.day, length, times)
        return Mark(self._position(day), day)

    def date(self, position: int) -> date | None:
        """Return the date of a session, None where days are not known."""
        return None if self.days is None else date.fromordinal(int(self.days[position]) + EPOCH)

    def _position(self, day: int) -> int:
        assert self.days is not None
        if day > self.days[-1] + CLOSED:
            return self.total + 1
        return int(np.searchsorted(self.days, day))

    def _at(self, position: int) -> Mark:
        if self.days is None:
            return Mark(position, None)
        inside = min(max(position, 0), self.total)
        return Mark(position, int(self.days[inside]) if inside < self.total else int(self.days[-1]) + 1)


def _days(given: Any) -> npt.NDArray[np.int64]:
    if hasattr(given, "to_numpy"):
        given = given.to_numpy()
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise SplitError(f"expected a number of sessions or their dates, found {given!r}")
    array = given if isinstance(given, np.ndarray) else np.array(list(given))
    if not array.size:
        return np.empty(0, dtype=np.int64)
    if array.dtype == object:
        try:
            array = array.astype("datetime64[D]")
        except (TypeError, ValueError):
            raise SplitError(f"expected dates of sessions, found {array[0]!r}") from None
    if np.issubdtype(array.dtype, np.datetime64):
        array = array.astype("datetime64[D]").astype(np.int64)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise SplitError(f"expected dates of sessions, or days since 1970-01-01, found {array.dtype} {array.shape}")
    return array.astype(np.int64)
