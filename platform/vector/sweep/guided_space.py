"""The sets that a guided search may ask for: keys to sampler's numbers, conditions, and sets drawn at random."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lockstep.errors import SweepError
from lockstep.strategies.base import Strategy
from lockstep.vector.sweep.conditions import conditions_of, met
from lockstep.vector.sweep.grid import Table
from lockstep.vector.sweep.guided_axes import axes_of
from lockstep.vector.sweep.refusals import Refusals
from lockstep.vector.sweep.space import Space, strategy_of
from lockstep.vector.sweep.values import DTYPES, Values

Key = tuple[Any, ...]
"""A set: the values of the searched parameters, in their order."""

DRAWS = 10_000
"""Sets that are drawn at random to find one that is new and allowed."""


class GuidedSpace:
    """What a guided search chooses from."""

    def __init__(self, grid: Any, strategy: type[Strategy] | Strategy, where: Any) -> None:
        """Read the grid. Raises what ``axes_of`` and ``conditions_of`` raise."""
        self.strategy_class, defaults = strategy_of(strategy)
        kinds, name = self.strategy_class.parameters, self.strategy_class.name
        self.axes, fixed = axes_of(grid, kinds, name)
        self.fixed = {n: value for n, value in {**defaults, **fixed}.items() if n not in self.axes}
        self.conditions = conditions_of(where, kinds, name)
        self.count = math.prod(axis.count for axis in self.axes.values())
        self._written = {str(n): repr(values) for n, values in grid.items() if len(repr(values)) < 80}
        self._refusals: Refusals | None = None

    def distributions(self) -> dict[str, Any]:
        """Return Optuna's distribution of each searched parameter."""
        return {name: axis.distribution() for name, axis in self.axes.items()}

    def key(self, suggested: Mapping[str, Any]) -> Key:
        """Return the set that a sampler's numbers stand for."""
        return tuple(axis.value(suggested[name]) for name, axis in self.axes.items())

    def allowed(self, key: Key) -> bool:
        """Does a set meet the conditions, and does the strategy's own check take it?"""
        columns = self._columns([key])
        if self.conditions and not met(self.conditions, columns, self.fixed)[0]:
            return False
        if self._refusals is None:
            self._refusals = Refusals(self.strategy_class, Table(columns), self.fixed)
        values = {**self.fixed, **dict(zip(self.axes, key, strict=True))}
        return self._refusals.reason({name: values[name] for name in self.strategy_class.parameters}) is None

    def draw(self, random: np.random.Generator, known: Mapping[Key, Any]) -> dict[str, Any] | None:
        """Return a sampler's numbers for an allowed set that is not known; None where none was found."""
        for _ in range(DRAWS):
            drawn = {name: axis.draw(random) for name, axis in self.axes.items()}
            key = self.key(drawn)
            if key not in known and self.allowed(key):
                return drawn
        return None

    def example(self, seed: int) -> Space:
        """Return one set that is allowed. Raises ``SweepError`` where none is found."""
        drawn = self.draw(np.random.default_rng(seed), {})
        if drawn is None:
            raise SweepError(
                f"none of {DRAWS:,} sets drawn at random meets the conditions and {self.strategy_class.name}'s own "
                "check: widen the values or loosen the conditions"
            )
        return self.space([self.key(drawn)])

    def space(self, keys: Sequence[Key]) -> Space:
        """Return sets as the space of a sweep, in their order."""
        notes: dict[str, Any] = {"written": self._written, "guided": True}
        if self.conditions:
            notes["where"] = [condition.text for condition in self.conditions]
        return Space(self.strategy_class, Table(self._columns(keys)), self.fixed, None, notes)

    def describe(self) -> dict[str, Any]:
        """Return what is chosen from as a JSON document."""
        return {
            "strategy": self.strategy_class.name,
            "axes": {name: repr(distribution) for name, distribution in self.distributions().items()},
            "values": {name: repr(axis) for name, axis in self.axes.items()},
            "fixed": dict(self.fixed),
            "where": [condition.text for condition in self.conditions],
        }

    def _columns(self, keys: Sequence[Key]) -> dict[str, Values]:
        kinds = self.strategy_class.parameters
        columns = zip(*keys, strict=True)
        return {n: np.array(values, DTYPES[kinds[n].kind]) for n, values in zip(self.axes, columns, strict=True)}
