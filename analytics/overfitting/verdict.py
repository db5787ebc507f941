"""The verdict on the best set of a search: could chance alone have made it?"""

import math
from enum import StrEnum

from lockstep.analytics.overfitting.effective import LEVEL, chance_of_best, score_needed
from lockstep.analytics.overfitting.sharpe import sharpe_spread

DOUBTFUL_LEVEL = 0.2


class Verdict(StrEnum):
    """What the report comes to."""

    CONFIDENT = "confident"
    """A search without skill finds one as good in at most 3 of 100 cases, and the winner mostly gains in new data."""
    DOUBTFUL = "doubtful"
    """In at most 20 of 100, or good enough but mostly losing in the half of the data it was not chosen on."""
    CHANCE = "chance"
    """As good as what chance finds."""


def null_scale(sharpe: float, periods: int, skew: float, kurtosis: float, variance_ratio: float) -> float:
    """Return the standard error of a Sharpe ratio of a period under the hypothesis of no skill.

    sqrt(spread VR / (n - 1)). The spread is that of the probabilistic Sharpe ratio; but a positive skew never makes it
    smaller, because a few lucky trades have it as well as skill has. VR (at least 1) is how much more the sums of
    blocks vary than independent returns would.
    """
    spread = sharpe_spread(sharpe, min(skew, 0.0) if sharpe > 0.0 else 0.0, max(kurtosis, 1.0))
    return math.sqrt(float(spread) * max(variance_ratio, 1.0) / (periods - 1.0)) if periods > 1 else math.inf


def family_chance(sharpe: float, scale: float, trials: float) -> float:
    """Return how often the best of so many independent trials without skill is at least as good."""
    return chance_of_best(sharpe / scale, trials) if math.isfinite(scale) else 1.0


def needed_sharpe(scale: float, trials: float) -> float:
    """Return the Sharpe ratio of a period which the best of so many trials without skill exceeds in 3 of 100 cases."""
    return scale * score_needed(trials, LEVEL)


def judge(chance: float, loss: float) -> Verdict:
    """Return the verdict. ``loss`` is the share of tests the winner of CSCV loses in; nan where there was none."""
    if chance <= LEVEL and not loss >= 0.5:
        return Verdict.CONFIDENT
    return Verdict.DOUBTFUL if chance <= DOUBTFUL_LEVEL else Verdict.CHANCE
