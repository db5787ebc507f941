"""``sweep`` over ticks: every set of an order kernel on every history, as the Dataset that sweeps over bars give."""

import json
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep._version import __version__
from lockstep.analytics.metrics.conventions import PRESETS
from lockstep.analytics.metrics.facts import periods_per_year
from lockstep.data.trials import data_key
from lockstep.errors import SweepError
from lockstep.strategies.code_version import code_version
from lockstep.strategies.reference import reference_of
from lockstep.vector.sweep.cells import TIME_BLOCKS
from lockstep.vector.sweep.cores import cores
from lockstep.vector.sweep.gather import Gathering
from lockstep.vector.sweep.ledger import IN_MEMORY
from lockstep.vector.sweep.plan import Plan, available_memory
from lockstep.vector.sweep.portion import Status
from lockstep.vector.sweep.progress import shown
from lockstep.vector.sweep.router import Route
from lockstep.vector.sweep.run_sweep import SweepInterrupted
from lockstep.vector.ticks.cells import TickCell, run_cells
from lockstep.vector.ticks.search import TickSearch

if TYPE_CHECKING:
    from lockstep.vector.sweep.result import Sweep

WAY = Route("ticks", "cell by cell beside the history, on all cores")
NS_PER_EVENT = 60.0
"""Of one core: what an estimate is made of before anything was timed."""
RUN_BYTES = 32_000_000
ORDER_BYTES = 128
"""A run's books and records, and what each slot of an L3 history adds."""


def tick_sweep(
    search: TickSearch, progress: Callable[[int], None] | bool | None, max_memory: float | None
) -> "Sweep":  # fmt: skip
    """Run every cell of a search (see ``sweep``); ``progress`` hears events."""
    plan = plan_of(search, max_memory)
    gathering, started, interrupted = TickGathering(search, plan), time.perf_counter(), False
    with shown(progress, plan) as report:
        try:
            for cell in run_cells(search):
                gathering.take(cell)
                report(search.slices[cell.portion.slice].ticks.rows)
        except KeyboardInterrupt:
            interrupted = True
            done = f"{gathering.done:,} of {plan.sets:,} runs are done"
            warnings.warn(f"interrupted: {done}", SweepInterrupted, stacklevel=4)
    gathering.remember()
    return gathering.sweep(time.perf_counter() - started, interrupted)


def plan_of(search: TickSearch, max_memory: float | None) -> Plan:
    """Return the estimate; raises ``SweepError`` for more than memory holds."""
    runs = len(search.slices) * len(search.policies)
    laid_out = search.space.size if search.space.sparse else search.space.total
    kept = 2 * laid_out * runs * (8 * len(search.metrics) + 16 * TIME_BLOCKS + 1)
    largest = max(part.ticks.slots for part in search.slices)
    memory = kept + cores() * (RUN_BYTES + ORDER_BYTES * largest)
    events = sum(part.ticks.rows for part in search.slices) * len(search.policies) * search.space.size
    plan = Plan(search.space.size * runs, events, 1, memory, events * NS_PER_EVENT * 1e-9 / cores(), "seconds")
    room = available_memory() if max_memory is None else max_memory
    if plan.memory > room:
        raise SweepError(
            f"{plan.sets:,} runs with {len(search.metrics)} metrics each need about {plan.memory / 1e6:,.0f} MB, found "
            f"{room / 1e6:,.0f} MB: ask for fewer metrics (metrics=['sharpe', ...]), or sweep a part at a time"
        )
    return plan


class TickGathering(Gathering):
    """Room for all cells of a sweep over ticks. Returns are those from sample to sample of the equity curve."""

    def __init__(self, search: TickSearch, plan: Plan) -> None:
        request: Any = search  # what the base class asks of it, both have
        super().__init__(request, WAY, plan)
        self._search = search
        self._counts = [1] * len(search.slices)

    def take(self, cell: TickCell) -> None:
        """Take a cell."""
        at = cell.portion.slice
        self._counts[at] = max(self._counts[at], cell.returns)
        self.put(cell.portion, cell.found)

    def _unknown(self) -> dict[str, npt.NDArray[Any]]:
        return {name: np.empty(0) for name in self._search.metrics}

    def _periods(self) -> npt.NDArray[np.int64]:
        counted = [np.bincount(np.arange(n) * TIME_BLOCKS // n, minlength=TIME_BLOCKS) for n in self._counts]
        return np.array(counted, np.int64)

    def _settings(self) -> list[str]:
        kind = self._search.space.strategy_class
        told = {"strategy": kind.name, "code": code_version(kind)}
        policies = self._search.policies.values()
        return [json.dumps({**told, "execution": each.to_dict()}, sort_keys=True) for each in policies]

    def _keys(self) -> list[str]:
        keys = []
        for part in self._search.slices:
            ticks = part.ticks
            dataset = f"{ticks.dataset} {ticks.data_hash[:16]}" if ticks.dataset == IN_MEMORY else ticks.dataset
            keys.append(data_key(dataset, ticks.symbols, ticks.level))
        return keys

    def _years(self) -> list[float]:
        rules = replace(self._search.rules, per_bar=True)
        return [periods_per_year(rules, part.facts) for part in self._search.slices]

    def _about(self, seconds: float, interrupted: bool) -> dict[str, Any]:
        search, space = self._search, self._search.space
        kind, rules = space.strategy_class, search.rules
        first = search.slices[0].ticks
        policies = {name: each.to_dict() for name, each in search.policies.items()}
        histories = [part.ticks for part in search.slices]
        return {
            "strategy": kind.name,
            "strategy_title": kind.title,
            "strategy_class": reference_of(kind),
            "strategy_code": code_version(kind),
            "fixed": json.dumps(space.fixed),
            "space": json.dumps(space.describe()),
            "history": "ticks",
            "dataset": first.dataset,
            "source": "synthetic" if any(each.synthetic for each in histories) else first.source,
            "level": json.dumps([each.level for each in histories]),
            "symbols": json.dumps([part.name for part in search.slices]),
            "slice_hashes": json.dumps([each.data_hash for each in histories]),
            "span": json.dumps([min(each.span[0] for each in histories), max(each.span[1] for each in histories)]),
            "convention": rules.name,
            "rules": json.dumps(rules.name if PRESETS.get(rules.name) == rules else asdict(rules)),
            "cash": search.cash,
            "risk_free": search.risk_free,
            "execution": json.dumps(next(iter(policies.values()))),
            "policies": json.dumps(policies),
            "trial_settings": json.dumps(self._settings()),
            "trial_keys": json.dumps(self._keys()),
            "periods_per_year": json.dumps(self._years()),
            "backend": WAY.backend,
            "backend_reason": WAY.reason,
            "trials": int(np.isin(self._status, (Status.DONE, Status.RUINED)).sum()),
            "interrupted": int(interrupted),
            "reasons": json.dumps(self._reasons),
            "seconds": seconds,
            "lockstep_version": __version__,
        }
