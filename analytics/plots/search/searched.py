"""What the pictures of a search read from its Dataset: which dimension is what, the scores, and the best set."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics import FORMULAS
from lockstep.analytics.plots.style import label
from lockstep.errors import SearchViewError

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]
RUNS = ("policy", "symbol", "portfolio", "split")
"""Dimensions that are no parameters: what a set was run on or under."""

SET, BLOCK = "set", "block"
_FORMATS = {"fraction": ".2%", "currency": ",.0f", "count": ",.0f", "ratio": ".3f", "days": ",.1f"}


@dataclass(frozen=True, eq=False)
class Searched:
    """One metric of a search over all its cells; made by ``searched``."""

    dataset: "xr.Dataset"
    metric: str
    lowest: bool
    """Is the set with the lowest value the winner?"""
    parameters: tuple[str, ...]
    dims: tuple[str, ...]
    """Dimensions of ``scores``: policy, symbol ..., then the parameters, or "set"."""
    scores: Floats
    """float64[dims], nan where there is no finite value."""

    @property
    def sparse(self) -> bool:
        """Are the sets a list instead of a grid?"""
        return self.dims[-1:] == (SET,)

    @property
    def runs(self) -> tuple[str, ...]:
        """The dimensions that are no parameters."""
        return tuple(name for name in self.dims if name in RUNS)

    @property
    def synthetic(self) -> bool:
        """Were the prices generated instead of observed?"""
        return str(self.dataset.attrs.get("source", "")).strip().lower() == "synthetic"

    @property
    def title(self) -> str:
        """The metric's name for people."""
        return title_of(self.metric)

    @property
    def format(self) -> str:
        """The metric's number format, as Python and d3 read it."""
        return format_of(self.metric)

    @property
    def ticks(self) -> str:
        """The same for an axis, without trailing zeros; d3 alone reads it."""
        return ticks_of(self.format)

    @cached_property
    def winner(self) -> int | None:
        """Place of the best cell in the flattened scores; None where no cell has a value."""
        if not np.isfinite(self.scores).any():
            return None
        return int(np.nanargmin(self.scores) if self.lowest else np.nanargmax(self.scores))

    @cached_property
    def winner_places(self) -> tuple[int, ...]:
        """The winner's position along each dimension; zeros where there is none."""
        return tuple(int(place) for place in np.unravel_index(self.winner or 0, self.scores.shape))

    def values(self, name: str) -> npt.NDArray[Any]:
        """Return the values of a dimension, or of a parameter along the sets."""
        return np.asarray(self.dataset[name].values)

    def column(self, name: str, cells: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        """Return a dimension's or parameter's value in each of these flattened cells."""
        axis = self.dims.index(SET if self.sparse and name in self.parameters else name)
        places = np.unravel_index(cells, self.scores.shape)[axis]
        return np.asarray(self.values(name)[places])

    def describe(self, cell: int) -> dict[str, str]:
        """Return a cell's policy, symbol and parameters as texts; dimensions of length one are left out."""
        one = np.array([cell])
        told = [name for name in self.runs if self.dataset.sizes[name] > 1]
        return {name: word(self.column(name, one)[0]) for name in (*told, *self.parameters)}

    @cached_property
    def verdict(self) -> str:
        """The winner in words."""
        if self.winner is None:
            return f"no set has a {self.title}"
        value = f"{self.scores.flat[self.winner]:{self.format}}"
        places = ", ".join(f"{label(name)} {label(text)}" for name, text in self.describe(self.winner).items())
        return f"winner {value}: {places}"


def searched(dataset: "xr.Dataset", metric: str = "sharpe", *, lowest: bool = False) -> Searched:
    """Read one metric of a search's Dataset. Raises SearchViewError for a metric or a shape that can't be drawn."""
    if metric not in (known := metrics_of(dataset)):
        raise SearchViewError(
            f"expected a numeric metric of the search, found {metric!r}; there are: {', '.join(known) or 'none'}"
        )
    found = dataset[metric]
    runs = [name for name in RUNS if name in found.dims]
    rest = [str(name) for name in found.dims if name not in runs]
    listed = SET in rest
    dims = (*runs, *rest)
    parameters = [str(name) for name, values in dataset.coords.items() if values.dims == (SET,) and name != SET]
    if not (parameters if listed else rest) or not found.size:
        raise SearchViewError(f"expected a search with parameters and cells, found dimensions {dict(found.sizes)}")
    scores = np.array(found.transpose(*dims).values, np.float64)
    scores[~np.isfinite(scores)] = math.nan
    return Searched(dataset, metric, lowest, tuple(parameters if listed else rest), dims, scores)


def metrics_of(dataset: "xr.Dataset") -> tuple[str, ...]:
    """Return the names of the variables that hold one number a cell."""
    numbers = {str(name): values for name, values in dataset.data_vars.items() if values.dtype.kind in "fiu"}
    return tuple(name for name, values in numbers.items() if name != "status" and BLOCK not in values.dims)


def title_of(metric: str) -> str:
    """Return a metric's name for people."""
    return FORMULAS[metric].title if metric in FORMULAS else metric.replace("_", " ")


def format_of(metric: str) -> str:
    """Return a metric's number format, as Python and d3 read it."""
    return _FORMATS.get(FORMULAS[metric].unit, ".4g") if metric in FORMULAS else ".4g"


def ticks_of(shape: str) -> str:
    """Return a number format for an axis: trailing zeros are left out, which d3 alone can do."""
    return f"{shape[:-1]}~{shape[-1]}"


def word(value: Any) -> str:
    """Return a coordinate's value as text, floats with six digits."""
    plain = value.item() if isinstance(value, np.generic) else value
    return f"{plain:.6g}" if isinstance(plain, float) else str(plain)


def held_text(held: Mapping[str, str]) -> str:
    """Return which dimensions stand still in a picture, and where."""
    return ", ".join(f"{label(name)} held at {label(text)}" for name, text in held.items())
