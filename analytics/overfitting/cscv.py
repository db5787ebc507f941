"""Probability of backtest overfitting by combinatorially symmetric cross-validation (CSCV).

Bailey, Borwein, Lopez de Prado and Zhu, The Probability of Backtest Overfitting, J. of Computational Finance 20 (2015).
The time is cut into S blocks; each half of them in turn serves for choosing the best set by its Sharpe ratio, the other
half for testing it. The search overfits where the chosen set ends at or below the median of all sets in the test.
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.analytics.overfitting.blocks import BlockSums, Floats, Integers, merge
from lockstep.errors import OverfittingInputError

PARTS = 16
"""S of the paper: 12,870 ways to choose half of the blocks."""

WORK_BYTES = 1 << 22
"""Of one array of scores, if a single choice does not take more: two are held."""

TILE_CHOICES, TILE_COLUMNS = 32, 512
"""So many stay in the processor's cache, and a product of theirs stays below the size from which OpenBLAS calls other
threads in: on a busy machine it then waits for them a hundred times longer than the product takes."""


class Overfitting(NamedTuple):
    """The outcome of CSCV: one entry in the arrays for each choice of blocks.

    ``probability``: share of the choices whose winner ends at or below the median of the test (PBO).
    ``loss``: share of the choices whose winner loses in the test. ``slope``, ``intercept``: of the line through
    (chosen half, tested half), the winner's Sharpe ratios; a slope below 0 says that better means worse.
    ``winners``: int64[c], the sets chosen; ``inside``, ``outside``: float64[c], the winner's ratio of a period in the
    chosen and the tested half; ``ranks``: float64[c], its rank in the test / (sets + 1).
    """

    probability: float
    loss: float
    slope: float
    intercept: float
    winners: Integers
    inside: Floats
    outside: Floats
    ranks: Floats


def overfitting_probability(blocks: BlockSums, parts: int = PARTS) -> Overfitting:
    """Return PBO and what goes with it; O(sets x choices) time, a few MB.

    Sharpe ratios have a risk-free rate of 0. Ties share their mean rank. A set whose returns in a half are all equal
    has no risk there: it ranks before (gains) or behind (losses) all others, or as 0, and its ratio is given as 0.
    Raises OverfittingInputError for one set, odd ``parts``, or fewer than two periods in a part.
    """
    _check(blocks, parts)
    sums, squares = (np.ascontiguousarray(each.T) for each in _merged(blocks, parts))
    counts = merge(blocks.counts, parts).astype(np.float64)
    halves = choices(parts)
    found = [np.empty(len(halves)) for _ in range(4)]
    tile = max(1, min(WORK_BYTES // (8 * len(blocks)), TILE_CHOICES))
    # The complement of a choice is as far from the end of the list as the choice is from its beginning.
    for start in range(0, len(halves) // 2, tile):
        stop = min(start + tile, len(halves) // 2)
        chosen = halves[start:stop]
        one, n_one = _scores(chosen, sums, squares), chosen @ counts
        other, n_other = _scores(1.0 - chosen, sums, squares), (1.0 - chosen) @ counts
        for at, (a, n_a), (b, n_b) in (
            (np.arange(start, stop), (one, n_one), (other, n_other)),
            (len(halves) - 1 - np.arange(start, stop), (other, n_other), (one, n_one)),
        ):
            for column, values in zip(found, _chosen(a, b, n_a, n_b), strict=True):
                column[at] = values
    winners, inside, outside, ranks = found
    slope, intercept = _line(inside, outside)
    return Overfitting(
        probability=float(np.mean(ranks <= 0.5)),
        loss=float(np.mean(outside < 0.0)),
        slope=slope,
        intercept=intercept,
        winners=winners.astype(np.int64),
        inside=inside,
        outside=outside,
        ranks=ranks,
    )


def choices(parts: int) -> Floats:
    """Return every choice of half of the blocks, float64[c, parts] of 0 and 1, in lexicographic order."""
    chosen = np.array(list(combinations(range(parts), parts // 2)))
    table = np.zeros((len(chosen), parts))
    np.put_along_axis(table, chosen, 1.0, axis=1)
    return table


def most_parts(counts: npt.NDArray[np.int64], wanted: int = PARTS) -> int:
    """Return the largest even number of parts up to ``wanted`` that leaves two periods in each; 0 for none."""
    for parts in range(min(wanted, counts.size) // 2 * 2, 1, -2):
        if merge(counts, parts).min() >= 2:
            return parts
    return 0


def _check(blocks: BlockSums, parts: int) -> None:
    if len(blocks) < 2:
        raise OverfittingInputError("one set alone can't be overfitted by a search: two or more are expected")
    if parts < 2 or parts % 2 or parts > blocks.counts.size:
        raise OverfittingInputError(
            f"an even number of parts from 2 to {blocks.counts.size}, the number of blocks, is expected: found {parts}"
        )
    if merge(blocks.counts, parts).min() < 2:
        raise OverfittingInputError(
            f"{blocks.periods} periods can't fill {parts} parts with two each: give a longer history or fewer parts"
        )


def _merged(blocks: BlockSums, parts: int) -> tuple[Floats, Floats]:
    sums, squares = np.empty((len(blocks), parts)), np.empty((len(blocks), parts))
    for place, some, some_squares in blocks.tiles():
        sums[place], squares[place] = merge(some, parts), merge(some_squares, parts)
    return sums, squares


def _scores(chosen: Floats, sums: Floats, squares: Floats) -> Floats:
    """Return s |s| / q, with s and q the sums of the returns and of their squares: [choices, sets].

    It orders the sets as their Sharpe ratios do, SR^2 = a (n - 1) / (n (n - a)) with a its size, takes no root and
    loses no digits. A set without any return is 0.
    """
    score = np.empty((len(chosen), sums.shape[1]))
    for start in range(0, sums.shape[1], TILE_COLUMNS):
        columns = slice(start, start + TILE_COLUMNS)
        total = chosen @ sums[:, columns]
        square = chosen @ squares[:, columns]
        np.maximum(square, np.finfo(np.float64).tiny, out=square)
        np.divide(np.abs(total) * total, square, out=score[:, columns])
    return score


def _chosen(inside: Floats, outside: Floats, n_inside: Floats, n_outside: Floats) -> tuple[Floats, ...]:
    """Return the best inside, its ratio inside and outside and its rank outside / (sets + 1), for each choice."""
    lines = np.arange(len(inside))
    best = np.argmax(inside, axis=1)
    reached = outside[lines, best]
    below = np.count_nonzero(outside < reached[:, None], axis=1)
    upto = np.count_nonzero(outside <= reached[:, None], axis=1)
    # Rank 1 is the worst; those that tie share the mean of their ranks.
    ranks = (below + (upto - below + 1.0) / 2.0) / (inside.shape[1] + 1.0)
    return best.astype(np.float64), _ratio(inside[lines, best], n_inside), _ratio(reached, n_outside), ranks


def _ratio(score: Floats, n: Floats) -> Floats:
    size = np.abs(score)
    # All returns are equal, but for rounding.
    flat = n - size <= 1e-12 * n
    return np.where(flat, 0.0, np.sign(score) * np.sqrt(size * (n - 1.0) / (n * np.where(flat, 1.0, n - size))))


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    away = x - x.mean()
    squares = float(away @ away)
    if not squares > 0.0:
        return math.nan, math.nan
    slope = float(away @ (y - y.mean())) / squares
    return slope, float(y.mean()) - slope * float(x.mean())
