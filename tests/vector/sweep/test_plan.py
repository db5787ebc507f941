"""Estimates before the start, and the portions that are run."""

from pathlib import Path
from typing import Any

import pytest
from tests.vector.sweep.test_sweep import bars_of

from lockstep.errors import SweepError
from lockstep.strategies import EmaCross
from lockstep.vector.sweep import Space
from lockstep.vector.sweep.plan import PORTION, available_memory, plan_of, portions
from lockstep.vector.sweep.request import Request, request_of
from lockstep.vector.sweep.router import route

GRID = {"fast": range(2, 52), "slow": range(60, 120)}


def asked(metrics: Any = ("sharpe",), rows: int = 100, **grid: Any) -> Request:
    return request_of(
        bars_of(rows=rows, symbols=("A", "B")), Space.of(grid or GRID, EmaCross), across="symbol", metrics=metrics,
        policies={"cheap": {}, "dear": {"commission": 0.01}}, cash=1e5, risk_free=0.0, convention="lockstep",
        benchmark=None, columns=None, backend="numba", model={}, execution={},
    )  # fmt: skip


def test_it_counts_runs_and_bars() -> None:
    request = asked()
    plan = plan_of(request, route(request), None)
    assert plan.sets == 3_000 * 2 * 2
    assert plan.cells == 3_000 * 2 * sum(part.bars.rows for part in request.slices)
    assert f"{plan.sets:,} runs" in str(plan)
    assert "s more where the strategy must be compiled first: once, then kept on disk" in plan.compiling


def test_more_of_anything_takes_more() -> None:
    small, large, every = asked(), asked(rows=200), asked(metrics=None)
    plans = [plan_of(request, route(request), None) for request in (small, large, every)]
    assert plans[0].seconds < plans[1].seconds
    assert plans[0].seconds < plans[2].seconds
    assert plans[0].memory < plans[2].memory


def test_every_set_is_in_one_portion_of_each_run() -> None:
    request = asked()
    parts = list(portions(request, plan_of(request, route(request), None)))
    for policy in range(2):
        for symbol in range(2):
            edges = [(part.start, part.stop) for part in parts if part[:2] == (policy, symbol)]
            assert edges == [(0, PORTION["numba"]), (PORTION["numba"], 3_000)]


def test_more_than_memory_holds_is_refused_with_a_cure() -> None:
    request = asked()
    needed = plan_of(request, route(request), None).memory
    assert plan_of(request, route(request), needed).memory == needed
    with pytest.raises(SweepError, match=r"need about .* MB, found .* MB: ask for fewer metrics"):
        plan_of(request, route(request), needed - 1)


def test_free_memory_is_what_the_container_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/proc/meminfo": "MemTotal: 8000 kB\nMemAvailable: 4000 kB\n",
        "/sys/fs/cgroup/memory.max": "3000000\n",
        "/sys/fs/cgroup/memory.current": "1000000\n",
    }
    monkeypatch.setattr(Path, "read_text", lambda path: files[str(path)])
    assert available_memory() == 2_000_000.0
    files["/sys/fs/cgroup/memory.max"] = "max"
    assert available_memory() == 4_096_000.0
