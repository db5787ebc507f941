"""How many independent trials a search with many alike sets amounts to.

Three answers, for three uses:

``independent_trials`` asks what counts when the best of all is judged: of how many independent sets would the best be
as high as the best of these, 3 times in 100, if none had any skill? The sets' returns are redrawn without skill but
with all their correlations, by random signs and sizes for each block (a Gaussian multiplier bootstrap, Chernozhukov,
Chetverikov and Kato, Annals of Statistics 41, 2013), and the 97 % quantile of the best is compared with that of N
independent sets over as many blocks. Because those N see the same few blocks, the quantile's bias (64 blocks span 63
dimensions only, so that the best of a million looks too low) is in both and drops out. The verdict uses this one.

``correlation_trials`` is the estimator of the deflated Sharpe ratio's paper (appendix 3): r + (1 - r) k, with r the
mean correlation of k sets. It is linear in the correlations, so that 64 blocks estimate it without bias.

``participation_ratio`` is (sum of eigenvalues)^2 / (sum of their squares) of the correlation matrix: the number of
directions the sets spread over. It can't be more than the number of blocks less one and is far too small for judging
the best of a search: 1,000 sets with correlations of 0.5 have 4, while their best is as high as that of 260.
"""

import math
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from lockstep.analytics.overfitting.blocks import BlockSums, Floats
from lockstep.analytics.overfitting.product import product

LEVEL = 0.03
"""How often a search without any skill may pass for one with skill."""

DRAWS = 1000
"""Each serves twice, as it is and with its signs turned."""

GRID = 4001
MOST = 1e12


class Effective(NamedTuple):
    """Numbers of trials as the module tells, and the mean correlation between two sets."""

    independent: float
    by_correlation: float
    participation: float
    correlation: float


def effective_trials(blocks: BlockSums, *, draws: int = DRAWS, seed: int = 0) -> Effective:
    """Return all three numbers, from 1 to the number of sets, sets without any variance not counted.

    O(sets x blocks x draws) time in tiles.
    """
    generator = np.random.default_rng(seed)
    width = blocks.counts.size
    signs = generator.standard_normal((width, draws))
    highest, lowest = np.full(draws, -np.inf), np.full(draws, np.inf)
    gram, total, moving = np.zeros((width, width)), np.zeros(width), 0
    for _, sums, squares in blocks.tiles():
        directions = _directions(sums, squares, blocks.counts)
        if not len(directions):
            continue
        drawn = product(directions, signs)
        np.maximum(highest, drawn.max(axis=0), out=highest)
        np.minimum(lowest, drawn.min(axis=0), out=lowest)
        gram += directions.T @ directions
        total += directions.sum(axis=0)
        moving += len(directions)
    if moving < 2:
        return Effective(1.0, 1.0, 1.0, math.nan)
    quantile = float(np.quantile(np.concatenate((highest, -lowest)), 1.0 - LEVEL))
    dimensions = int(np.count_nonzero(blocks.counts)) - 1
    correlation = (float(total @ total) - moving) / (moving * (moving - 1.0))
    return Effective(
        independent=float(np.clip(independent_trials(quantile, dimensions), 1.0, moving)),
        by_correlation=float(np.clip(correlation + (1.0 - correlation) * moving, 1.0, moving)),
        participation=float(moving**2 / np.sum(gram * gram)),
        correlation=correlation,
    )


def independent_trials(quantile: float, dimensions: int, level: float = LEVEL) -> float:
    """Return how many independent sets, each a random direction in so many dimensions, have this 1 - level quantile.

    Along one draw of length L the sets' values are L cos(angle), so that P(best <= z) is the mean of F(z / L)^N over L,
    a chi distribution, with F that of the cosine.
    """
    if dimensions < 3:
        return MOST
    lengths, weights = _lengths(dimensions)
    above = np.array([_cosine_above(min(quantile / length, 1.0), dimensions) for length in lengths])
    below = np.log1p(-np.minimum(above, 1.0 - 1e-16))
    low, high = 0.0, math.log(MOST)
    # P falls as N grows: bisection on log N.
    for _ in range(60):
        middle = (low + high) / 2.0
        reached = float(weights @ np.exp(math.exp(middle) * below))
        low, high = (middle, high) if reached > 1.0 - level else (low, middle)
    return math.exp((low + high) / 2.0)


def _directions(sums: Floats, squares: Floats, counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """Return unit vectors, float64[at most k, B]: each block's sum in terms of its own volatility, less their mean.

    Without the division a few wild blocks would speak for all. Sets without any variance are left out.
    """
    filled = counts > 0
    scaled = np.divide(sums, np.sqrt(squares), out=np.zeros_like(sums), where=squares > 0.0)
    scaled -= scaled[:, filled].mean(axis=1, keepdims=True)
    scaled[:, ~filled] = 0.0
    length = np.sqrt(np.einsum("kb,kb->k", scaled, scaled))
    moving = length > 1e-9
    return np.asarray(scaled[moving] / length[moving, None])


@cache
def _lengths(dimensions: int) -> tuple[Floats, Floats]:
    """Return lengths of a normal vector in so many dimensions, and the weight of each."""
    middle = math.sqrt(dimensions)
    lengths = np.linspace(max(middle - 6.0, 0.0) + 1e-3, middle + 6.0, 201)
    logs = (dimensions - 1) * np.log(lengths) - lengths**2 / 2.0
    weights = np.exp(logs - logs.max())
    return lengths, weights / weights.sum()


@cache
def _cosines(dimensions: int) -> tuple[Floats, Floats]:
    """Return angles from 0 to pi and the logarithm of P(angle below), for random directions."""
    angles = np.linspace(0.0, math.pi, GRID)
    density = np.sin(angles) ** (dimensions - 2)
    mass = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2.0)))
    return angles, np.log(np.maximum(mass / mass[-1], 1e-300))


def _cosine_above(cosine: float, dimensions: int) -> float:
    """Return P(cosine of a random angle is above this one)."""
    angles, logs = _cosines(dimensions)
    return float(np.exp(np.interp(math.acos(max(cosine, -1.0)), angles, logs)))


def chance_of_best(score: float, trials: float) -> float:
    """Return P(best of so many independent standard normal numbers >= score): Sidak's correction."""
    above = 0.5 * math.erfc(score / math.sqrt(2.0))
    return -math.expm1(trials * math.log1p(-above)) if above < 1.0 else 1.0


def score_needed(trials: float, level: float = LEVEL) -> float:
    """Return the score at which ``chance_of_best`` is ``level``."""
    return -NormalDist().inv_cdf(-math.expm1(math.log1p(-level) / max(trials, 1.0)))
