"""What is wrong with a feed: counted by kind, the first of each with its place."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from enum import Enum

import numpy as np
import numpy.typing as npt

from lockstep.errors import (
    BackwardTimeError,
    CrossedBookError,
    OffTickError,
    OrderStateError,
    SequenceGapError,
    TickError,
    TickSizeError,
    TruncatedTicksError,
    UnreadableTicksError,
)

MEND = "Mend the file, or go on without such events by strict=False (--tolerant)"
LISTED = 5
"""So many places of each trouble are kept."""

Place = Callable[[int], str]
"""Tells where a row of a batch stood in its file: 'FILE, line 17' or 'FILE, byte 4096'."""


class Trouble(Enum):
    """A kind of trouble: how it is called, and the error that a strict import stops with."""

    TRUNCATED = "cut short", TruncatedTicksError
    UNREADABLE = "unreadable", UnreadableTicksError
    BACKWARD = "time before that of the event before", BackwardTimeError
    GAP = "missing sequence numbers", SequenceGapError
    REPEATED = "sequence numbers seen before", SequenceGapError
    OFF_TICK = "price between two ticks", OffTickError
    OFF_LOT = "size between two lots", OffTickError
    BAD_SIZE = "size zero or below", TickSizeError
    CROSSED = "bid at or above ask", CrossedBookError
    ORDER = "at odds with the order it names", OrderStateError
    UNKNOWN_ORDER = "order never seen", OrderStateError

    def __init__(self, words: str, error: type[TickError]) -> None:
        self.words = words
        self.error = error


class Findings:
    """Trouble met while reading a feed: `counts` of events by kind, `places` of the first LISTED of each in words.

    With `strict` the first `add` raises the trouble's TickError; `note` counts what is no fault of the feed and never
    raises, and so does `add` for the kinds of trouble that are `lawful` in this feed. The importer sets `strict` on the
    findings of the reader that it is given. `cures` say what to do where mending the file is none.

    `excerpt` says that the feed may begin in the middle, so that orders never seen are no fault of it: the importer
    notes them. It is so of every feed unless its reader says that it is whole.

    `remarks` are sentences on the feed as a whole.
    """

    def __init__(
        self, *, strict: bool = False, lawful: Collection[Trouble] = (), cures: Mapping[Trouble, str] | None = None,
        excerpt: bool = True,
    ) -> None:  # fmt: skip
        self.strict, self.excerpt = strict, excerpt
        self.lawful = frozenset(lawful)
        self.cures = dict(cures or {})
        self.counts: Counter[Trouble] = Counter()
        self.places: dict[Trouble, list[str]] = {}
        self.remarks: list[str] = []

    def __repr__(self) -> str:
        told = ", ".join(f"{trouble.name.lower()}: {count}" for trouble, count in self.counts.items())
        return f"<Findings: {told or 'nothing wrong'}>"

    def add(self, trouble: Trouble, place: str, what: str, count: int = 1) -> None:
        """Count `count` events from `place` on; `what` says what was expected and found there.

        Raises the trouble's TickError when strict.
        """
        self.note(trouble, place, what, count)
        if self.strict and trouble not in self.lawful:
            raise trouble.error(f"{place}: {what}; nothing was imported. {self.cures.get(trouble, MEND)}")

    def note(self, trouble: Trouble, place: str, what: str, count: int = 1) -> None:
        """Count events that are handled as the documentation says, also in a strict import."""
        self.counts[trouble] += count
        listed = self.places.setdefault(trouble, [])
        if len(listed) < LISTED:
            listed.append(f"{place}: {what}")

    def count_with(self, other: "Findings") -> None:
        """Count together with another reader's findings from now on.

        What is lawful in one feed is so in both; orders never seen are a fault where they are one of either.
        """
        self.counts, self.places, self.remarks = other.counts, other.places, other.remarks
        self.lawful = other.lawful = self.lawful | other.lawful
        self.excerpt = other.excerpt = self.excerpt and other.excerpt
        self.cures = other.cures = self.cures | other.cures

    def note_rows(
        self, trouble: Trouble, marked: npt.NDArray[np.bool_], place: Place, what: Callable[[int], str]
    ) -> None:
        """Count the marked rows of a batch, bool[n], as `note` does."""
        strict, self.strict = self.strict, False
        self.add_rows(trouble, marked, place, what)
        self.strict = strict

    def add_rows(self, trouble: Trouble, bad: npt.NDArray[np.bool_], place: Place, what: Callable[[int], str]) -> None:
        """Count the marked rows of a batch, bool[n]; `place` and `what` are asked for the first of them only.

        Raises the trouble's TickError when strict and any is marked.
        """
        rows = np.flatnonzero(bad)
        room = max(LISTED - len(self.places.get(trouble, ())), 1)
        for row in rows[:room].tolist():
            self.add(trouble, place(row), what(row))
        if len(rows) > room:
            self.counts[trouble] += len(rows) - room

    def lines(self) -> list[str]:
        """Return the findings in words, a line for each kind of trouble and one for each place kept."""
        told = []
        for trouble, count in self.counts.items():
            told.append(f"{count} {'event' if count == 1 else 'events'}: {trouble.words}")
            told += [f"  {place}" for place in self.places[trouble]]
            if count > len(self.places[trouble]):
                told.append(f"  ... and {count - len(self.places[trouble])} more")
        return told + self.remarks
