"""Cells of which no other is better in everything: the choice that several objectives leave."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import SweepError
from lockstep.vector.sweep.guided_study import pairs_of
from lockstep.vector.sweep.portion import Status

if TYPE_CHECKING:
    import polars as pl

    from lockstep.vector.sweep.result import Sweep


def pareto(result: "Sweep", objectives: Any = None) -> "pl.DataFrame":
    """Return the cells that no other cell dominates, as rows of ``Sweep.frame``, the best by the first objective first.

    A cell dominates another when it is at least as good in every objective and better in one; equal cells all stay.
    ``objectives`` are written as for ``guided_sweep``; left out, they are those that the result was searched for. Cells
    without one of the numbers, and those that a search gave up, take no part.

    Raises ``SweepError`` for a result that holds no such metric, and where none is named.
    """
    wanted = _asked(result) if objectives is None else pairs_of(objectives)
    frame = result.frame().filter(result.frame()["status"].is_in([int(Status.DONE), int(Status.RUINED)]))
    missing = [name for name, _ in wanted if name not in frame.columns]
    if missing:
        raise SweepError(f"the sweep has no metric {missing[0]!r}: measure it, metrics=[..., {missing[0]!r}]")
    losses = np.array([frame[n].to_numpy() * (-1.0 if way == "maximize" else 1.0) for n, way in wanted], np.float64).T
    known = np.flatnonzero(~np.isnan(losses).any(axis=1))
    front = known[not_dominated(losses[known])]
    return frame[front[np.lexsort(losses[front].T[::-1])]]


def not_dominated(losses: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return bool[n]: which rows of float64[n, objectives], lower is better, no other row dominates."""
    keep = np.ones(len(losses), np.bool_)
    order = np.lexsort(losses.T[::-1])  # none is dominated by one that comes later
    front: list[int] = []
    for place in order.tolist():
        others = losses[front]
        beaten = (others <= losses[place]).all(axis=1) & (others < losses[place]).any(axis=1)
        keep[place] = not beaten.any()
        if keep[place]:
            front.append(place)
    return keep


def _asked(result: "Sweep") -> list[tuple[str, str]]:
    if "guided" not in result.attrs:
        raise SweepError("the sweep was not searched for anything: name objectives, ['sharpe', 'max_drawdown']")
    told = json.loads(result.attrs["guided"])
    ending = "_of_folds" if told["folds"] else ""
    return [(f"{name}{ending}", direction) for name, direction in told["objectives"]]
