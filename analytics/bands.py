"""What a plot or a report needs to know of a ladder of fill policies: plain frames and words, no engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, kw_only=True)
class IntervalView:
    """One metric's interval, in words and numbers."""

    title: str
    unit: str
    meaning: str
    values: Mapping[str, float]
    """Rung -> value, the reference first; nan where there is none."""
    low: str
    reference: str
    high: str
    low_rung: str
    high_rung: str


@dataclass(frozen=True, eq=False, kw_only=True)
class BandsView:
    """One strategy under several fill policies, the reference and others."""

    envelope: pl.DataFrame
    """time, low, reference, high: equity; one row per bar time of the reference."""
    lines: Mapping[str, pl.DataFrame]
    """Rung -> time, equity; thinned; without the reference."""
    rungs: Mapping[str, tuple[str, Sequence[str]]]
    """Rung -> what it changes, and its metrics in the order of ``columns``; the reference first."""
    columns: Sequence[str]
    intervals: Sequence[IntervalView]
    conclusions: Sequence[tuple[bool, str]]
    """Does it hold on every rung, and what is said."""
    skipped: Mapping[str, str]
    """Rungs that could not be run, and why."""
