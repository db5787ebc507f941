"""Our side of the sweeps' measurements: jobs for fresh processes. Imports stand inside, so that they can be counted.

The trials of a sweep are remembered in a store: the processes get one of their own that is thrown away.
"""

import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lockstep.data import Bars

ALIKE = {"convention": "vectorbt", "fill": "same_close", "fractional": True}
"""Settings under which both sides do the same: orders are filled at the close of the bar that decides them."""

NOT_NEEDED = ("jax", "plotly", "optuna", "dask", "scipy", "bottleneck", "exchange_calendars")


def measure(
    search: str, short: bool, rows: int, repeats: int, seconds: float = 0.0, strategy: str | None = None,
    imports: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Time the five metrics of every set, by vectorbt's rules; the first run of the process apart."""
    from benchmarks.harness import imports_alike, memory_mb, rounds
    from benchmarks.sweeps import CASH, METRICS, SEARCHES

    chosen = SEARCHES[search].short() if short else SEARCHES[search]
    start = time.perf_counter()
    kind, sweep = _imported(strategy or chosen.strategy), _imported("lockstep.vector.sweep:sweep")
    imported = time.perf_counter() - start
    imports_alike(imports)
    before = memory_mb()["VmHWM"]
    bars = taken(chosen.prices(rows))
    times, found = [], None
    for _ in rounds(repeats + 1, seconds):
        start = time.perf_counter()
        found = sweep(bars, kind, chosen.grid, metrics=METRICS, cash=CASH, commission=chosen.commission, **ALIKE)
        times.append(time.perf_counter() - start)
    assert found is not None
    values = {name: found[name].values.ravel().tolist() for name in METRICS}
    above = memory_mb()["VmHWM"] - before
    return {"import": imported, "first": times[0], "times": times[1:], "values": values, "above": above}


def scale(
    folder: str, sets: int, repeats: int, search: str = "ema", every: bool = False, convention: str = "lockstep"
) -> dict[str, Any]:
    """Time a sweep over the bars of a store in a process that loads nothing it does not need."""
    from benchmarks.harness import memory_mb
    from benchmarks.stores import open_bars

    start = time.perf_counter()
    kind, sweep = _imported(KINDS[search]), _imported("lockstep.vector.sweep:sweep")
    imported, loaded = time.perf_counter() - start, memory_mb()["VmHWM"]
    searched, metrics = grid_of(search, sets), None if every else _imported("benchmarks.sweeps:METRICS")
    times, found = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        found = sweep(open_bars(folder), kind, searched, metrics=metrics, convention=convention, progress=False)
        times.append(time.perf_counter() - start)
    assert found is not None
    assert found["status"].size == sets, f"expected {sets} sets, found {found['status'].size}"
    assert not found["status"].values.any(), "some sets have no result"
    assert "jax" not in sys.modules
    return {
        "import": imported, "times": times, "loaded_mb": loaded, "kept_mb": found.nbytes / 1e6,
        "metrics": sum("block" not in one.dims for one in found.values()) - 1, "backend": found.attrs["backend"],
        "modules": [name for name in NOT_NEEDED if name in sys.modules],
    }  # fmt: skip


KINDS = {"ema": "lockstep.strategies:EmaCross", "zscore": "lockstep.strategies:MeanReversion"}


def grid_of(search: str, sets: int) -> dict[str, list[Any]]:
    """Return a grid of exactly ``sets`` sets, a multiple of 50."""
    others = sets // 50
    if search == "ema":
        return {"fast": list(range(5, 105, 2)), "slow": list(range(110, 110 + 5 * others, 5))}
    return {
        "lookback": list(range(10, 10 + others)),
        "entry_z_score": [1.25 + 0.25 * i for i in range(10)],
        "exit_z_score": [0.1, 0.3, 0.5, 0.7, 0.9],
    }


def taken(made: dict[str, Any]) -> "Bars":
    """Take bars of ``market.bars`` from memory."""
    from benchmarks.market import FIELDS

    bars = _imported("lockstep.data:Bars")
    taken: Bars = bars.from_frame({"time": made["open_time"].view("M8[ns]"), **{name: made[name] for name in FIELDS}})
    return taken


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
