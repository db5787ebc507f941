"""Run one portion of a sweep and measure it."""

import json
from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.compute import metrics_of_many
from lockstep.kernels.account import End
from lockstep.kernels.layout import Packed
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.sweep.cells import TIME_BLOCKS, Cells
from lockstep.vector.sweep.plan import Portion
from lockstep.vector.sweep.request import Request, Slice

Columns = dict[str, npt.NDArray[Any]]
_NO_WINDOWS = (np.empty(0), np.empty((0, 3), np.int64))


class Status(IntEnum):
    """What became of a cell of the result."""

    DONE = 0
    LEFT_OUT = 1
    """A condition, or chance in a random part, left it out."""
    REFUSED = 2
    """The strategy's own check refuses the set."""
    FAILED = 3
    """It raised something: the reason is kept."""
    NOT_RUN = 4
    """The sweep was interrupted before."""
    RUINED = 5
    """Its equity fell to zero or below, where the run ended; the numbers are those up to there."""
    PRUNED = 6
    """A guided search gave it up after some of its folds; the numbers are there, and it can't be the best."""


class Found(NamedTuple):
    """What a portion of n sets came to."""

    status: npt.NDArray[np.int8]
    """int8[n], ``Status``."""
    metrics: Columns
    """name -> float64[n] or datetime64[ns][n]."""
    sums: npt.NDArray[np.float64]
    """float64[n, 64], and of squares."""
    squares: npt.NDArray[np.float64]
    reasons: dict[int, str]
    """Set of the sweep -> why it was refused or what it raised."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return plain arrays for a file."""
        reasons = np.frombuffer(json.dumps(self.reasons).encode(), np.uint8)
        named = {f"metric {name}": values for name, values in self.metrics.items()}
        return {"status": self.status, "sums": self.sums, "squares": self.squares, "reasons": reasons, **named}

    @classmethod
    def of(cls, arrays: dict[str, npt.NDArray[Any]]) -> "Found":
        """Return what ``arrays`` wrote."""
        named = {name.removeprefix("metric "): v for name, v in arrays.items() if name.startswith("metric ")}
        reasons = {int(place): text for place, text in json.loads(arrays["reasons"].tobytes()).items()}
        return cls(arrays["status"], named, arrays["sums"], arrays["squares"], reasons)


MOST_REASONS = 1000
"""Reasons kept of one portion."""


def run_portion(request: Request, backend: str, portion: Portion, progress: Callable[[int], None]) -> Found:
    """Run the sets of a portion that their strategy takes, and measure them."""
    part = request.slices[portion.slice]
    execution = list(request.policies.values())[portion.policy]
    refused = request.space.refused_between(portion.start, portion.stop)
    taken = np.flatnonzero(~refused)
    number = portion.stop - portion.start
    status = np.where(refused, Status.REFUSED, Status.FAILED).astype(np.int8)
    sums, squares = (np.full((number, TIME_BLOCKS), np.nan) for _ in range(2))
    reasons = {
        portion.start + int(place): request.space.reason(portion.start + int(place)) or ""
        for place in np.flatnonzero(refused)[:MOST_REASONS]
    }
    if not len(taken):
        return Found(status, unknown(request, part, number), sums, squares, reasons)
    values = {name: column[taken] for name, column in request.values(portion.start, portion.stop).items()}
    cells = _cells(request, backend, part, execution, values, progress)
    status[taken] = np.where(cells.ended[:, 0] == End.RUINED, Status.RUINED, Status.DONE)
    for place, reason in cells.failed.items():
        status[taken[place]] = Status.FAILED
        if len(reasons) < MOST_REASONS:
            reasons[portion.start + int(taken[place])] = reason
    sums[taken], squares[taken] = cells.block_sum[:, 0], cells.block_squares[:, 0]
    metrics = measured(request, part, cells, np.array(sorted(cells.failed), np.int64))
    return Found(status, {n: _spread(v, taken, number) for n, v in metrics.items()}, sums, squares, reasons)


def _cells(
    request: Request, backend: str, part: Slice, execution: Execution, values: Columns, progress: Callable[[int], None]
) -> Cells:
    if backend == "runs":
        from lockstep.vector.sweep import runs_cells

        return runs_cells.run(request, part, execution, values, progress)
    kind = request.space.strategy_class
    benchmark = None if request.benchmark is None or isinstance(request.benchmark, str) else [_levels(request)]
    settings: dict[str, Any] = {
        "cash": request.cash, "execution": execution, "convention": request.rules, "facts": part.facts,
        "benchmark": benchmark, "given": request.columns, "progress": progress,
    }  # fmt: skip
    if backend == "jax":
        from lockstep.vector.sweep import jax_cells

        return jax_cells.run(part.bars, kind, values, **settings)
    from lockstep.vector.sweep import numba_cells

    return numba_cells.run(part.bars, kind, values, **settings, groups=request.groups)


def _levels(request: Request) -> npt.NDArray[np.float64]:
    given = request.benchmark
    return np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given, np.float64)


def measured(request: Request, part: Slice, cells: Cells, failed: npt.NDArray[np.int64]) -> Columns:
    """Return the metrics of all sets that ran; of those that failed nan."""
    # Rows of one leaf beside one another: formulas then run over memory as it lies.
    statistics, trades = (
        layout.unpack(
            Packed(np.ascontiguousarray(floats[:, 0].T), np.ascontiguousarray(integers[:, 0].T), *_NO_WINDOWS)
        )
        for layout, floats, integers in (
            (STATISTICS, cells.floats, cells.integers), (TRADE_STATISTICS, cells.trade_floats, cells.trade_integers),
        )
    )  # fmt: skip
    known: Any = {"warm_up": cells.warm_ups, "fees": np.ascontiguousarray(cells.fees[:, 0])}
    facts = replace(part.facts, **known)
    found = metrics_of_many(statistics, trades, facts, request.rules, request.metrics)
    for values in found.values():
        values[failed] = np.datetime64("NaT") if values.dtype.kind == "M" else np.nan
    return found


def _spread(values: npt.NDArray[Any], taken: npt.NDArray[np.int64], number: int) -> npt.NDArray[Any]:
    out = np.full(number, np.datetime64("NaT", "ns") if values.dtype.kind == "M" else np.nan, values.dtype)
    out[taken] = values
    return out


def unknown(request: Request, part: Slice, number: int) -> Columns:
    """Return every metric of a number of sets of which nothing is known: nan, or no time."""
    empty = STATISTICS.leaves.count("float"), len(STATISTICS.leaves)
    kinds = metrics_of_many(
        STATISTICS.unpack(Packed(np.zeros((empty[0], 1)), np.zeros((empty[1], 1), np.int64), *_NO_WINDOWS)),
        None, part.facts, request.rules, request.metrics,
    )  # fmt: skip
    return {name: _spread(value[:0], np.empty(0, np.int64), number) for name, value in kinds.items()}
