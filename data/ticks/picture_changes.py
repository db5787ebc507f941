"""Pictures of a book's best levels, row by row, become what changed from each to the next."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]

_AT_ONCE = 1 << 22
"""Comparisons made at once: 4 MB."""


class Side(NamedTuple):
    """One side of pictures, int64[rows, levels] each; lots 0 where there is no level."""

    tick: Int64Array
    lots: Int64Array


NO_LEVEL = Side(np.zeros((1, 0), np.int64), np.zeros((1, 0), np.int64))
"""A picture of an empty side."""


def changes(
    tick: Int64Array, lots: Int64Array, before: Side, *, best_only: bool = False
) -> tuple[Int64Array, Int64Array, Int64Array, Side]:
    """Return row, tick and lots (0: gone) of each change of one side, by row, and the last picture.

    `before` is the picture in front of the first row. With `best_only` a change is the new best, not what went.
    """
    if not len(tick):
        empty = np.zeros(0, np.int64)
        return empty, empty, empty, before
    wide = max(before.tick.shape[1], tick.shape[1])
    ticks = np.vstack([_widened(before.tick, wide), _widened(tick, wide)])
    sizes = np.vstack([_widened(before.lots, wide), _widened(lots, wide)])
    moved = np.flatnonzero(((ticks[1:] != ticks[:-1]) | (sizes[1:] != sizes[:-1])).any(axis=1))
    found = [np.zeros((3, 0), np.int64)]
    step = max(_AT_ONCE // wide**2, 1)
    for start in range(0, len(moved), step):
        rows = moved[start : start + step]
        found.append(_changed(rows, ticks, sizes, best_only))
    row, changed, size = np.hstack(found)
    return row, changed, size, Side(tick[-1:].copy(), lots[-1:].copy())


def _changed(rows: npt.NDArray[np.intp], ticks: Int64Array, sizes: Int64Array, best_only: bool) -> Int64Array:
    """Return int64[3, n]: row, tick and lots of what differs in some rows, levels that went first."""
    old, new, old_lots, new_lots = ticks[rows], ticks[rows + 1], sizes[rows], sizes[rows + 1]
    if best_only:
        return np.array([rows, np.where(new_lots[:, 0] > 0, new[:, 0], old[:, 0]), new_lots[:, 0]])
    same = (old[:, :, None] == new[:, None, :]) & (old_lots[:, :, None] > 0) & (new_lots[:, None, :] > 0)
    gone = (old_lots > 0) & ~same.any(axis=2)
    kept = (same & (old_lots[:, :, None] == new_lots[:, None, :])).any(axis=1)
    fresh = (new_lots > 0) & ~kept
    (went, at), (came, level) = np.nonzero(gone), np.nonzero(fresh)
    row = np.concatenate([rows[went], rows[came]])
    order = np.argsort(row, kind="stable")
    tick = np.concatenate([old[went, at], new[came, level]])
    size = np.concatenate([np.zeros(len(went), np.int64), new_lots[came, level]])
    return np.array([row[order], tick[order], size[order]])


def _widened(values: Int64Array, wide: int) -> Int64Array:
    return np.pad(values, ((0, 0), (0, wide - values.shape[1])))
