"""What a sweep will take, and the portions it is cut into."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lockstep.errors import SweepError
from lockstep.kernels.sweep.accounts import FINISHED, GROUP
from lockstep.kernels.sweep.lanes import LANES
from lockstep.vector.sweep.cells import TIME_BLOCKS
from lockstep.vector.sweep.cores import cores
from lockstep.vector.sweep.numba_cells import FEW_GROUPS
from lockstep.vector.sweep.request import Request
from lockstep.vector.sweep.router import Route

PORTION = {"numba": 2048, "jax": 65_536, "runs": 64}
"""Sets that are run, kept and counted as done together."""

NS_PER_CELL = {"numba": 4.0, "numba, every metric": 8.0, "jax": 200.0, "runs": 80.0}
"""Of one core, for a bar and a set: what an estimate is made of before anything was timed (benchmarks/RESULTS.md)."""

COMPILING = {
    "numba": "10 to 20 s more where the strategy must be compiled first: once, then kept on disk",
    "jax": "some seconds more for JAX to compile the strategy",
    "runs": "10 to 20 s more where the strategy must be compiled first: once, then kept on disk",
}
"""What an estimate leaves out."""

RUN_BYTES = 2_000_000
"""A run of its own with its records and buffers, as far as they are touched."""


class Portion(NamedTuple):
    """Some sets under one policy on one slice of the bars."""

    policy: int
    slice: int
    start: int
    stop: int


@dataclass(frozen=True)
class Plan:
    """An estimate, made before the first run."""

    sets: int
    cells: int
    """Bars times sets, over all slices and policies."""
    portion: int
    memory: int
    """Bytes above what the process holds already."""
    seconds: float
    """Of running; compiling comes before."""
    compiling: str = ""
    """What compiling may take, in words."""

    def __str__(self) -> str:
        return (
            f"{self.sets:,} runs over {self.cells:,} bars in all: about {_duration(self.seconds)} and "
            f"{self.memory / 1e6:,.0f} MB"
        )


def plan_of(request: Request, route: Route, max_memory: float | None) -> Plan:
    """Return the estimate; raises ``SweepError`` for more sets than memory holds."""
    runs = len(request.slices) * len(request.policies)
    sets, portion = request.space.size, PORTION[route.backend]
    laid_out = sets if request.space.sparse else request.space.total
    # Metrics, sums of blocks, status; and once more while they are put in their places.
    kept = 2 * laid_out * runs * (8 * len(request.metrics) + 16 * TIME_BLOCKS + 1)
    at_work = min(portion, sets) * (GROUP.itemsize // LANES + 2 * FINISHED.itemsize)
    if route.backend == "runs":
        at_work = min(portion, sets) * RUN_BYTES // 8
    bars = sum(part.bars.rows for part in request.slices) * len(request.policies)
    many = route.backend == "numba" and not request.groups <= FEW_GROUPS
    rate = NS_PER_CELL["numba, every metric" if many else route.backend]
    seconds = sets * bars * rate * 1e-9 / cores()
    plan = Plan(sets * runs, sets * bars, portion, kept + at_work, seconds, COMPILING[route.backend])
    room = available_memory() if max_memory is None else max_memory
    if plan.memory > room:
        raise SweepError(
            f"{plan.sets:,} runs with {len(request.metrics)} metrics each need about {plan.memory / 1e6:,.0f} MB, "
            f"found {room / 1e6:,.0f} MB: ask for fewer metrics (metrics=['sharpe', ...]), take a part (subset=...), "
            "or sweep a part of the grid at a time"
        )
    return plan


def portions(request: Request, plan: Plan) -> Iterator[Portion]:
    """Yield the portions in the order in which they are run."""
    for policy in range(len(request.policies)):
        for part in range(len(request.slices)):
            for start in range(0, request.space.size, plan.portion):
                yield Portion(policy, part, start, min(start + plan.portion, request.space.size))


def available_memory() -> float:
    """Return how many bytes this process may still take; infinite where the system doesn't say."""
    free = float("inf")
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                free = float(line.split()[1]) * 1024
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        if limit != "max":
            free = min(free, float(limit) - float(Path("/sys/fs/cgroup/memory.current").read_text()))
    except OSError:
        if hasattr(os, "sysconf") and free == float("inf"):
            try:
                free = float(os.sysconf("SC_AVPHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
            except (ValueError, OSError):
                return free
    return free


def _duration(seconds: float) -> str:
    if seconds < 90.0:
        return f"{max(seconds, 0.1):.1f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 5400.0 else f"{seconds / 3600.0:.1f} h"
