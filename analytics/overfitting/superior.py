"""Is any set better than doing nothing, given that so many were tried? White's reality check and Hansen's SPA.

White, A Reality Check for Data Snooping, Econometrica 68 (2000); Hansen, A Test for Superior Predictive Ability,
J. of Business and Economic Statistics 23 (2005).

What is resampled: the blocks of time, with replacement, whole and for all sets together (the bootstrap of blocks that
do not overlap: Carlstein 1986), so that correlations between sets and dependence within blocks are kept. Hansen divides
a mean by its deviation as the blocks tell it. 64 blocks tell that of one set to a tenth only, and the best of thousands
would be one whose deviation came out too small; so the deviation of the periods is taken, times the square root of the
sets' mean ratio of both variances. The redrawn means keep the blocks' own deviation.

64 blocks can't show as many different best sets as a million independent trials have: p-values come out somewhat too
low for thousands of sets that have little in common. The verdict rests on ``effective.py``, where this is put right.
"""

import math
from typing import NamedTuple

import numpy as np

from lockstep.analytics.overfitting.blocks import BlockSums, Floats
from lockstep.analytics.overfitting.product import product

DRAWS = 1000


class SuperiorAbility(NamedTuple):
    """p-values of the hypothesis that no set earns more than 0.

    ``consistent`` is Hansen's, ``lower`` and ``upper`` (all sets taken for contenders) its bounds; ``reality_check``
    is White's, not divided by deviations. ``statistic``: the highest mean / deviation sqrt(n), at least 0; ``best``:
    the place of that set. All nan with fewer than 8 blocks that hold periods.
    """

    reality_check: float
    lower: float
    consistent: float
    upper: float
    statistic: float
    best: int
    draws: int


def superior_ability(blocks: BlockSums, *, draws: int = DRAWS, seed: int = 0) -> SuperiorAbility:
    """Return the p-values of all tests; O(sets x blocks x draws) time, in tiles."""
    filled = blocks.counts > 0
    mean, _, spread = blocks.moments
    scores = studentised(blocks)
    if np.count_nonzero(filled) < 8 or not np.isfinite(scores).any():
        return SuperiorAbility(math.nan, math.nan, math.nan, math.nan, math.nan, 0, 0)
    weights = _weights(filled, draws, np.random.default_rng(seed))
    highest = np.full((4, draws), -np.inf)
    threshold = -math.sqrt(2.0 * math.log(math.log(max(blocks.periods, 16))))
    for place, sums, _ in blocks.tiles():
        moving = np.isfinite(scores[place])
        drawn = _drawn((sums - blocks.counts * mean[place, None])[moving], weights)
        if not len(drawn):
            continue
        score = scores[place][moving][:, None]
        np.maximum(highest[2], drawn.max(axis=0), out=highest[2])
        np.maximum(highest[3], (drawn * spread[place][moving][:, None]).max(axis=0), out=highest[3])
        np.maximum(highest[0], (drawn + np.minimum(score, 0.0)).max(axis=0), out=highest[0])
        # A set that is clearly worse than nothing keeps its loss and is no contender.
        drawn += np.where(score >= threshold, 0.0, score)
        np.maximum(highest[1], drawn.max(axis=0), out=highest[1])
    best = int(np.nanargmax(scores))
    statistic = max(float(scores[best]), 0.0)
    lower, consistent, upper = (_share(np.maximum(highest[i], 0.0), statistic) for i in range(3))
    reality = _share(highest[3], math.sqrt(blocks.periods) * float(mean.max()))
    return SuperiorAbility(reality, lower, consistent, upper, statistic, best, draws)


def studentised(blocks: BlockSums) -> Floats:
    """Return mean / deviation sqrt(n), float64[m]: nan for sets without variance. The module tells which deviation."""
    mean, deviation, _ = blocks.moments
    ratios = blocks.variance_ratios
    known = np.isfinite(ratios)
    pooled = float(ratios[known].mean()) if known.any() else math.nan
    scale = math.sqrt(blocks.periods / pooled) if pooled > 0.0 else math.nan
    score: Floats = np.divide(mean * scale, deviation, out=np.full(len(blocks), np.nan), where=deviation > 0.0)
    return score


def _weights(filled: "np.ndarray[tuple[int], np.dtype[np.bool]]", draws: int, generator: np.random.Generator) -> Floats:
    """Return how often each block is drawn, float64[B, draws]."""
    count = int(np.count_nonzero(filled))
    weights = np.zeros((filled.size, draws))
    weights[filled] = generator.multinomial(count, np.full(count, 1.0 / count), draws).T
    return weights


def _drawn(away: Floats, weights: Floats) -> Floats:
    """Return the redrawn means in terms of their own deviation, float64[m, draws]."""
    length = np.sqrt(np.einsum("kb,kb->k", away, away))
    return product(away / length[:, None], weights)


def _share(drawn: Floats, statistic: float) -> float:
    """Return the share of draws that reach the statistic, itself counted as one of them: never 0."""
    reached = np.count_nonzero(drawn >= statistic * (1.0 - 1e-12))
    return float((reached + 1.0) / (len(drawn) + 1.0))
