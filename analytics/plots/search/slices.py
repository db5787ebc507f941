"""Flat slices through a grid of more than two dimensions: two lie in the picture, the others are chosen by controls."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.search.searched import Floats, Searched, word
from lockstep.analytics.plots.thin import spread
from lockstep.errors import SearchViewError

SIDE = 200
"""A slice has so many cells a side at most; of longer ones neighbours are drawn as one, the best of them."""

SLICES, CELLS = 240, 200_000
"""So many slices, and cells in all of them, lie in a picture at most."""


class Axis(NamedTuple):
    """One side of the picture: the dimension, and a text for each of its cells."""

    name: str
    texts: tuple[str, ...]
    pooled: int = 1
    """Values that one cell stands for."""


class Control(NamedTuple):
    """What a slider or a list chooses: the dimension, the positions that can be chosen, their texts, the first."""

    name: str
    places: tuple[int, ...]
    texts: tuple[str, ...]
    start: int
    total: int


@dataclass(frozen=True, eq=False)
class Slices:
    """All slices: ``values`` is float64[one axis for each control..., up, across]."""

    across: Axis
    up: Axis
    controls: tuple[Control, ...]
    held: dict[str, str]
    """Dimensions that stand still: name to the value at which."""
    values: Floats
    status: npt.NDArray[np.int8] | None
    """The same shape; None where cells are pooled, or nothing is known."""
    winner: tuple[int, int] | None
    """The winner's place (across, up) in the slice that the controls start at."""

    @property
    def start(self) -> tuple[int, ...]:
        """The slice that is shown first: the winner's."""
        return tuple(control.start for control in self.controls)

    def states(self) -> Iterator[tuple[int, ...]]:
        """Return each slice's position along the controls."""
        return product(*(range(len(control.places)) for control in self.controls))

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of cells and values that are not shown one by one."""
        found = [
            f"{axis.name}: each cell is the best of {axis.pooled} values" for axis in (self.across, self.up)
            if axis.pooled > 1
        ]  # fmt: skip
        thinned = (control for control in self.controls if len(control.places) < control.total)
        return found + [f"{one.name}: {len(one.places)} of {one.total} values to choose from" for one in thinned]


def slices_of(
    search: Searched,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
    *,
    controls: int = 4,
    side: int = SIDE,
    slices: int = SLICES,
) -> Slices:
    """Cut a grid of two parameters or more. ``x`` and ``y``: the two with the most values unless given.

    ``at`` holds dimensions at a value; the others with more than one value get a control each, the winner's value
    first, up to ``controls`` of them; what is left is held at the winner's value. Raises SearchViewError for unknown
    names and values.
    """
    across, up = _sides(search, x, y)
    places = _given(search, at or {}, (across, up))
    free = [name for name in search.dims if name not in {across, up, *places} and search.dataset.sizes[name] > 1]
    # Symbols and policies first, then the parameters with the most values.
    free.sort(key=lambda name: (name not in search.runs, -search.dataset.sizes[name]))
    chosen = [name for name in search.dims if name in free[:controls]]
    pools = [-(-search.dataset.sizes[name] // side) for name in (across, up)]
    cells = math.prod(-(-search.dataset.sizes[n] // p) for n, p in zip((across, up), pools, strict=True))
    made = _controls(search, chosen, max(min(slices, CELLS // cells), 1))
    for name, place in zip(search.dims, search.winner_places, strict=True):
        if name not in {across, up, *chosen}:
            places.setdefault(name, place)
    order = [*chosen, up, across]
    values = _cut(search.scores, search.dims, order, places, made)
    held = {n: word(search.values(n)[p]) for n, p in places.items() if search.dataset.sizes[n] > 1}
    return Slices(
        across=_axis(search, across, pools[0]),
        up=_axis(search, up, pools[1]),
        controls=made,
        held=held,
        values=_pool(_pool(values, pools[0], -1, lowest=search.lowest), pools[1], -2, lowest=search.lowest),
        status=None if max(pools) > 1 else _status(search, order, places, made),
        winner=_winner(search, (across, up), pools, places),
    )


def _sides(search: Searched, x: str | None, y: str | None) -> tuple[str, str]:
    for name in (x, y):
        if name is not None and name not in search.parameters:
            raise SearchViewError(f"expected one of the parameters {', '.join(search.parameters)}, found {name!r}")
    longest = sorted(search.parameters, key=lambda name: -search.dataset.sizes[name])
    rest = [name for name in search.parameters if name in [n for n in longest if n not in (x, y)][:2]]
    across = x or rest.pop(0)
    up = y or rest.pop(0)
    if across == up:
        raise SearchViewError(f"expected two different parameters for x and y, found {across!r} twice")
    return across, up


def _given(search: Searched, at: Mapping[str, Any], sides: tuple[str, str]) -> dict[str, int]:
    places = {}
    for name, value in at.items():
        if name not in search.dims or name in sides:
            free = [known for known in search.dims if known not in sides]
            raise SearchViewError(f"at: expected names among {', '.join(free) or 'none'}, found {name!r}")
        found = np.flatnonzero(search.values(name) == value)
        if not len(found):
            known = ", ".join(word(one) for one in search.values(name)[:12])
            raise SearchViewError(f"at: expected a value of {name} ({known}), found {value!r}")
        places[name] = int(found[0])
    return places


def _controls(search: Searched, names: list[str], budget: int) -> tuple[Control, ...]:
    """Return a control for each, the longest thinned until all combinations fit the budget."""
    totals = [search.dataset.sizes[name] for name in names]
    counts = list(totals)
    while math.prod(counts) > budget:
        counts[counts.index(max(counts))] -= 1
    return tuple(_control(search, name, count) for name, count in zip(names, counts, strict=True))


def _control(search: Searched, name: str, count: int) -> Control:
    values, best = search.values(name), search.winner_places[search.dims.index(name)]
    places = spread(len(values), count) if count > 1 else np.array([best])
    if best not in places:
        places[np.argmin(np.abs(places - best))] = best
    texts = tuple(word(values[place]) for place in places)
    return Control(name, tuple(places.tolist()), texts, int(np.flatnonzero(places == best)[0]), len(values))


def _cut(
    array: npt.NDArray[Any],
    dims: tuple[str, ...],
    order: list[str],
    places: Mapping[str, int],
    controls: tuple[Control, ...],
) -> npt.NDArray[Any]:
    """Return the array with axes in this order, at the places of what is held and at those the controls offer."""
    kept = array[tuple(places.get(name, slice(None)) for name in dims)]
    left = [name for name in dims if name not in places]
    kept = kept.transpose([left.index(name) for name in order])
    for axis, control in enumerate(controls):
        kept = kept.take(control.places, axis=axis)
    return kept


def _pool(values: Floats, size: int, axis: int, *, lowest: bool) -> Floats:
    if size == 1:
        return values
    best = np.fmin if lowest else np.fmax
    return np.asarray(best.reduceat(values, np.arange(0, values.shape[axis], size), axis=axis))


def _axis(search: Searched, name: str, pooled: int) -> Axis:
    values = search.values(name)
    if pooled == 1:
        texts = tuple(word(value) for value in values)
        # Two cells may not share a text: they would be drawn as one.
        return Axis(name, texts if len(set(texts)) == len(texts) else tuple(str(value) for value in values.tolist()))
    starts = range(0, len(values), pooled)
    ends = (min(start + pooled, len(values)) - 1 for start in starts)
    return Axis(
        name, tuple(f"{word(values[a])} to {word(values[b])}" for a, b in zip(starts, ends, strict=True)), pooled
    )


def _status(
    search: Searched, order: list[str], places: Mapping[str, int], controls: tuple[Control, ...]
) -> npt.NDArray[np.int8] | None:
    found = search.dataset.get("status")
    if found is None or set(found.dims) != set(search.dims):
        return None
    return _cut(np.asarray(found.transpose(*search.dims).values), search.dims, order, places, controls)


def _winner(
    search: Searched, sides: tuple[str, str], pools: list[int], places: Mapping[str, int]
) -> tuple[int, int] | None:
    """Return the winner's cell, None where there is no winner or something is held elsewhere."""
    best = dict(zip(search.dims, search.winner_places, strict=True))
    if search.winner is None or any(best[name] != place for name, place in places.items()):
        return None
    return best[sides[0]] // pools[0], best[sides[1]] // pools[1]
