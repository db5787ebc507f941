"""Cross-validation in time: every part of a history is tested, alone or in combinations, on what was chosen elsewhere.

Lopez de Prado, Advances in Financial Machine Learning (2018): purging and embargo in chapter 7, combinatorial purged
cross-validation (CPCV) and its paths in chapter 12.
"""

from dataclasses import asdict, dataclass
from itertools import combinations, pairwise
from math import comb
from numbers import Integral
from typing import Any

from lockstep.errors import SplitError
from lockstep.vector.validation.lengths import gap_of
from lockstep.vector.validation.sessions import Range, Sessions
from lockstep.vector.validation.splits import Splits, split_of

MOST = 100_000
"""Splits of one history; C(18, 9) is 48,620."""


@dataclass(frozen=True, slots=True)
class CombinatorialPurged:
    """Tests on every choice of ``k_test`` of ``n_groups`` parts; made by ``combinatorial_purged``."""

    n_groups: int
    k_test: int
    purge: int | float
    embargo: int | float

    def over(self, sessions: Any) -> Splits:
        """Return the splits of a history, given the number of its sessions or their days.

        Raises ``SplitError`` for fewer sessions than groups, and when purge and embargo leave nothing to train on.
        """
        history = Sessions.of(sessions)
        groups = parts(history.total, self.n_groups)
        before = gap_of(self.purge, history.total, "purge")
        after = before + gap_of(self.embargo, history.total, "embargo")
        splits = []
        for number, chosen in enumerate(combinations(range(self.n_groups), self.k_test)):
            test = [groups[group] for group in chosen]
            train = outside(history.total, test, before, after)
            splits.append(split_of(number, history, train, test, chosen))
        paths = paths_of(self.n_groups, self.k_test)
        kind = "purged_k_fold" if self.k_test == 1 else "combinatorial_purged"
        return Splits({"kind": kind, **asdict(self)}, history.total, tuple(splits), groups, paths)


def purged_k_fold(k: int = 5, *, purge: int | float = 0, embargo: int | float = 0) -> CombinatorialPurged:
    """Return a cross-validation that tests each of ``k`` equal parts once, on what was chosen on the others.

    ``purge`` sessions on both sides of a test are not trained on: as many as a decision's outcome lasts (a position is
    held, a label looks ahead), so that none reaches from one into the other. After a test ``embargo`` sessions more are
    left out, for what follows from it by serial correlation. Both are numbers of sessions or shares of the history,
    rounded down. Raises ``SplitError``.
    """
    _counts(k, 1, "k")
    return _checked(k, 1, purge, embargo)


def combinatorial_purged(
    n_groups: int = 6, k_test: int = 2, *, purge: int | float = 0, embargo: int | float = 0
) -> CombinatorialPurged:
    """Return a cross-validation that tests every choice of ``k_test`` of ``n_groups`` equal parts.

    C(n, k) splits, whose tests make C(n, k) * k / n whole paths through the history: 6 and 2 give 15 splits and 5
    paths. ``purge`` and ``embargo`` as for ``purged_k_fold``. Raises ``SplitError``.
    """
    _counts(n_groups, k_test, "n_groups")
    if comb(n_groups, k_test) > MOST:
        raise SplitError(
            f"{n_groups} groups of which {k_test} are tested make {comb(n_groups, k_test):,} splits, expected at most "
            f"{MOST:,}: take fewer groups, or fewer in each test"
        )
    return _checked(n_groups, k_test, purge, embargo)


def parts(total: int, count: int) -> tuple[Range, ...]:
    """Return ``count`` ranges of which none is longer than another by more than 1; the first ones are the longer."""
    if total < count:
        raise SplitError(f"{total} sessions can't be cut into {count} groups: take at most {total}")
    size, longer = divmod(total, count)
    starts = [number * size + min(number, longer) for number in range(count + 1)]
    return tuple(pairwise(starts))


def outside(total: int, test: list[Range], before: int, after: int) -> list[Range]:
    """Return what is left of a history without the tests, ``before`` sessions before and ``after`` after each."""
    left, at = [], 0
    for start, stop in test:
        if at < start - before:
            left.append((at, start - before))
        at = max(at, stop + after)
    if at < total:
        left.append((at, total))
    return left


def paths_of(n_groups: int, k_test: int) -> tuple[tuple[int, ...], ...]:
    """Return int[C(n - 1, k - 1)][n]: the split that supplies each group of each path.

    Path ``p`` takes of each group its test number ``p`` among the splits in order (Lopez de Prado 2018, fig. 12.2).
    """
    supplies: list[list[int]] = [[] for _ in range(n_groups)]
    for number, chosen in enumerate(combinations(range(n_groups), k_test)):
        for group in chosen:
            supplies[group].append(number)
    return tuple(zip(*supplies, strict=True))


def _counts(groups: Any, tested: Any, what: str) -> None:
    for name, count in ((what, groups), ("k_test", tested)):
        if isinstance(count, bool) or not isinstance(count, Integral):
            raise SplitError(f"{name} must be a whole number, found {count!r}")
    if groups < 2 or not 1 <= tested < groups:
        raise SplitError(
            f"expected at least 2 groups, of which at least 1 is tested and 1 is not, found {what}={groups}"
            + ("" if what == "k" else f" and k_test={tested}")
        )


def _checked(groups: int, tested: int, purge: int | float, embargo: int | float) -> CombinatorialPurged:
    for what, given in (("purge", purge), ("embargo", embargo)):
        gap_of(given, 2, what)
    return CombinatorialPurged(int(groups), int(tested), purge, embargo)
