"""Random parts of a grid: distinct cells, without writing the grid out."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np

from lockstep.errors import SweepError
from lockstep.vector.sweep.grid import Indices

BATCH = 1 << 18
"""Cells looked at together: some 2 MB for each parameter."""

ENUMERATED = 10_000_000
"""A grid up to this size is looked through from end to end where conditions must be asked."""

DRAWS = 20_000_000
"""Cells drawn from a larger grid before a search for ones that meet the conditions is given up."""

MOST = 200_000_000
"""Cells kept: 1.6 GB of numbers."""

Keep = Callable[[Indices], Indices]
"""Returns those of the given cells that meet the conditions, in their order."""


def number_of(subset: Any, available: int) -> int:
    """Return how many sets ``subset`` means: a number, or a share above 0 and at most 1.

    Raises ``SweepError`` for anything else, and for more sets than there are.
    """
    if isinstance(subset, bool) or not isinstance(subset, Real):
        raise _not_a_part(subset)
    if isinstance(subset, Integral):
        wanted = int(subset)
        if wanted > available:
            raise SweepError(
                f"subset={wanted:,} sets are asked for, but there are {available:,}: leave subset out to run them all"
            )
    else:
        share = float(subset)
        if not 0 < share <= 1:
            raise _not_a_part(subset)
        wanted = max(round(share * available), 1)
    if wanted < 1:
        raise _not_a_part(subset)
    return _bearable(wanted)


def seeded(seed: Any) -> np.random.Generator:
    """Return the source of chance; raises ``SweepError`` for a seed that is no whole number from 0."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise SweepError(f"seed must be a whole number from 0, so that the same sets are drawn again, found {seed!r}")
    return np.random.default_rng(int(seed))


def enumerate_kept(total: int, keep: Keep) -> Indices:
    """Return all cells that meet the conditions, ascending."""
    return np.concatenate([keep(np.arange(at, min(at + BATCH, total))) for at in range(0, total, BATCH)])


def distinct(total: int, wanted: int, random: np.random.Generator) -> Indices:
    """Return int64[wanted] different cells of ``total``, ascending; every choice is equally likely."""
    if 2 * wanted <= total:
        return np.sort(_first_distinct(total, wanted, random))
    kept = np.ones(total, dtype=np.bool_)
    kept[_first_distinct(total, total - wanted, random)] = False
    return np.flatnonzero(kept)


def distinct_kept(total: int, wanted: int, keep: Keep, random: np.random.Generator) -> Indices:
    """Return int64[wanted] different cells that meet the conditions, ascending, drawn and rejected in batches.

    Raises ``SweepError`` when ``DRAWS`` draws, or ten for each wanted cell, do not bring them together.
    """
    found = np.empty(0, dtype=np.int64)
    draws, limit = 0, max(DRAWS, 10 * wanted)
    while len(found) < wanted and draws < limit:
        drawn = random.integers(0, total, BATCH)
        draws += BATCH
        found = _in_order(np.concatenate([found, keep(drawn)]))
    if len(found) < wanted:
        raise SweepError(
            f"of {draws:,} random sets out of {total:,} only {len(found):,} meet the conditions, expected {wanted:,}: "
            f"narrow the values to where the conditions hold, or ask for a smaller subset"
        )
    return np.sort(found[:wanted])


def _first_distinct(total: int, wanted: int, random: np.random.Generator) -> Indices:
    found = np.empty(0, dtype=np.int64)
    while len(found) < wanted:
        drawn = random.integers(0, total, (wanted - len(found)) * 5 // 4 + 16)
        found = _in_order(np.concatenate([found, drawn]))
    return found[:wanted]


def _in_order(drawn: Indices) -> Indices:
    """Return each cell once, as first drawn: cutting the tail off then favours none."""
    _, first = np.unique(drawn, return_index=True)
    return drawn[np.sort(first)]


def _bearable(wanted: int) -> int:
    if wanted > MOST:
        raise SweepError(f"{wanted:,} sets are more than one search can hold ({MOST:,}): ask for a smaller subset")
    return wanted


def _not_a_part(subset: Any) -> SweepError:
    return SweepError(f"subset must be a number of sets (500) or a share of them (0.1), found {subset!r}")
