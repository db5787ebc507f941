"""``guided_sweep``: let a sampler choose the next sets by what the sets before came to.

Optuna proposes a batch of sets, the batch runs side by side as in a sweep, and Optuna is told their scores.

TPE: Bergstra, Bardenet, Bengio and Kegl, Algorithms for Hyper-Parameter Optimization, NIPS 24 (2011). NSGA-II: Deb,
Pratap, Agarwal and Meyarivan, IEEE Transactions on Evolutionary Computation 6 (2002). Optuna: Akiba et al., KDD (2019).
"""

import hashlib
import json
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

from lockstep.analytics.metrics.conventions import Convention
from lockstep.errors import SweepError
from lockstep.strategies.base import Strategy
from lockstep.vector.sweep.checkpoint import identity_of
from lockstep.vector.sweep.guided_folds import Fold, folds_of
from lockstep.vector.sweep.guided_result import gathered
from lockstep.vector.sweep.guided_runs import Batch, Runs, keep_all, keep_as_told, keep_by_pruner
from lockstep.vector.sweep.guided_space import GuidedSpace
from lockstep.vector.sweep.guided_study import (
    Objective,
    objectives_of,
    open_study,
    pruner_of,
    quiet,
    require_optuna,
    sampler_of,
)
from lockstep.vector.sweep.guided_trials import Trials
from lockstep.vector.sweep.measured import require_comparable
from lockstep.vector.sweep.plan import Plan, plan_of
from lockstep.vector.sweep.progress import shown
from lockstep.vector.sweep.request import Request, request_of
from lockstep.vector.sweep.router import Route, route
from lockstep.vector.sweep.run_sweep import SweepInterrupted
from lockstep.vector.validation.terms import MODEL

if TYPE_CHECKING:
    from lockstep.vector.sweep.result import Sweep

ASKING = 0.005
"""Seconds that a sampler takes for a set: what an estimate is made of."""

OTHERS = {
    "policies": "search once for each of them",
    "subset": "trials says how many sets are run",
    "checkpoint": "storage keeps a search that is interrupted",
    "max_memory": "a search of this kind needs little",
    "cluster": "batches are too small to be sent",
}
"""Settings of ``sweep`` that have no meaning here, and what does instead."""


def guided_sweep(
    bars: Any,
    strategy: type[Strategy] | Strategy,
    grid: Mapping[str, Any] | GuidedSpace,
    *,
    trials: int = 500,
    sampler: Any = "tpe",
    objectives: Any = ("sharpe",),
    folds: Any = None,
    pruner: Any = "median",
    batch: int = 32,
    seed: int = 0,
    storage: Any = None,
    where: Any = None,
    across: str = "symbol",
    metrics: Any = None,
    cash: float = 100_000.0,
    risk_free: float = 0.0,
    convention: str | Convention = "lockstep",
    benchmark: Any = None,
    columns: Mapping[str, Any] | None = None,
    backend: str = "auto",
    progress: Callable[[int], None] | bool | None = None,
    **settings: Any,
) -> "Sweep":
    """Search sets one batch after another, each chosen by the scores of those before, and return them as a sweep.

    The result has one dimension "set". A cell holds what ``backtest`` of that set on all bars measures, to the bit on
    numba. Every set that was run is a trial for the ledger and the overfitting report.

    Args:
        bars, strategy, where, across, cash, risk_free, convention, benchmark, columns, backend, progress: as ``sweep``
            takes them. Of several symbols a set's score is the mean.
        grid: parameter -> values, as for ``sweep``, or ``between(low, high)`` for any value between; or a
            ``GuidedSpace``.
        trials: how many different sets are run, those of an earlier call with the same storage included.
        sampler: "tpe", "nsga2" (for several objectives), "random", or a sampler of Optuna.
        objectives: metrics to be maximized, or pairs such as ("fees", "minimize").
        folds: score sets on parts of the history, one after another: a definition of validation, such as
            ``rolling("2y", "6mo")``, of which the tests are taken, or a number of equal parts that are tested after a
            first one. The score is their mean; a set without a number in one of them, as it never traded, has none.
        pruner: after which fold a set is given up: "median" (its mean so far is below the median of the others' at that
            fold), "none", or a pruner of Optuna. Optuna prunes for one objective alone.
        batch: sets that are chosen before the next scores are known, and run together. At 32 they fill the vectors.
        seed: the same seed, batch and settings give the same sets.
        storage: where the study is kept, so that the same call goes on with it: a path (a journal file), a URL of a
            database, or a storage of Optuna.
        metrics: names of metrics to measure besides the objectives; None: every one that a pass gives.
        **settings: settings of execution and of the full order model, as ``sweep`` takes them.

    Raises:
        SweepError: for what can't be searched, and where Optuna is not installed.
        ParameterError: for unknown parameters and values that they refuse.
        BacktestError, StrategyError, DataError: as ``backtest``.
    """
    require_optuna()
    _counts(trials=trials, batch=batch)
    wanted = objectives_of(objectives)
    space = grid if isinstance(grid, GuidedSpace) else GuidedSpace(grid, strategy, where)
    names = None if metrics is None else _with_objectives(metrics, wanted)
    model, execution = _sorted(settings)
    request = request_of(
        bars, space.example(seed), across=across, metrics=names, policies=None, cash=cash, risk_free=risk_free,
        convention=convention, benchmark=benchmark, columns=columns, backend=backend, model=model, execution=execution,
    )  # fmt: skip
    for one in wanted:
        require_comparable(one.name, request.rules)
    parts = () if folds is None else folds_of(request, folds, [one.name for one in wanted])
    way = _way(request, bool(parts))
    plan = _plan(request, way, trials, parts)
    with quiet():
        chosen = sampler_of(sampler, seed, trials, 0), pruner_of(pruner, bool(parts), wanted)
        study = open_study(_name(request, way, space, wanted, parts), storage, wanted)
        asked = Trials(study, space, seed)
        study.sampler = sampler_of(sampler, seed, trials, len(asked.known)) if asked.known else chosen[0]
        study.pruner = chosen[1] or study.pruner
        with shown(progress, plan) as report:
            kept = " and kept in its storage: ask again to go on" if isinstance(storage, str | os.PathLike) else ""
            runs = Runs(request, way.backend, space, wanted, parts, report)
            search = _Search(runs, asked, chosen[1] is not None, kept)
            result = search.run(trials, batch, way, plan)
    result.attrs["guided"] = json.dumps(
        {
            "objectives": [list(one) for one in wanted],
            "sampler": sampler if isinstance(sampler, str) else type(sampler).__name__,
            "pruner": type(chosen[1]).__name__ if chosen[1] is not None else "none",
            "folds": [fold.name for fold in parts],
            "seed": seed, "batch": batch, "study": study.study_name,
            "repeated": asked.repeated, "refused": asked.refused, "exhausted": asked.exhausted,
        }
    )  # fmt: skip
    return result


class _Search:
    """Asks, runs and tells until enough sets were run, no more are found, or the user stops it."""

    def __init__(self, runs: Runs, asked: Trials, prune: bool, kept: str) -> None:
        self._runs, self._asked, self._prune, self._kept = runs, asked, prune, kept
        self._batches: list[Batch] = []

    def run(self, trials: int, batch: int, way: Route, plan: Plan) -> "Sweep":
        started, interrupted = time.perf_counter(), False
        try:
            self._run_again(trials)
            while (left := trials - sum(len(done.keys) for done in self._batches)) > 0 and not self._asked.exhausted:
                self._one(min(batch, left))
        except KeyboardInterrupt:
            if not self._batches:
                raise
            interrupted = True
            done = sum(len(done.keys) for done in self._batches)
            said = f"interrupted: {done:,} of {trials:,} sets were run{self._kept}"
            warnings.warn(said, SweepInterrupted, stacklevel=4)
        return gathered(self._runs, self._batches, way, plan, time.perf_counter() - started, interrupted)

    def _run_again(self, trials: int) -> None:
        """Run what an earlier search has found: only parameters and scores were kept of it."""
        keys = self._asked.ran()[:trials]
        if keys:
            told = [self._asked.known[key] for key in keys]
            self._batches.append(self._runs.run(keys, keep_as_told(told, len(self._runs.folds))))

    def _one(self, number: int) -> None:
        fresh = self._asked.ask(number)
        try:
            if fresh:
                first = [trials[0] for trials in fresh.values()]
                keep = keep_by_pruner(first, len(self._runs.folds)) if self._prune else keep_all
                done = self._runs.run(list(fresh), keep)
                for key, told in zip(done.keys, done.told, strict=True):
                    self._asked.tell(key, fresh[key], told, reported=self._prune)
                self._batches.append(done)
        finally:
            self._asked.give_up(fresh)


def _counts(**given: Any) -> None:
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise SweepError(f"{name} must be a whole number from 1, found {value!r}")


def _with_objectives(metrics: Any, objectives: Sequence[Objective]) -> tuple[str, ...]:
    asked = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    return tuple(dict.fromkeys([*asked, *(one.name for one in objectives)]))


def _sorted(settings: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the settings of the order model, and those of execution."""
    for name, instead in OTHERS.items():
        if name in settings:
            raise SweepError(f"a guided search takes no {name}: leave it out; {instead}")
    model = {name: settings.get(name) for name in MODEL}
    return model, {name: value for name, value in settings.items() if name not in MODEL}


def _way(request: Request, folds: bool) -> Route:
    way = route(request)
    if way.backend == "jax" and folds:
        if request.backend == "jax":
            raise SweepError("folds are run on numba: leave the backend to 'auto'")
        return route(replace(request, backend="numba"))
    return way


def _plan(request: Request, way: Route, trials: int, folds: Sequence[Fold]) -> Plan:
    plan = plan_of(request, way, None)
    rows = plan.cells + sum(fold.rows() for fold in folds)
    seconds = plan.seconds * trials * rows / plan.cells + ASKING * trials
    return replace(plan, sets=plan.sets * trials, cells=rows * trials, seconds=seconds)


def _name(
    request: Request, way: Route, space: GuidedSpace, objectives: Sequence[Objective], folds: Sequence[Fold]
) -> str:
    """Return the study's name: another one for whatever would give another score or another choice."""
    told: dict[str, Any] = identity_of(request, plan_of(request, way, None), way.backend)
    told |= {"space": space.describe(), "metrics": None, "objectives": objectives, "folds": [f.name for f in folds]}
    hashed = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
    return f"{space.strategy_class.name}-{hashed[:16]}"
