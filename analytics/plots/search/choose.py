"""Which cells of a large search are drawn: the best, and an even choice of the others."""

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.thin import spread

Floats = npt.NDArray[np.float64]


def best_and_even(scores: Floats, limit: int, *, lowest: bool = False) -> npt.NDArray[np.intp]:
    """Return at most ``limit`` positions that have a score, ascending: half of them the best, the rest spread evenly.

    ``scores``: float64[k], nan for none. O(k).
    """
    known = np.flatnonzero(~np.isnan(scores))
    if len(known) <= limit:
        return known
    ranked = scores[known] if lowest else -scores[known]
    half = limit // 2
    best = np.zeros(len(known), np.bool_)
    best[np.argpartition(ranked, half)[:half]] = True
    others = known[~best]
    return np.sort(np.concatenate((known[best], others[spread(len(others), limit - half)])))


def ranked(scores: Floats, count: int, *, lowest: bool = False) -> npt.NDArray[np.intp]:
    """Return the positions of the ``count`` best scores, the best first, the earlier first among equals."""
    known = np.flatnonzero(~np.isnan(scores))
    order = scores[known] if lowest else -scores[known]
    if len(known) > count:
        last = np.partition(order, count - 1)[count - 1]
        known, order = known[order <= last], order[order <= last]
    return known[np.argsort(order, kind="stable")[:count]]


def chosen_text(shown: int, total: int, what: str = "sets") -> str:
    """Return what a picture shows of all, empty when it shows everything."""
    return "" if shown == total else f"{shown:,} of {total:,} {what} drawn: the best and an even choice of the others"
