"""What a sweep keeps of each set's returns: their sum and the sum of their squares in each block of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import OverfittingInputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TILE_SETS = 1024
"""Sets at a time: 64 blocks of them are 0.5 MB, a thousand redrawn means of each 8 MB."""

TINY = 1e-14
"""A variance below this share of the mean square is rounding: the returns are all equal."""


@dataclass(frozen=True, eq=False)
class BlockSums:
    """Sums over blocks of time, for many sets of parameters; nothing is copied.

    ``sums``, ``squares``: float64[k, B], of the period returns and their squares. ``counts``: int64[B], periods in
    each block. ``rows``: int64[m], the sets that count; all whose sums are finite unless given.

    Raises OverfittingInputError where the shapes differ or no set is left.
    """

    sums: Floats
    squares: Floats
    counts: Integers
    rows: Integers

    @classmethod
    def of(cls, sums: Any, squares: Any, counts: Any, keep: Any = None) -> "BlockSums":
        """Take arrays as a sweep keeps them, shapes [..., B]; ``keep`` is bool[...], the sets to look at."""
        counts = np.asarray(counts, np.int64)
        sums, squares = np.asarray(sums, np.float64), np.asarray(squares, np.float64)
        if sums.shape != squares.shape or sums.ndim < 2 or counts.shape != sums.shape[-1:]:
            raise OverfittingInputError(
                "sums and squares of shape [sets, blocks] and counts of shape [blocks] are expected,"
                f" found {sums.shape}, {squares.shape} and {counts.shape}"
            )
        sums, squares = sums.reshape(-1, counts.size), squares.reshape(-1, counts.size)
        kept = np.ones(len(sums), bool) if keep is None else np.asarray(keep, bool).reshape(-1)
        for start in range(0, len(sums), TILE_SETS):
            part = slice(start, start + TILE_SETS)
            # A product of infinities or a nan in any block makes the total neither finite nor less.
            kept[part] &= np.isfinite(sums[part].sum(axis=1)) & np.isfinite(squares[part].sum(axis=1))
        rows = np.flatnonzero(kept)
        if not rows.size:
            raise OverfittingInputError("no set has finite returns: at least one must have run to its end")
        return cls(sums, squares, counts, rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def periods(self) -> int:
        """Periods in all blocks."""
        return int(self.counts.sum())

    def only(self, which: Integers) -> "BlockSums":
        """Return some of the sets, by their places among those that count."""
        return BlockSums(self.sums, self.squares, self.counts, self.rows[which])

    def tiles(self, size: int = TILE_SETS) -> Iterator[tuple[slice, Floats, Floats]]:
        """Walk through the sets: places, sums and squares, float64[at most size, B] copies."""
        for start in range(0, len(self), size):
            rows = self.rows[start : start + size]
            yield slice(start, start + len(rows)), self.sums[rows], self.squares[rows]

    @cached_property
    def moments(self) -> tuple[Floats, Floats, Floats]:
        """Mean and standard deviation (ddof 1) of the period returns, and the deviation that whole blocks show.

        The last is that of a period as the sums of blocks tell it: sqrt(sum((S_b - n_b mean)^2) / n B / (B - 1)).
        It agrees with the second where returns do not depend on those before, and is larger where they trend.
        Each float64[m]; deviations are 0 where all returns are equal, nan with fewer than two periods or blocks.
        """
        mean, deviation, spread = np.empty(len(self)), np.empty(len(self)), np.empty(len(self))
        n, filled = self.periods, int(np.count_nonzero(self.counts))
        for place, sums, squares in self.tiles():
            total, square = sums.sum(axis=1), squares.sum(axis=1)
            mean[place] = total / n
            rest = square - total * total / n
            rest[rest <= TINY * square] = 0.0
            deviation[place] = np.sqrt(rest / (n - 1)) if n > 1 else np.nan
            away = sums - self.counts * mean[place, None]
            scale = filled / (filled - 1) / n if filled > 1 else np.nan
            spread[place] = np.where(rest > 0.0, np.sqrt(np.einsum("kb,kb->k", away, away) * scale), 0.0)
        return mean, deviation, spread

    @property
    def sharpes(self) -> Floats:
        """Sharpe ratios of a period (risk-free rate 0), float64[m]; 0 for sets whose returns are all equal."""
        mean, deviation, _ = self.moments
        return np.divide(mean, deviation, out=np.zeros(len(self)), where=deviation > 0.0)

    @property
    def variance_ratios(self) -> Floats:
        """(deviation by blocks / deviation by periods)^2, float64[m]; nan for sets whose returns are all equal."""
        _, deviation, spread = self.moments
        ratio: Floats = np.divide(spread, deviation, out=np.full(len(self), np.nan), where=deviation > 0.0)
        return ratio * ratio


def merge(values: npt.NDArray[Any], parts: int) -> npt.NDArray[Any]:
    """Add neighbouring blocks on the last axis together until ``parts`` are left; block b goes to b parts // B."""
    blocks = values.shape[-1]
    starts = -(-np.arange(parts) * blocks // parts)
    return np.asarray(np.add.reduceat(values, starts, axis=-1))
