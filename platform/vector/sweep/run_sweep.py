"""``sweep``: run a strategy with thousands of parameter sets and measure each."""

import hashlib
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from lockstep.analytics.metrics.conventions import Convention
from lockstep.data.bars import Bars
from lockstep.data.store import Store
from lockstep.strategies.base import Strategy
from lockstep.vector.backtest import ExecutionOptions
from lockstep.vector.sweep.checkpoint import Checkpoint, identity_of
from lockstep.vector.sweep.cluster import Cluster, Stopped, connected
from lockstep.vector.sweep.gather import Gathering
from lockstep.vector.sweep.plan import Plan, Portion, plan_of, portions
from lockstep.vector.sweep.portion import Found, run_portion
from lockstep.vector.sweep.progress import shown
from lockstep.vector.sweep.request import Request, request_of
from lockstep.vector.sweep.router import Route, route
from lockstep.vector.sweep.space import Space

if TYPE_CHECKING:
    from lockstep.data.ticks.execution import TickExecution
    from lockstep.vector.sweep.result import Sweep

WORTH_KEEPING = 10.0
"""Seconds that a sweep must be expected to take for its portions to be kept without being asked."""


class SweepInterrupted(UserWarning):
    """A sweep was stopped before its end; what is done is in the result."""


def sweep(
    bars: Any,
    strategy: type[Strategy] | Strategy,
    grid: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Space,
    *,
    where: Any = None,
    subset: float | None = None,
    seed: int = 0,
    across: str = "symbol",
    metrics: Any = None,
    policies: Mapping[str, Any] | None = None,
    cash: float = 100_000.0,
    risk_free: float = 0.0,
    convention: str | Convention = "lockstep",
    benchmark: Any = None,
    columns: Mapping[str, Any] | None = None,
    backend: str = "auto",
    market: Any = None,
    brokerage: Any = None,
    exits: Any = None,
    limits: Any = None,
    actions: bool = False,
    rates: Mapping[str, Any] | None = None,
    funding: Mapping[str, Any] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    max_memory: float | None = None,
    cluster: Any = None,
    progress: Callable[[int], None] | bool | None = None,
    ticks: "TickExecution | None" = None,
    **execution: Unpack[ExecutionOptions],
) -> "Sweep":
    """Run a strategy with every set of a grid and return all metrics of all sets as one xarray Dataset.

    A cell holds what ``backtest`` of that set measures, to the bit on numba.

    Args:
        bars: as ``backtest`` takes them; or ``Ticks``, a list of them (symbols, days) or some by name, with an
            ``OrderKernel``, where, subset, seed, metrics, policies, cash, risk_free, convention, max_memory, progress
            and ticks alone.
        strategy: a strategy's class, or an instance whose values hold for what is not searched.
        grid: parameter -> values (see ``Space.of``), or a list of sets, or a ``Space``.
        where: a condition or a list of them, ``lambda fast, slow: 2 * fast < slow``; the others are left out.
        subset: a random part: so many sets (500), or a share of them (0.1), by ``seed``.
        across: "symbol": each symbol alone with all the cash; "portfolio": all symbols share it.
        metrics: names of metrics; None: every one that needs no more than a pass over the bars. Fewer are faster. The
            Sharpe ratio is always among them, for the overfitting report.
        policies: name -> settings of execution, for a dimension "policy"; those of ``execution`` hold for all. Over
            ticks: name -> ``TickExecution``.
        cash, risk_free, convention, benchmark, columns: as ``backtest`` takes them.
        backend: "numba", "jax", "runs" (set by set, whatever ``backtest`` can run) or "auto".
        market, brokerage, exits, limits, actions, rates, funding: the full order model, as ``backtest`` takes them.
        checkpoint: a folder in which finished portions are kept: the same call goes on where it was interrupted. A
            sweep of more than ten seconds keeps them in the store's folder unasked, until it is done.
        max_memory: bytes that the sweep may take; None: what the machine has free.
        cluster: the address of a Dask scheduler ("tcp://10.0.0.1:8786") or a ``dask.distributed.Client``, to run on
            all its workers with the same results (docs/cluster.md).
        progress: True or False for a bar on stderr (None: for people, where it takes long), or a function that takes
            the cells (bars times sets) done since it was called last.
        ticks: latency, queue model and fees of runs over ticks.
        **execution: settings of ``Execution`` (docs/execution.md).

    Raises:
        SweepError: for what can't be swept, and more sets than memory holds.
        ParameterError: for unknown parameters and values that they refuse.
        BacktestError, StrategyError, DataError: as ``backtest``.
    """
    model = {
        "market": market, "brokerage": brokerage, "exits": exits, "limits": limits, "actions": actions, "rates": rates,
        "funding": funding,
    }  # fmt: skip
    space = grid if isinstance(grid, Space) else Space.of(grid, strategy, where=where, subset=subset, seed=seed)
    if ticks is not None or _are_ticks(bars):
        from lockstep.vector.ticks.search import search_of
        from lockstep.vector.ticks.sweep import tick_sweep

        for_bars = {
            **model, "benchmark": benchmark, "columns": columns, "checkpoint": checkpoint, "cluster": cluster,
            "across": across != "symbol", "backend": backend != "auto", **execution,
        }  # fmt: skip
        search = search_of(
            bars, space, metrics=metrics, policies=policies, execution=ticks, cash=cash, risk_free=risk_free,
            convention=convention, for_bars=for_bars,
        )  # fmt: skip
        return tick_sweep(search, progress, max_memory)
    request = request_of(
        bars, space, across=across, metrics=metrics, policies=policies, cash=cash, risk_free=risk_free,
        convention=convention, benchmark=benchmark, columns=columns, backend=backend, model=model, execution=execution,
    )  # fmt: skip
    way = route(request)
    plan = plan_of(request, way, max_memory)
    with connected(cluster) as machines:
        if machines is not None:
            machines.check(request)
            plan = machines.cut(plan, request, way.backend)
        kept = _checkpoint(checkpoint, request, plan, way)
        plan = plan if kept is None else replace(plan, portion=kept.portion)
        with shown(progress, plan) as report:
            result = _run(request, way, plan, kept, report, machines)
    if kept is not None and checkpoint is None and not result.attrs["interrupted"]:
        kept.remove()
    return result


def _are_ticks(bars: Any) -> bool:
    if isinstance(bars, Bars):
        return False
    from lockstep.vector.ticks.search import is_ticks

    return is_ticks(bars)


def _run(
    request: Request, way: Route, plan: Plan, kept: Checkpoint | None, report: Callable[[int], None],
    machines: Cluster | None,
) -> "Sweep":  # fmt: skip
    gathering, started = Gathering(request, way, plan), time.perf_counter()
    interrupted, lost = False, ""

    def put(portion: Portion, found: Found, whole: bool = True) -> None:
        if kept is not None and whole:
            kept.save(portion, found)
        gathering.put(portion, found)

    try:
        todo = _missing(request, plan, kept, gathering, report)
        if machines is not None:
            missing = list(todo)
            machines.run(request, way.backend, missing, gathering.done, put, report)
        else:
            for portion in todo:
                put(portion, run_portion(request, way.backend, portion, report))
    except (KeyboardInterrupt, Stopped) as stop:
        interrupted, lost = True, str(stop)
    if interrupted:
        where = f" and kept in {kept.folder}: ask again to go on" if kept is not None else ""
        warnings.warn(
            f"{lost or 'interrupted'}: {gathering.done} portions of {plan.portion:,} sets are done{where}",
            SweepInterrupted,
            stacklevel=4,
        )
    seconds = time.perf_counter() - started
    gathering.remember()
    return gathering.sweep(seconds, interrupted)


def _missing(
    request: Request, plan: Plan, kept: Checkpoint | None, gathering: Gathering, report: Callable[[int], None]
) -> Iterator[Portion]:
    """Put in place what was kept, and yield what is still to be run."""
    for portion in portions(request, plan):
        found = kept.load(portion) if kept is not None else None
        if found is None:
            yield portion
        else:
            gathering.put(portion, found)
            report((portion.stop - portion.start) * request.slices[portion.slice].bars.rows)


def _checkpoint(asked: str | os.PathLike[str] | None, request: Request, plan: Plan, way: Route) -> Checkpoint | None:
    if asked is None and plan.seconds < WORTH_KEEPING:
        return None
    identity = identity_of(request, plan, way.backend)
    if asked is not None:
        return Checkpoint(asked, identity)
    what = {**identity, "portion": 0}  # the same sweep goes on, on however many machines
    name = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:24]
    return Checkpoint(Path(Store().path) / ".sweeps" / name, identity)
