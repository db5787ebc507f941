"""From what a sweep keeps to its overfitting report."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lockstep.analytics.overfitting.blocks import BlockSums, Floats
from lockstep.analytics.overfitting.bootstrap import Intervals, block_intervals, return_intervals
from lockstep.analytics.overfitting.cscv import Overfitting, most_parts, overfitting_probability
from lockstep.analytics.overfitting.effective import effective_trials
from lockstep.analytics.overfitting.neighbourhood import Neighbourhood, grid_neighbourhood, nearest_neighbourhood
from lockstep.analytics.overfitting.report import OverfittingReport
from lockstep.analytics.overfitting.sharpe import (
    deflated_sharpe,
    highest_of,
    minimum_periods,
    probabilistic_sharpe,
)
from lockstep.analytics.overfitting.superior import superior_ability
from lockstep.analytics.overfitting.verdict import family_chance, judge, needed_sharpe, null_scale
from lockstep.errors import OverfittingInputError

PBO_SETS = 10_000
"""PBO compares every set with every other in 12,870 tests; of more sets, so many are taken, spread evenly."""

MEAN_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Earlier:
    """Trials made on the same data before, those of this search left out.

    ``trials``: how many; ``effective``: independent ones they amount to, all of them unless known to be alike;
    ``sharpes``: their annual Sharpe ratios, as far as known.
    """

    trials: int = 0
    effective: float | None = None
    sharpes: Any = ()

    @property
    def independent(self) -> float:
        """What they count for."""
        return float(self.trials) if self.effective is None else min(max(self.effective, 0.0), float(self.trials))


def overfitting_report(
    sums: Any,
    squares: Any,
    counts: Any,
    *,
    periods_per_year: float,
    scores: Any = None,
    metric: str = "Sharpe ratio",
    skew: Any = None,
    excess_kurtosis: Any = None,
    cells: Any = None,
    shape: tuple[int, ...] | None = None,
    coordinates: Any = None,
    earlier: Earlier | None = None,
    winner_returns: Any = None,
    draws: int = 1000,
    seed: int = 0,
) -> OverfittingReport:
    """Judge the best of k sets; memory is bounded by a few numbers a set, whatever k.

    ``sums``, ``squares``: float64[..., B] of the sets' period returns and their squares in each block of time;
    ``counts``: int64[B]. All that follows has the leading shape of these, or that many values.
    ``scores``: what the winner is chosen by, higher is better, nan for sets that do not count; the Sharpe ratio unless
    given. ``skew``, ``excess_kurtosis``: of the period returns, 0 unless given.
    For the neighbourhood, on a grid: ``shape`` of the grid and ``cells``, int64[k], the place of each set in it (all
    of them in order unless given); else ``coordinates``, float64[k, d].
    ``winner_returns``: float64[n], the winner's period returns, for the intervals; block sums are used without them.

    Raises OverfittingInputError where shapes differ or no set has a result.
    """
    sets = math.prod(np.shape(sums)[:-1])
    columns = {"scores": scores, "skew": skew, "excess_kurtosis": excess_kurtosis}
    scores, skew, excess_kurtosis = (_column(name, values, sets) for name, values in columns.items())
    blocks = BlockSums.of(sums, squares, counts, None if scores is None else np.isfinite(scores))
    if blocks.periods < 2:
        raise OverfittingInputError(f"two periods or more are expected, found {blocks.periods}: give a longer history")
    sharpes = blocks.sharpes
    ranked = sharpes if scores is None else scores[blocks.rows]
    best = int(np.argmax(ranked))
    before = earlier or Earlier()
    tested = _tested(blocks, best)
    effective = effective_trials(blocks, draws=draws, seed=seed)
    superior = superior_ability(blocks, draws=draws, seed=seed)
    record = _record(blocks, best, skew, excess_kurtosis)
    together = effective.independent + before.independent
    root = math.sqrt(periods_per_year)
    chance = family_chance(record.sharpe, record.scale, together)
    average = record.scale * highest_of(together)
    variance = _variance(sharpes * root, before.sharpes) / periods_per_year
    intervals = _intervals(blocks, best, winner_returns, periods_per_year, seed)
    loss = tested.loss if tested else math.nan
    return OverfittingReport(
        verdict=judge(chance, loss),
        metric=metric,
        winner=int(blocks.rows[best]),
        trials=len(blocks),
        trials_before=before.trials,
        effective=effective.independent,
        effective_before=before.independent,
        by_correlation=effective.by_correlation,
        participation=effective.participation,
        correlation=effective.correlation,
        periods=blocks.periods,
        periods_per_year=periods_per_year,
        sharpe=record.sharpe * root,
        sharpe_interval=intervals.sharpe,
        annual_return=_annual_return(blocks, best, winner_returns, periods_per_year),
        annual_return_interval=intervals.annual_return,
        variance_ratio=record.variance_ratio,
        probabilistic=float(probabilistic_sharpe(*record.moments)),
        deflated=float(
            deflated_sharpe(*record.moments[:2], effective.by_correlation + before.independent, variance,
                            *record.moments[2:])
        ),
        chance_sharpe=average * root,
        needed_sharpe=needed_sharpe(record.scale, together) * root,
        p_value=chance,
        needed_years=minimum_periods(
            record.sharpe, *record.moments[2:], against=average, confidence=MEAN_CONFIDENCE
        ) / periods_per_year,
        pbo=tested.probability if tested else math.nan,
        pbo_sets=min(len(blocks), PBO_SETS) if tested else 0,
        loss=loss,
        slope=tested.slope if tested else math.nan,
        reality_check=superior.reality_check,
        spa_lower=superior.lower,
        spa_consistent=superior.consistent,
        spa_upper=superior.upper,
        neighbourhood=_neighbourhood(blocks, ranked, best, cells, shape, coordinates),
    )  # fmt: skip


@dataclass(frozen=True)
class _Winner:
    """One set's ratio of a period, its standard error without skill, and what both are made of."""

    sharpe: float
    scale: float
    variance_ratio: float
    moments: tuple[float, int, float, float]


def _record(blocks: BlockSums, best: int, skew: Floats | None, excess_kurtosis: Floats | None) -> _Winner:
    row = int(blocks.rows[best])
    sharpe, ratios = float(blocks.sharpes[best]), blocks.variance_ratios
    known = ratios[np.isfinite(ratios)]
    # Its own ratio is one of 64 blocks, the mean of all sets tells what they have in common: the worse one counts.
    ratio = max(1.0, float(known.mean()), float(np.nan_to_num(ratios[best], nan=1.0))) if known.size else 1.0
    skewness, kurtosis = _value(skew, row), _value(excess_kurtosis, row) + 3.0
    scale = null_scale(sharpe, blocks.periods, skewness, kurtosis, ratio)
    return _Winner(sharpe, scale, ratio, (sharpe, blocks.periods, skewness, kurtosis))


def _column(name: str, values: Any, sets: int) -> Floats | None:
    """Return one value for each set, whatever shape they come in; None where none are given."""
    if values is None:
        return None
    column = np.asarray(values, np.float64).reshape(-1)
    if column.size != sets:
        raise OverfittingInputError(f"{name}: one value for each of {sets} sets is expected, found {column.size}")
    return column


def _value(values: Floats | None, row: int) -> float:
    found = 0.0 if values is None else float(values[row])
    return found if math.isfinite(found) else 0.0


def _tested(blocks: BlockSums, best: int) -> Overfitting | None:
    """Return CSCV of the sets, or of an even choice of them that holds the winner; None where it can't be made."""
    parts = most_parts(blocks.counts)
    if len(blocks) < 2 or not parts:
        return None
    if len(blocks) > PBO_SETS:
        chosen = np.linspace(0, len(blocks) - 1, PBO_SETS).astype(np.int64)
        chosen[np.argmin(np.abs(chosen - best))] = best
        return overfitting_probability(blocks.only(chosen), parts)
    return overfitting_probability(blocks, parts)


def _variance(sharpes: Floats, earlier: Any) -> float:
    """Return the variance of all trials' annual Sharpe ratios (ddof 1)."""
    known = np.concatenate((sharpes, np.asarray(earlier, np.float64).reshape(-1)))
    known = known[np.isfinite(known)]
    return float(np.var(known, ddof=1)) if known.size > 1 else 0.0


def _sums_of(blocks: BlockSums, best: int) -> tuple[Floats, Floats]:
    row = blocks.rows[best]
    return blocks.sums[row], blocks.squares[row]


def _intervals(blocks: BlockSums, best: int, returns: Any, per_year: float, seed: int) -> Intervals:
    if returns is not None:
        return return_intervals(returns, per_year, seed=seed)
    return block_intervals(*_sums_of(blocks, best), blocks.counts, per_year, seed=seed)


def _annual_return(blocks: BlockSums, best: int, returns: Any, per_year: float) -> float:
    if returns is not None:
        values = np.asarray(returns, np.float64)
        return (
            float(np.expm1(np.log1p(np.maximum(values, -1.0 + 1e-12)).mean() * per_year)) if values.size else math.nan
        )
    sums, squares = _sums_of(blocks, best)
    return math.expm1(min(per_year * float(sums.sum() - squares.sum() / 2.0) / blocks.periods, 700.0))


def _neighbourhood(
    blocks: BlockSums, scores: Floats, best: int, cells: Any, shape: tuple[int, ...] | None, coordinates: Any
) -> Neighbourhood | None:
    if shape is not None:
        places = np.arange(len(blocks.sums)) if cells is None else np.asarray(cells, np.int64).reshape(-1)
        if places.size != len(blocks.sums) or places.max() >= math.prod(shape):
            raise OverfittingInputError(
                f"one cell of the grid {shape} for each of {len(blocks.sums)} sets is expected,"
                f" found {places.size} up to {places.max()}"
            )
        grid = np.full(math.prod(shape), np.nan)
        grid[places[blocks.rows]] = scores
        winner = np.unravel_index(int(places[blocks.rows[best]]), shape)
        return grid_neighbourhood(grid.reshape(shape), tuple(int(place) for place in winner))
    if coordinates is None:
        return None
    return nearest_neighbourhood(scores, np.asarray(coordinates, np.float64)[blocks.rows], best)
