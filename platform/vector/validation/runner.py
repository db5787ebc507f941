"""``walk_forward``: choose on each split's training, test what was chosen out of sample, put the tests together."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.formulas import chosen
from lockstep.data.bars import Bars
from lockstep.errors import SplitError
from lockstep.strategies.base import Strategy
from lockstep.vector.sweep.content import content_hash
from lockstep.vector.sweep.space import Space
from lockstep.vector.validation.checkpoint import Checkpoint, identity_of
from lockstep.vector.validation.history import calendar_of
from lockstep.vector.validation.out_of_sample import check_kernel
from lockstep.vector.validation.outcome import WalkForward
from lockstep.vector.validation.picking import Pick, check_pick
from lockstep.vector.validation.splits import Definition, Splits
from lockstep.vector.validation.terms import Terms
from lockstep.vector.validation.units import units_of
from lockstep.vector.validation.work import Work

METRICS = ("sharpe", "total_return", "max_drawdown", "trades")
"""What is measured in training and in tests beside the score."""

Progress = Callable[[int, int], None]


def walk_forward(
    bars: Any,
    strategy: type[Strategy] | Strategy,
    grid: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Space,
    splits: Definition | Splits,
    *,
    score: str = "sharpe",
    pick: Pick = "highest",
    metrics: Sequence[str] = METRICS,
    where: Any = None,
    subset: float | None = None,
    seed: int = 0,
    across: str = "symbol",
    cash: float = 100_000.0,
    risk_free: float = 0.0,
    convention: str | Convention = "lockstep",
    benchmark: Any = None,
    columns: Mapping[str, Any] | None = None,
    backend: str = "auto",
    baseline: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> WalkForward:
    """Choose parameters on each split's training and test them out of sample (docs/validation.md).

    Args:
        bars, strategy, grid, where, subset, seed: what is searched, as ``sweep`` takes it; kernel strategies only.
        splits: ``rolling``, ``anchored``, ``expanding``, ``purged_k_fold`` or ``combinatorial_purged``, or the splits
            that one of them made of these very sessions.
        score: name of the metric by which sets are chosen. A training of several ranges is one run for each: the Sharpe
            ratio and the mean return are those of all their returns together; see ``scores`` for the others.
        pick: "highest" score, "lowest", or a function of (scores float64[k], parameters: name -> array[k]) that returns
            the number of a set, or None for none. The first of equal scores is taken; a set without a finite
            score never is. Where no set has one the test holds cash.
        metrics: further metrics to measure in training and in tests.
        across: "symbol": each symbol chooses for itself and trades with all the cash; "portfolio": one choice for all.
        cash, risk_free, convention, benchmark, columns, backend: as ``sweep`` takes them.
        baseline: also choose on the whole history and show what that would have made of the very tests.
        checkpoint: a folder in which finished trainings and splits are kept: the same call goes on where it was
            interrupted. Ctrl-C itself gives back what is done, with a ``SweepInterrupted`` warning.
        progress: called after each test of a split with (how many are done, how many there are).
        **settings: settings of ``Execution``, of the full order model, and ``max_memory``, as ``sweep`` takes them.

    Raises:
        SplitError: for a history that is too short for the splits, and for what can't be validated.
        SweepError: also for a checkpoint that belongs to another call.
        ParameterError, BacktestError, StrategyError, DataError: as ``sweep``.
    """
    if getattr(bars, "level", None) is not None:
        raise SplitError(
            "walk_forward splits bars into sessions, found a history of ticks: sweep over ticks.between(...) of each"
            " part, or build bars (ticks.bars('1m')) for a strategy of bars"
        )
    bars = bars if isinstance(bars, Bars) else Bars.from_frame(bars)
    space = grid if isinstance(grid, Space) else Space.of(grid, strategy, where=where, subset=subset, seed=seed)
    check_kernel(space.strategy_class)
    check_pick(pick)
    if across not in ("symbol", "portfolio"):
        raise SplitError(f"across must be 'symbol' (each chooses for itself) or 'portfolio', found {across!r}")
    across = "portfolio" if space.strategy_class.cross_sectional else across
    terms = Terms.of(cash, risk_free, convention, benchmark, columns, backend, settings)
    calendar = calendar_of(bars)
    made, names = _splits_of(splits, calendar.days), _names(score, metrics)
    units = list(units_of(bars, across, calendar, terms))
    identity = identity_of(bars, space, made, names, pick, across, terms)
    work = Work(
        space, made, names, pick, across, terms, baseline, units, progress or (lambda _done, _all: None),
        content_hash(identity)[:32], None if checkpoint is None else Checkpoint.at(checkpoint, identity),
    )  # fmt: skip
    return work.run(bars)


def _splits_of(given: Any, days: Any) -> Splits:
    if isinstance(given, Splits):
        if given.total != len(days):
            raise SplitError(
                f"the splits are of {given.total} sessions, the bars have {len(days)}: give the definition itself, or "
                f"splits made over sessions_of(bars)"
            )
        return given
    if not callable(getattr(given, "over", None)):
        raise SplitError(
            "splits must be made by rolling, anchored, expanding, purged_k_fold or combinatorial_purged, found "
            f"{given!r}"
        )
    made: Splits = given.over(days)
    return made


def _names(score: Any, metrics: Sequence[str]) -> tuple[str, ...]:
    """Return the metrics' names, the score first. Raises ``UnknownMetricError``."""
    asked = (score, *((metrics,) if isinstance(metrics, str) else metrics))
    entries = {entry.name: entry for entry in chosen(asked)}
    times = [name for name, entry in entries.items() if entry.unit == "time"]
    if times:
        raise SplitError(f"{times[0]} is a date, expected metrics that are numbers: sharpe, calmar, total_return")
    return tuple(dict.fromkeys(asked))
