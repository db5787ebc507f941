"""Parameter sets with the states they start from, made one by one as plain Python."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import SweepError
from lockstep.kernels.layout import Layout
from lockstep.kernels.rebind import Rebinder
from lockstep.strategies.base import Strategy


class Sets(NamedTuple):
    """Some of a sweep's parameter sets."""

    places: npt.NDArray[np.int64]
    """int64[n]: which they are."""
    params: list[Any]
    states: list[Any]
    """Before the first bar."""
    warm_ups: list[int]

    def some(self, chosen: npt.NDArray[np.int64]) -> "Sets":
        """Return those at some positions."""
        return Sets(self.places[chosen], *([column[i] for i in chosen] for column in self[1:]))


def made(
    strategy_class: type[Strategy], columns: Mapping[str, npt.NDArray[Any]], number: int
) -> tuple[Sets, dict[int, str]]:
    """Return (all sets that could be made, what was raised by the others).

    ``columns`` holds each parameter's values [number]. Raises ``SweepError`` for a strategy that does not see one
    symbol at a time.
    """
    if strategy_class.cross_sectional or strategy_class.event_driven:
        raise SweepError(f"{strategy_class.name} does not see one symbol at a time, as sets side by side must")
    init, parameters = Rebinder({})(strategy_class.init), strategy_class.parameters
    listed = [[one.kind(value) for value in columns[name].tolist()] for name, one in parameters.items()]
    places: list[int] = []
    found: list[tuple[Any, Any, int]] = []
    failed: dict[int, str] = {}
    for place in range(number):
        params = strategy_class.Params(*(values[place] for values in listed))
        try:
            found.append((params, init(params), int(strategy_class.warm_up(params))))
        except Exception as error:  # whatever a user's code raises: the other sets are run
            failed[place] = f"{type(error).__name__}: {error}"
            continue
        places.append(place)
    params, states, warm_ups = (list(column) for column in zip(*found, strict=True)) if found else ([], [], [])
    return Sets(np.array(places, np.int64), params, states, warm_ups), failed


def alike(sets: Sets, name: str) -> tuple[list[Sets], dict[int, str]]:
    """Return (the sets in parts whose states have one layout, why others have none).

    Compiled code is made for one layout: an ``init`` may return a whole number for one set and a fraction for another.
    """
    kinds = _kinds_of(sets.states[0])
    first = kinds(sets.states[0])
    try:
        if all(kinds(state) == first for state in sets.states):
            return [sets], {}
    except (IndexError, TypeError, AttributeError):
        pass  # another shape
    places: dict[Any, list[int]] = {}
    failed: dict[int, str] = {}
    for at, state in enumerate(sets.states):
        try:
            places.setdefault(Layout(state, f"{name} state").tree, []).append(at)
        except TypeError as error:
            failed[int(sets.places[at])] = f"{type(error).__name__}: {error}"
    return [sets.some(np.array(part)) for part in places.values()], failed


def _kinds_of(example: Any) -> Callable[[Any], Any]:
    """Return a function of a state for the types of all that an example has: four times as fast as walking down."""
    found: list[str] = []

    def walk(value: Any, path: str) -> None:
        found.append(f"type({path})")
        if isinstance(value, tuple):
            found.append(f"len({path})")
            for i, part in enumerate(value):
                walk(part, f"{path}[{i}]")
        elif isinstance(value, np.ndarray):
            found.extend((f"{path}.ndim", f"{path}.dtype"))

    walk(example, "state")
    scope: dict[str, Callable[[Any], Any]] = {}
    exec(f"def kinds(state):\n    return ({', '.join(found)},)\n", scope)
    return scope["kinds"]
