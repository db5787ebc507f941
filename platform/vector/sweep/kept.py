"""Which cells of a grid are searched: those that meet the conditions, or a random part of them."""

from numbers import Integral
from typing import Any

import numpy as np

from lockstep.errors import SweepError
from lockstep.vector.sweep import draw
from lockstep.vector.sweep.conditions import Condition, met
from lockstep.vector.sweep.grid import Grid, Indices


def kept_cells(
    grid: Grid, fixed: dict[str, Any], conditions: tuple[Condition, ...], subset: Any, seed: Any
) -> Indices | None:
    """Return the cells that are left, ascending; None for all."""
    random = draw.seeded(seed)
    if not conditions:
        return None if subset is None else draw.distinct(grid.total, draw.number_of(subset, grid.total), random)

    def keep(cells: Indices) -> Indices:
        return cells[met(conditions, grid.columns(cells), fixed)]

    if grid.total <= draw.ENUMERATED or subset is None:
        return _enumerated(grid.total, keep, conditions, subset, random)
    wanted = draw.number_of(subset, grid.total)
    if not isinstance(subset, Integral):
        return _some(keep(draw.distinct(grid.total, wanted, random)), conditions)
    return draw.distinct_kept(grid.total, wanted, keep, random)


def _enumerated(
    total: int, keep: draw.Keep, conditions: tuple[Condition, ...], subset: Any, random: np.random.Generator
) -> Indices | None:
    if total > draw.MOST:
        raise SweepError(
            f"the conditions would have to be asked for {total:,} sets, expected at most {draw.MOST:,}: take wider "
            f"steps, or a random part with subset=10_000"
        )
    kept = _some(draw.enumerate_kept(total, keep), conditions)
    if subset is None:
        return kept if len(kept) < total else None
    return kept[draw.distinct(len(kept), draw.number_of(subset, len(kept)), random)]


def _some(kept: Indices, conditions: tuple[Condition, ...]) -> Indices:
    if not len(kept):
        texts = " and ".join(condition.text for condition in conditions)
        raise SweepError(f"no set is left: none meets {texts}; widen the values or loosen the condition")
    return kept
