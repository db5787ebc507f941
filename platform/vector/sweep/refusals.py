"""Sets that the strategy itself refuses, such as a fast average that is slower than the slow one.

``Strategy.check`` is Python and is asked once for each set, at about a microsecond. Where its code shows that it reads
only some of the parameters, it is asked once for each combination of those.
"""

import dis
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import LockstepError
from lockstep.strategies.base import Strategy
from lockstep.vector.sweep.grid import Grid, Indices

REMEMBERED = 1 << 24
"""Combinations whose answers are kept, at a byte each."""

UNKNOWN, ALLOWED, REFUSED = 0, 1, 2
"""What is remembered of a combination."""

_INSIDE = {"locals", "vars", "eval", "exec", "dir"}
"""Functions through which a function can read its argument without its code showing it."""


class Refusals:
    """Asks ``Strategy.check`` about the sets of a grid, and remembers."""

    def __init__(self, strategy: type[Strategy], grid: Grid, fixed: dict[str, Any]) -> None:
        self._strategy = strategy
        self._grid = grid
        self._fixed = fixed
        self._reads = tuple(name for name in reads(strategy.check, tuple(strategy.parameters)) if name in grid.names)
        self._remembered: npt.NDArray[np.int8] | None = None

    def among(self, cells: Indices) -> npt.NDArray[np.bool_]:
        """Return bool[k]: which of the cells are refused."""
        if self._strategy.check is Strategy.check:
            return np.zeros(len(cells), dtype=np.bool_)
        numbered = self._grid.codes(cells, self._reads)
        if numbered is None or numbered[1] > REMEMBERED:
            return self._ask(cells)
        codes, total = numbered
        if self._remembered is None:
            self._remembered = np.full(total, UNKNOWN, dtype=np.int8)
        open_cells = np.flatnonzero(self._remembered[codes] == UNKNOWN)
        asked, first = np.unique(codes[open_cells], return_index=True)
        self._remembered[asked] = np.where(self._ask(cells[open_cells[first]]), REFUSED, ALLOWED)
        found: npt.NDArray[np.bool_] = self._remembered[codes] == REFUSED
        return found

    def reason(self, values: dict[str, Any]) -> str | None:
        """Return why a set is refused, None for one that is not."""
        try:
            self._strategy.check(self._strategy.Params(**values))
        except LockstepError as error:
            return str(error)
        except Exception as error:  # whatever a check that was not written for such values raises
            return f"{self._strategy.name}: its check raised {type(error).__name__}: {error}"
        return None

    def _ask(self, cells: Indices) -> npt.NDArray[np.bool_]:
        columns = self._grid.columns(cells)
        every: list[Iterable[Any]] = [
            columns[name].tolist() if name in columns else repeat(self._fixed[name], len(cells))
            for name in self._strategy.parameters
        ]
        check, make = self._strategy.check, self._strategy.Params._make  # type: ignore[attr-defined]
        refused = bytearray(len(cells))
        for place, row in enumerate(zip(*every, strict=True)):
            try:
                check(make(row))
            except Exception:  # told by reason()
                refused[place] = 1
        return np.frombuffer(refused, dtype=np.bool_)


def reads(function: Callable[..., Any], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return which fields of its first argument a function can read, as far as its code shows; else all ``names``.

    The code shows it when the argument is only ever followed by the name of a field: it is then handed to nobody else.
    """
    code = getattr(function, "__code__", None)
    if code is None or not code.co_argcount or _INSIDE & set(code.co_names):
        return names
    argument, found = code.co_varnames[0], set()
    steps = list(dis.get_instructions(code))
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        if not _mentions(step.argval, argument):
            continue
        is_read = step.opname == "LOAD_FAST" or step.opname.startswith("LOAD_FAST_BORROW")
        if not is_read or step.argval != argument or after is None or after.opname != "LOAD_ATTR":
            return names
        if after.argval not in names:
            return names
        found.add(after.argval)
    return tuple(name for name in names if name in found)


def _mentions(value: Any, argument: str) -> bool:
    return value == argument or (isinstance(value, tuple) and argument in value)
