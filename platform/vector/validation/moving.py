"""Walk-forward: choose on the past, test on what comes next, move on.

There are two kinds under three names. A rolling window keeps its length (Pardo, The Evaluation and Optimization of
Trading Strategies, 2nd ed. 2008). An anchored one keeps its start and grows; statisticians call the same expanding (the
training sets of Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed. 2021, sec. 5.10). Here
``anchored`` is told how long the first training is, and ``expanding``, in its own module, how many tests there are.
"""

from dataclasses import asdict, dataclass
from typing import Any

from lockstep.errors import SplitError
from lockstep.vector.validation.lengths import Count, Length, Parsed, Until, gap_of, parse
from lockstep.vector.validation.sessions import Mark, Sessions
from lockstep.vector.validation.splits import Split, Splits, split_of, written

MOST = 100_000
"""Splits of one history."""


@dataclass(frozen=True, slots=True)
class Moving:
    """Training of a given length, then a test, again and again; made by ``rolling`` or ``anchored``."""

    grows: bool
    train: Length
    test: Length
    step: Length | None
    gap: int | float
    partial: bool

    def over(self, sessions: Any) -> Splits:
        """Return the splits of a history, given the number of its sessions or their days.

        Raises ``SplitError`` where not even one test fits, and where days are needed and unknown.
        """
        history = Sessions.of(sessions)
        walk = _walk_over(history, self)
        splits: list[Split] = []
        while (split := walk.split(len(splits))) is not None:
            splits.append(split)
            if len(splits) > MOST:
                raise SplitError(f"expected at most {MOST:,} splits, found more: take a longer step")
        if not splits:
            raise self._too_short(history)
        return Splits(self._definition(), history.total, tuple(splits))

    def _too_short(self, history: Sessions) -> SplitError:
        span = f" from {history.date(0)} to {history.date(history.total - 1)}" if history.days is not None else ""
        return SplitError(
            f"training over {self.train} and testing over {self.test} does not fit once into {history.total} "
            f"sessions{span}: take shorter ones, or a longer history"
        )

    def _definition(self) -> dict[str, Any]:
        return {"kind": "anchored" if self.grows else "rolling", **written(asdict(self))}


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk-forward through one history. Tests are counted from the first, so that nothing adds up to a drift."""

    history: Sessions
    asked: Moving
    first: Mark
    """Where the first test starts."""
    train: Parsed
    test: Parsed
    gap: int

    def split(self, number: int) -> Split | None:
        """Return one split, None when the history does not reach to its end."""
        start, stop = self._start(number), self._stop(number)
        total = self.history.total
        if start.position >= total or (stop.position > total and not self.asked.partial):
            return None
        if stop.position <= start.position or (number and start.position <= self._start(number - 1).position):
            where = self.history.date(start.position) or f"session {start.position}"
            raise SplitError(
                f"test {number + 1} holds no session of its own at {where}: take a longer test or step, or give them "
                f"in sessions"
            )
        begin, end = self._train_start(number, start), start.position - self.gap
        return split_of(
            number, self.history, [(begin, end)] if begin < end else [], [(start.position, min(stop.position, total))]
        )

    def _start(self, number: int) -> Mark:
        if number == 0:
            return self.first
        step = self.test if self.asked.step is None else parse(self.asked.step, "step")
        return self.history.after(self.first, step, "step", number)

    def _stop(self, number: int) -> Mark:
        # The next test's start where tests follow one another: a month after 31 January and 28 February differ.
        if self.asked.step is None:
            return self._start(number + 1)
        return self.history.after(self._start(number), self.test, "test")

    def _train_start(self, number: int, start: Mark) -> int:
        if self.asked.grows or number == 0:
            return 0
        stop = self.history.after(start, Count(self.gap), "gap", -1) if self.gap else start
        return max(self.history.after(stop, self.train, "train", -1).position, 0)


def _walk_over(history: Sessions, asked: Moving) -> _Walk:
    train, test = parse(asked.train, "train"), parse(asked.test, "test")
    gap = gap_of(asked.gap, history.total, "gap")
    stop = history.after(history.start(), train, "train")
    # Not across a gap of none: the place would move from the calendar day it stands for to a session's day.
    first = history.after(stop, Count(gap), "gap") if gap else stop
    if isinstance(train, Until):
        train = Count(_held(stop.position, asked.train, "train"))
    if isinstance(test, Until):
        end = min(history.after(first, test, "test").position, history.total)
        test = Count(_held(end - first.position, asked.test, "test"))
    return _Walk(history, asked, first, train, test, gap)


def _held(sessions: int, length: Length, what: str) -> int:
    """Return how many sessions a date leaves; all later windows are as long."""
    if sessions < 1:
        raise SplitError(f"{what} up to {length} holds no session: take a later date")
    return sessions


def rolling(
    train: Length, test: Length, step: Length | None = None, *, gap: int | float = 0, partial: bool = False
) -> Moving:
    """Return a walk-forward whose training keeps its length and moves on by ``step``, which is ``test`` unless given.

    Lengths are sessions (252), a share of them (0.5), calendar time ("180d", "6mo", "2y", "P1Y6M") or, for the first
    training and test, a date (up to it, without it). ``gap`` sessions between training and test belong to neither.
    A last test that the history does not fill is left out, or with ``partial`` kept. Raises ``SplitError``.
    """
    return _walk(False, train, test, step, gap, partial)


def anchored(
    train: Length, test: Length, step: Length | None = None, *, gap: int | float = 0, partial: bool = False
) -> Moving:
    """Return a walk-forward that always trains from the history's start: first over ``train``, then over ever more.

    Arguments and errors as for ``rolling``.
    """
    return _walk(True, train, test, step, gap, partial)


def _walk(grows: bool, train: Length, test: Length, step: Length | None, gap: int | float, partial: bool) -> Moving:
    for what, length in (("train", train), ("test", test), ("step", step)):
        if length is not None:
            parse(length, what)
    if step is not None and isinstance(parse(step, "step"), Until):
        raise SplitError(f"step is repeated, so it must be a length, found the date {step}: say 126, 0.1 or '6mo'")
    gap_of(gap, 2, "gap")
    return Moving(grows, train, test, step, gap, partial)
