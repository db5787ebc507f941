"""Does the winner stand on a plateau or on a peak: what do sets with slightly other parameters earn?

An effect of the market does not care whether a window is 20 or 21 bars long; what is fitted to chance does. (Pardo, The
Evaluation and Optimization of Trading Strategies, 2008, chapter 10.)
"""

import math
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import OverfittingInputError

Floats = npt.NDArray[np.float64]

PLATEAU_SHARE, PEAK_SHARE = 0.75, 0.5
"""Of the neighbours that keep half of the winner's score: a plateau from the first on, a peak below the second."""

DIAGONAL_AXES = 5
"""With more axes than this a neighbour differs in one parameter only: in all of them at once there are too many."""


class Neighbourhood(NamedTuple):
    """The winner beside its neighbours.

    ``shape``: 'plateau', 'slope', 'peak', or 'unknown' where there is no neighbour or the winner's score is not above
    0. ``neighbours``: how many have a score. ``mean``, ``worst``: theirs in terms of the winner's (1: as good).
    ``share``: of neighbours with at least half of its score. ``edges``: axes on which the winner is the first or last
    value.
    """

    shape: str
    neighbours: int
    mean: float
    worst: float
    share: float
    edges: tuple[int, ...] = ()


def grid_neighbourhood(scores: Any, winner: tuple[int, ...]) -> Neighbourhood:
    """Look around ``winner`` in a grid of scores, higher is better, nan where there is none.

    Neighbours are the cells one step away on any of the axes, diagonals included (not with more than five axes).
    Raises OverfittingInputError when the winner has no score.
    """
    grid = np.asarray(scores, np.float64)
    best = _score(grid, winner)
    long = [axis for axis, size in enumerate(grid.shape) if size > 1]
    found = []
    for steps in _steps(len(long)):
        cell = list(winner)
        for axis, step in zip(long, steps, strict=True):
            cell[axis] += step
        if all(0 <= place < size for place, size in zip(cell, grid.shape, strict=True)):
            found.append(float(grid[tuple(cell)]))
    edges = tuple(axis for axis in long if grid.shape[axis] > 2 and winner[axis] in (0, grid.shape[axis] - 1))
    return _judge(best, np.array(found, np.float64), edges)


def nearest_neighbourhood(scores: Any, coordinates: Any, winner: int, *, count: int | None = None) -> Neighbourhood:
    """Look at the sets nearest to ``winner`` where there is no grid.

    ``scores``: float64[k]; ``coordinates``: float64[k, d], the parameters' values, each scaled to its range;
    ``count``: neighbours, 2 d unless given, four at least. Raises as ``grid_neighbourhood``.
    """
    values, points = np.asarray(scores, np.float64), np.asarray(coordinates, np.float64)
    if points.ndim != 2 or len(points) != values.size:
        raise OverfittingInputError(
            f"coordinates of shape [{values.size}, parameters] are expected, found {points.shape}"
        )
    best = _score(values, (winner,))
    scale = np.ptp(points, axis=0) if len(points) else np.ones(points.shape[1])
    away = np.zeros(len(points))
    for axis in np.flatnonzero(scale > 0.0):
        away += ((points[:, axis] - points[winner, axis]) / scale[axis]) ** 2
    away[np.isnan(values)] = np.inf
    away[winner] = np.inf
    wanted = min(count or max(2 * points.shape[1], 4), int(np.count_nonzero(np.isfinite(away))))
    near = np.argsort(away, kind="stable")[:wanted]
    return _judge(best, values[near], ())


def _score(grid: Floats, winner: tuple[int, ...]) -> float:
    best = float(grid[winner])
    if math.isnan(best):
        raise OverfittingInputError(f"the winner {winner} has no score: give the place of a set that has one")
    return best


def _steps(axes: int) -> list[tuple[int, ...]]:
    if axes <= DIAGONAL_AXES:
        return [steps for steps in product((-1, 0, 1), repeat=axes) if any(steps)]
    return [tuple(sign * (axis == moved) for axis in range(axes)) for moved in range(axes) for sign in (-1, 1)]


def _judge(best: float, found: Floats, edges: tuple[int, ...]) -> Neighbourhood:
    known = found[np.isfinite(found)]
    if not known.size or not best > 0.0 or not math.isfinite(best):
        return Neighbourhood("unknown", int(known.size), math.nan, math.nan, math.nan, edges)
    share = float(np.mean(known >= best / 2.0))
    shape = "plateau" if share >= PLATEAU_SHARE else "slope" if share >= PEAK_SHARE else "peak"
    return Neighbourhood(shape, int(known.size), float(known.mean() / best), float(known.min() / best), share, edges)
