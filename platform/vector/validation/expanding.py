"""Expanding walk-forward: a number of equal tests, each trained on everything before it."""

from dataclasses import asdict, dataclass
from numbers import Integral
from typing import Any

from lockstep.errors import SplitError
from lockstep.vector.validation.lengths import Count, Length, Until, gap_of, parse
from lockstep.vector.validation.sessions import Sessions
from lockstep.vector.validation.splits import Splits, split_of, written

MOST = 100_000
"""Tests of one history."""


@dataclass(frozen=True, slots=True)
class Expanding:
    """A number of equal tests at the history's end, each trained on everything before it; made by ``expanding``."""

    tests: int
    test: Length | None
    minimum: Length | None
    gap: int | float

    def over(self, sessions: Any) -> Splits:
        """Return the splits of a history, given the number of its sessions or their days.

        Raises ``SplitError`` where the history is too short, or days are needed and unknown.
        """
        history = Sessions.of(sessions)
        gap = gap_of(self.gap, history.total, "gap")
        length = self._test_length(history)
        first = history.total - self.tests * length
        self._check(history, length, first - gap)
        starts = range(first, history.total, length) if length else ()
        splits = [
            split_of(number, history, [(0, start - gap)], [(start, start + length)])
            for number, start in enumerate(starts)
        ]
        return Splits({"kind": "expanding", **written(asdict(self))}, history.total, tuple(splits))

    def _test_length(self, history: Sessions) -> int:
        if self.test is not None:
            return self._sessions(self.test, history, "test", from_end=True)
        if self.minimum is not None:
            free = history.total - self._minimum(history) - gap_of(self.gap, history.total, "gap")
            return max(free, 0) // self.tests
        return history.total // (self.tests + 1)

    def _minimum(self, history: Sessions) -> int:
        return 1 if self.minimum is None else self._sessions(self.minimum, history, "minimum", from_end=False)

    def _sessions(self, length: Length, history: Sessions, what: str, *, from_end: bool) -> int:
        """Return a length as a number of sessions: calendar time as it falls at the start, or at the end."""
        meant = parse(length, what)
        if not from_end:
            return history.after(history.start(), meant, what).position
        if isinstance(meant, Until):
            raise SplitError(f"{what} is repeated, so it must be a length, found the date {length}: say 126 or '6mo'")
        end = history.after(history.start(), Count(history.total), what)
        return history.total - max(history.after(end, meant, what, -1).position, 0)

    def _check(self, history: Sessions, length: int, trained: int) -> None:
        least = self._minimum(history)
        if length < 1 or trained < least:
            raise SplitError(
                f"{self.tests} tests of {length} sessions leave {max(trained, 0)} of {history.total} for the first "
                f"training, expected tests of at least 1 and a training of at least {least}: take fewer or "
                f"shorter tests"
            )


def expanding(
    tests: int = 5, *, test: Length | None = None, minimum: Length | None = None, gap: int | float = 0
) -> Expanding:
    """Return an anchored walk-forward of ``tests`` equal tests that together end with the history.

    A test's length is given, or follows from the ``minimum`` of the first training; without both, the history is cut
    into ``tests + 1`` parts, of which the first, with what division leaves over, is the first training (the
    convention of scikit-learn's ``TimeSeriesSplit``). Calendar time means the sessions that it holds at the history's
    end (``test``) or start (``minimum``). Raises ``SplitError``.
    """
    if not _is_count(tests):
        raise SplitError(f"tests must be a whole number from 1 to {MOST:,}, found {tests!r}")
    for what, length in (("test", test), ("minimum", minimum)):
        if length is not None:
            parse(length, what)
    gap_of(gap, 2, "gap")
    return Expanding(int(tests), test, minimum, gap)


def _is_count(tests: Any) -> bool:
    return not isinstance(tests, bool) and isinstance(tests, Integral) and 1 <= int(tests) <= MOST
