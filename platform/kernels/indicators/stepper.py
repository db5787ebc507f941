"""Indicators one bar at a time, by the very loop that runs whole arrays."""

from typing import Any

import numpy as np

from lockstep.errors import StrategyError
from lockstep.kernels.indicators.batch import prepare, result_type
from lockstep.kernels.indicators.catalogue import INTEGERS, find
from lockstep.kernels.layout import Packed


class Stepper:
    """An indicator that takes bars as they come and gives the same bits as ``compute`` over all of them."""

    def __init__(self, name: str, /, **parameters: Any) -> None:
        """Bind an indicator and its parameters. Raises ``StrategyError`` as ``compute`` does."""
        self.name = name
        self.inputs = find(name).inputs
        self._state, self._run = prepare(name, parameters)
        self._columns = [np.zeros(1, np.int64 if i in INTEGERS else np.float64) for i in self.inputs]
        self._outputs = np.empty((len(find(name).outputs), 1))
        self._result = result_type(name)

    def push(self, *values: float) -> Any:
        """Take one bar's inputs, in the order of ``inputs``; return a float, or a named tuple of floats."""
        if len(values) != len(self._columns):
            raise StrategyError(
                f"{self.name} reads {', '.join(self.inputs)}; found {len(values)} values: give all {len(self.inputs)}"
            )
        for column, value in zip(self._columns, values, strict=True):
            column[0] = value
        self._run(*self._state, self._outputs, *self._columns)
        results = self._outputs[:, 0].tolist()
        return results[0] if len(results) == 1 else self._result(*results)

    @property
    def state(self) -> Packed:
        """A copy of the state at rest: four arrays, enough to go on from here in another process."""
        floats, integers, arena, offsets = self._state
        return Packed(floats.copy(), integers.copy(), arena.copy(), offsets.copy())

    @state.setter
    def state(self, packed: Packed) -> None:
        """Go on from a state of the same indicator. Raises ``StrategyError`` when it has another shape."""
        found, expected = ([part.shape for part in p] for p in (packed, self._state))
        if found != expected:
            raise StrategyError(
                f"the state must have arrays of shapes {expected}, found {found}: "
                f"restore it into the same indicator with the same parameters"
            )
        for mine, given in zip(self._state, packed, strict=True):
            mine[:] = given
