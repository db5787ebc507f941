"""Who waits for rows of the journal to be durable, without holding up the session."""

import itertools
from collections.abc import Callable
from heapq import heappop, heappush

from lockstep.live.storage.journal import Journal

Then = Callable[[str], None]
"""Takes "", or why a row will never be durable."""


class Awaited:
    """Rows that somebody waits for, the first first. For the session's thread alone."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[tuple[int, int, Then]] = []
        self._count = itertools.count()

    def __bool__(self) -> bool:
        """Does anybody wait?"""
        return bool(self._waiting)

    def when_durable(self, row: int, then: Then) -> None:
        """Call once a row is durable, or never will be; where that is known, at once."""
        heappush(self._waiting, (row, next(self._count), then))
        self.look()  # it may have become durable before the journal's thread could see who waits for it

    def look(self) -> None:
        """Tell all whose rows are durable; all, where the journal has failed."""
        while self._waiting and (self._waiting[0][0] <= self._journal.durable or self._journal.failure):
            row, _, then = heappop(self._waiting)
            then("" if row <= self._journal.durable else self._journal.failure)
