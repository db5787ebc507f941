"""What a sweep searches: which sets of parameters, in which order, and why some are left out."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import StrategyError, SweepError
from lockstep.strategies.base import Strategy
from lockstep.vector.sweep.conditions import Condition, conditions_of
from lockstep.vector.sweep.grid import Grid, Indices, Product, grid_of
from lockstep.vector.sweep.kept import kept_cells
from lockstep.vector.sweep.refusals import Refusals
from lockstep.vector.sweep.values import Values, is_fixed

DENSE = 10_000_000
"""A grid of more cells is not laid out with a dimension for each parameter."""

LEAST_FILLED = 0.25
"""Nor is one of which conditions leave a smaller share."""

ASKED = 1 << 17
"""Sets checked together."""

Truths = npt.NDArray[np.bool_]


class Space:
    """Parameter sets of one strategy, numbered 0 to ``size - 1``.

    Made by ``Space.of``. What is kept are the values of each axis and the cells that conditions and chance left over;
    the product of the axes is never written out. A space can be pickled when its strategy's class can.
    """

    strategy_class: type[Strategy]
    names: tuple[str, ...]
    """The searched parameters, in the order they were given; the last turns fastest."""
    axes: dict[str, Values]
    """Values of each, int64, float64 or bool, in the given order."""
    shape: tuple[int, ...]
    fixed: dict[str, Any]
    """The other parameters: given as one value, or at their defaults."""
    size: int
    """How many sets are kept, refused ones included."""
    total: int
    """How many cells the full grid has."""
    sparse: bool
    """True: laid out along one dimension "set"; False: a dimension for each searched parameter."""

    def __init__(
        self,
        strategy_class: type[Strategy],
        grid: Grid,
        fixed: dict[str, Any],
        kept: Indices | None,
        notes: dict[str, Any],
    ) -> None:
        self.strategy_class = strategy_class
        self.names, self.axes, self.shape, self.total = grid.names, grid.axes, grid.shape, grid.total
        self.fixed = fixed
        self.size = grid.total if kept is None else len(kept)
        self._made_of = (strategy_class, grid, fixed, kept, notes)
        self._grid, self._kept, self._notes = grid, kept, notes
        self._refusals = Refusals(strategy_class, grid, fixed)
        too_thin = self.size < LEAST_FILLED * grid.total
        drawn = "subset" in notes
        self.sparse = drawn or too_thin or grid.total > DENSE or not isinstance(grid, Product)

    @classmethod
    def of(
        cls,
        grid: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        strategy: type[Strategy] | Strategy,
        *,
        where: Any = None,
        subset: float | None = None,
        seed: int = 0,
    ) -> "Space":
        """Return the sets that ``grid`` means for a strategy's class, or for an instance whose values are the defaults.

        ``grid`` maps names of parameters (``entry_z_score`` or ``entryZScore``) to values: a list, tuple, range,
        array, Series, ``span(low, high, step)``, ``log_span(low, high, count)``, or one value that stays; or it is a
        list of sets. ``where`` is a condition, such as ``lambda fast, slow: 2 * fast < slow``, or a list of them.
        ``subset`` takes that many sets (500), or that share (0.1), at random and reproducibly by ``seed``; where a
        grid is too large to look through, a share is one of the cells drawn before conditions are asked.

        Sets that the strategy's own ``check`` refuses are kept and marked: see ``refused``. Raises ``ParameterError``
        for unknown names and values that a parameter refuses, ``SweepError`` for what leaves nothing to search.
        """
        kind, defaults = strategy_of(strategy)
        found, fixed = grid_of(grid, kind.parameters, defaults, kind.name)
        conditions = conditions_of(where, kind.parameters, kind.name)
        notes = _notes(grid, conditions, subset, seed)
        return cls(kind, found, fixed, kept_cells(found, fixed, conditions, subset, seed), notes)

    @cached_property
    def cells(self) -> Indices:
        """int64[size]: the cell of each kept set in the full grid, ascending; made when first asked for."""
        return np.arange(self.total) if self._kept is None else self._kept

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions that results have."""
        return ("set",) if self.sparse else self.names

    def cells_between(self, start: int = 0, stop: int | None = None) -> Indices:
        """Return int64[stop - start] cells of the sets ``start`` to ``stop - 1``, without making all of them."""
        stop = self.size if stop is None else min(stop, self.size)
        return np.arange(start, stop) if self._kept is None else self._kept[start:stop]

    def columns(self, start: int = 0, stop: int | None = None) -> dict[str, Values]:
        """Return each searched parameter's values [stop - start] in the sets ``start`` to ``stop - 1``."""
        return self._grid.columns(self.cells_between(start, stop))

    def values(self, start: int = 0, stop: int | None = None) -> dict[str, Values]:
        """Return every parameter's values [stop - start] in the sets ``start`` to ``stop - 1``."""
        searched = self.columns(start, stop)
        number = len(next(iter(searched.values())))
        kinds = self.strategy_class.parameters
        return {
            name: searched[name] if name in searched else np.full(number, self.fixed[name], kinds[name].kind)
            for name in kinds
        }

    def params(self, index: int) -> dict[str, Any]:
        """Return all parameters of one set as Python values, in the strategy's order."""
        place = self._place(index)
        found = {name: values[0].item() for name, values in self.columns(place, place + 1).items()}
        return {name: found[name] if name in found else self.fixed[name] for name in self.strategy_class.parameters}

    def strategy(self, index: int) -> Strategy:
        """Return the strategy of one set; raises ``ParameterError`` where it refuses the set."""
        return self.strategy_class(**self.params(index))

    def refused_between(self, start: int = 0, stop: int | None = None) -> Truths:
        """Return bool[stop - start]: which of the sets ``start`` to ``stop - 1`` the strategy's ``check`` refuses."""
        return self._refusals.among(self.cells_between(start, stop))

    @cached_property
    def refused(self) -> Truths:
        """bool[size]: which sets the strategy's ``check`` refuses; asked when first needed."""
        parts = [self.refused_between(at, at + ASKED) for at in range(0, self.size, ASKED)]
        return np.concatenate(parts)

    def reason(self, index: int) -> str | None:
        """Return why the strategy refuses a set, None for one that it takes."""
        return self._refusals.reason(self.params(index))

    def describe(self) -> dict[str, Any]:
        """Return what is searched as a JSON document."""
        return {
            "strategy": self.strategy_class.name,
            "parameters": {name: values.tolist() for name, values in self.axes.items()},
            "fixed": dict(self.fixed),
            "cells": self.total,
            "sets": self.size,
            "dims": list(self.dims),
            **self._notes,
        }

    def identity(self) -> str:
        """Return the SHA-256 of the sets in their order: equal for equal searches, however they were written."""
        hashed = hashlib.sha256(repr((self.strategy_class.name, sorted(self.fixed.items()), self.names)).encode())
        for name, values in self._written().items():
            hashed.update(f"{name} {values.dtype.str} {len(values)};".encode())
            hashed.update(np.ascontiguousarray(values).tobytes())
        return hashed.hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        # Answers that were worked out on the way can be large and are had again for the asking.
        return Space, self._made_of

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        axes = " x ".join(f"{name} {len(values):,}" for name, values in self.axes.items())
        return f"<Space of {self.strategy_class.__name__}: {self.size:,} of {self.total:,} sets ({axes})>"

    def _written(self) -> dict[str, Values]:
        if not isinstance(self._grid, Product):
            return self._grid.columns(self.cells)
        return self.axes if self._kept is None else {**self.axes, "cells": self._kept}

    def _place(self, index: int) -> int:
        if not -self.size <= index < self.size:
            raise SweepError(f"there are {self.size:,} sets, numbered from 0, found {index!r}")
        return index % self.size


def strategy_of(given: Any) -> tuple[type[Strategy], dict[str, Any]]:
    """Return a strategy's class, and the values of what is not searched. Raises ``SweepError``, ``StrategyError``."""
    if isinstance(given, Strategy):
        return type(given), given.params._asdict()
    if isinstance(given, type) and issubclass(given, Strategy):
        if not given.parameters:
            raise StrategyError(f"{given.__name__} has no parameters to search: run it once with backtest(...)")
        return given, {name: parameter.default for name, parameter in given.parameters.items()}
    raise SweepError(f"expected a strategy's class, such as EmaCross, found {given!r}")


def _notes(grid: Any, conditions: tuple[Condition, ...], subset: Any, seed: Any) -> dict[str, Any]:
    """Return how the search was written, as far as the values alone don't say it."""
    found: dict[str, Any] = {}
    if isinstance(grid, Mapping):
        found["written"] = {str(name): repr(v) for name, v in grid.items() if not is_fixed(v) and len(repr(v)) < 80}
    if conditions:
        found["where"] = [condition.text for condition in conditions]
    if subset is not None:
        found |= {"subset": int(subset) if isinstance(subset, Integral) else float(subset), "seed": int(seed)}
    return found
