"""All combinations of the searched values, counted and addressed but never written out; or a list of sets as given."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.errors import ParameterError, SweepError
from lockstep.strategies.parameters import Parameter, resolve
from lockstep.strategies.registry import snake_cased
from lockstep.vector.sweep.values import DTYPES, Values, axis_values, fixed_value, is_fixed

Indices = npt.NDArray[np.int64]

LARGEST = 2**63 - 1
"""Cells of a grid are counted in int64."""


class Grid(Protocol):
    """Numbered parameter sets: 0 to ``total - 1``."""

    names: tuple[str, ...]
    axes: dict[str, Values]
    shape: tuple[int, ...]
    total: int

    def columns(self, cells: Indices) -> dict[str, Values]:
        """Return each searched parameter's values [k] in the given cells."""

    def codes(self, cells: Indices, names: Sequence[str]) -> tuple[Indices, int] | None:
        """Number the combinations of some parameters: int64[k] and how many there are; None where that is no use."""


class Product:
    """Every combination of the axes' values; the last axis turns fastest."""

    def __init__(self, axes: dict[str, Values]) -> None:
        self.axes = axes
        self.names = tuple(axes)
        self.shape = tuple(len(values) for values in axes.values())
        self.total = math.prod(self.shape)
        if self.total > LARGEST:
            sizes = " x ".join(f"{size:,}" for size in self.shape)
            raise SweepError(
                f"the grid has {sizes} = {self.total:.3g} sets, expected fewer than 2**63: take wider steps, or give "
                f"a list of sets"
            )

    def columns(self, cells: Indices) -> dict[str, Values]:
        """Return each searched parameter's values [k] in the given cells."""
        places = np.unravel_index(cells, self.shape)
        return {name: self.axes[name][place] for name, place in zip(self.names, places, strict=True)}

    def codes(self, cells: Indices, names: Sequence[str]) -> tuple[Indices, int] | None:
        """Number the combinations of some parameters."""
        total = math.prod(len(self.axes[name]) for name in names)
        if total == self.total:
            return None
        places = np.unravel_index(cells, self.shape)
        found = np.zeros(len(cells), dtype=np.int64)
        for name in names:
            found = found * len(self.axes[name]) + places[self.names.index(name)]
        return found, total


class Table:
    """Sets as they were listed, one after another."""

    def __init__(self, columns: dict[str, Values]) -> None:
        self._columns = columns
        self.names = tuple(columns)
        self.axes: dict[str, Values] = {name: _once(values) for name, values in columns.items()}
        self.total = len(next(iter(columns.values())))
        self.shape: tuple[int, ...] = (self.total,)

    def columns(self, cells: Indices) -> dict[str, Values]:
        """Return each searched parameter's values [k] in the given sets."""
        return {name: values[cells] for name, values in self._columns.items()}

    def codes(self, cells: Indices, names: Sequence[str]) -> tuple[Indices, int] | None:
        """Return None: sets that somebody listed seldom share parts."""
        del cells, names
        return None


def grid_of(
    given: Any, parameters: dict[str, Parameter], defaults: dict[str, Any], owner: str
) -> tuple[Grid, dict[str, Any]]:
    """Return what is searched, and the values of the parameters that are not.

    Raises ``ParameterError`` for unknown names and refused values, ``SweepError`` where nothing is searched.
    """
    if isinstance(given, Mapping):
        return _product(dict(given), parameters, defaults, owner)
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return _table(given, parameters, defaults, owner)
    raise SweepError(
        f"expected a grid such as {{{_example(parameters)}: [...]}} or a list of sets, found {type(given).__name__}"
    )


def _product(
    given: dict[str, Any], parameters: dict[str, Parameter], defaults: dict[str, Any], owner: str
) -> tuple[Grid, dict[str, Any]]:
    given = known_names(given, parameters, owner)
    fixed = {name: fixed_value(value, parameters[name], owner) for name, value in given.items() if is_fixed(value)}
    axes = {name: axis_values(value, parameters[name], owner) for name, value in given.items() if name not in fixed}
    if not axes:
        found = "an empty grid" if not given else f"one value for each of {', '.join(given)}"
        raise SweepError(
            f"nothing is searched: found {found}, expected several values for a parameter, as in "
            f"{{{_example(parameters)}: [...]}}; a single set is run by backtest(...)"
        )
    return Product(axes), {**{name: defaults[name] for name in parameters if name not in axes}, **fixed}


def _table(
    given: Sequence[Any], parameters: dict[str, Parameter], defaults: dict[str, Any], owner: str
) -> tuple[Grid, dict[str, Any]]:
    stray = next((one for one in given if not isinstance(one, Mapping)), None)
    if stray is not None:
        raise SweepError(
            f"a list of sets holds one mapping of names to values for each set, found {stray!r}; values of one "
            f"parameter stand under its name: {{{_example(parameters)}: [...]}}"
        )
    sets = [known_names(dict(one), parameters, owner) for one in given]
    names = tuple(dict.fromkeys(name for one in sets for name in one))
    if not names:
        raise SweepError(f"nothing is searched: found {len(sets)} sets without a value, expected at least one with")
    rows = [tuple(_cell(one.get(n, defaults[n]), parameters[n], owner) for n in names) for one in sets]
    if len(set(rows)) != len(rows):
        raise SweepError(f"the list of {len(rows)} sets holds {len(set(rows))} different ones: list each once")
    columns = {
        name: np.array(values, dtype=DTYPES[parameters[name].kind])
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    return Table(columns), {name: value for name, value in defaults.items() if name not in columns}


def _once(values: Values) -> Any:
    """Return the different values, ascending, in their own type."""
    return np.unique(values)


def _cell(value: Any, parameter: Parameter, owner: str) -> Any:
    if not is_fixed(value):
        raise SweepError(
            f"{owner}: in a list of sets each set has one value for {parameter.name!r}, found {value!r}: "
            f"give a grid of lists, not a list of grids"
        )
    return fixed_value(value, parameter, owner)


def known_names(given: dict[Any, Any], parameters: dict[str, Parameter], owner: str) -> dict[str, Any]:
    """Return values under known names in snake case; a wrong name is refused as in a strategy's constructor."""
    for name in given:
        if not isinstance(name, str):
            raise ParameterError(f"{owner}: expected names of parameters, found {name!r}")
    found = snake_cased(given, owner)
    resolve(parameters, {name: parameters[name].default if name in parameters else None for name in found}, owner)
    return found


def _example(parameters: dict[str, Parameter]) -> str:
    return repr(next(iter(parameters), "lookback"))
