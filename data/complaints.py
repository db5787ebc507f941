"""Collecting what is wrong with a table, so that one import names all its bad rows, and in words people understand."""

import re
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from lockstep.data.rules import LISTED, Problem
from lockstep.errors import BadRowsError

ALIKE = 3
"""So many rows with the same fault are listed; a fault in a whole column would bury the others."""


class Complaints:
    """The bad rows of a table of `rows` rows: each is counted once, and the first LISTED of each kind kept in words."""

    def __init__(self, rows: int) -> None:
        self.bad = np.zeros(rows, np.bool_)
        self._listed: list[Problem] = []

    def add(self, mask: npt.NDArray[np.bool_], reason: Callable[[int], str]) -> None:
        """Mark rows of the whole table (bool[rows]); `reason(row)` is asked for the first ones not yet marked."""
        fresh = np.flatnonzero(mask & ~self.bad)[:LISTED]
        self._listed += [Problem(int(row), reason(int(row))) for row in fresh]
        self.bad |= mask

    def add_problems(self, rows: npt.NDArray[np.intp], bad: npt.NDArray[np.bool_], problems: list[Problem]) -> None:
        """Mark some of the table's `rows`: `bad` and `problems` count within them."""
        self._listed += [Problem(int(rows[problem.row]), problem.reason) for problem in problems]
        self.bad[rows[bad]] = True

    def refuse(self, where: str, locate: Callable[[int], str]) -> NoReturn:
        """Raise BadRowsError with the first bad rows by place: ALIKE of each fault, LISTED in all."""
        count, rows = int(self.bad.sum()), len(self.bad)
        listed = self._picked()
        lines = [f"  {number}. {locate(problem.row)}: {problem.reason}" for number, problem in enumerate(listed, 1)]
        if count > len(listed):
            alike = count == len(self._listed) and {_fault(p) for p in listed} == {_fault(p) for p in self._listed}
            more = "row" if count == len(listed) + 1 else "rows"
            lines.append(f"  ... and {count - len(listed)} more {more}" + (" with the same faults" if alike else ""))
        head = f"{where}: {count} of {rows} {'rows is' if count == 1 else 'rows are'} bad; nothing was imported."
        raise BadRowsError("\n".join([head + " Correct and import again:", *lines]))

    def _picked(self) -> list[Problem]:
        """Return those of the kept rows that are listed, in row order."""
        seen: Counter[str] = Counter()
        picked = []
        for problem in sorted(self._listed):
            seen[_fault(problem)] += 1
            if seen[_fault(problem)] <= ALIKE:
                picked.append(problem)
        return picked[:LISTED]


def _fault(problem: Problem) -> str:
    """Return what is wrong, without the row's own values."""
    return re.sub(r"^'[^']*'|[-+]?\d[\d.:+-]*", "#", problem.reason)
