"""Many parameter sets as runs of their own, some at a time over the same bars: whatever ``backtest`` can run.

The bars are read once for all runs of a batch. Of each run only its statistics stay.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import LockstepError
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.backtest import quiet
from lockstep.vector.prepare import BLOCK_ROWS, Prepared, Question
from lockstep.vector.result import Result
from lockstep.vector.run import walk
from lockstep.vector.sweep.cells import TIME_BLOCKS, Cells, empty_cells
from lockstep.vector.sweep.cores import cores
from lockstep.vector.sweep.request import Request, Slice

BATCH = 8
"""Runs that walk together: each holds its records until its last bar."""

Values = dict[str, npt.NDArray[Any]]


def run(request: Request, part: Slice, execution: Execution, columns: Values, progress: Callable[[int], None]) -> Cells:
    """Run parameter sets (every parameter's values [k]) on one slice of the bars."""
    number = len(next(iter(columns.values())))
    cells = empty_cells(number, 1)
    batches = [range(at, min(at + BATCH, number)) for at in range(0, number, BATCH)]
    with ThreadPoolExecutor(min(cores(), len(batches)), "lockstep-sweep") as pool:
        for _ in pool.map(lambda places: _batch(request, part, execution, columns, places, cells, progress), batches):
            pass
    return cells


def _batch(
    request: Request, part: Slice, execution: Execution, columns: Values, places: range, cells: Cells,
    progress: Callable[[int], None],
) -> None:  # fmt: skip
    try:
        found = _walked(request, part, execution, columns, list(places), cells)
    except Exception:  # whatever a user's code raises: found out one by one
        found = []
        for place in places:
            try:
                found += _walked(request, part, execution, columns, [place], cells)
            except Exception as error:
                kind = "" if isinstance(error, LockstepError) else f"{type(error).__name__}: "
                cells.failed[place] = f"{kind}{error}"
    for place, result in found:
        _put(cells, place, result)
    progress(len(places) * part.bars.rows)


def _walked(
    request: Request, part: Slice, execution: Execution, columns: Values, places: list[int], cells: Cells
) -> list[tuple[int, Result]]:
    asked: list[tuple[int, Question, Prepared]] = []
    kinds = request.space.strategy_class.parameters
    for place in places:
        values = {name: kinds[name].kind(values[place]) for name, values in columns.items()}
        strategy = request.space.strategy_class(**values)
        cells.warm_ups[place] = strategy.warm_up(strategy.params)
        each = request.ask(part.bars, strategy)
        asked.append((place, each, each.prepare(execution, dict(request.model), keep_rows=False)))
    walk(part.bars, [prepared.run for _, _, prepared in asked], BLOCK_ROWS, quiet)
    return [(place, each.collect(prepared)) for place, each, prepared in asked]


def _put(cells: Cells, place: int, result: Result) -> None:
    finished = result.total.finished
    packed, trades = STATISTICS.pack(finished.statistics), TRADE_STATISTICS.pack(finished.trade_statistics)
    cells.floats[place, 0], cells.integers[place, 0] = packed.floats, packed.integers
    cells.trade_floats[place, 0], cells.trade_integers[place, 0] = trades.floats, trades.integers
    returns = finished.periods["portfolio"]
    block = np.arange(len(returns)) * TIME_BLOCKS // max(len(returns), 1)
    cells.block_sum[place, 0] = np.bincount(block, returns, TIME_BLOCKS)
    cells.block_squares[place, 0] = np.bincount(block, returns * returns, TIME_BLOCKS)
    fees = result.total.fills["fee"]
    cells.fees[place, 0] = np.cumsum(fees)[-1] if len(fees) else 0.0
    cells.ended[place, 0] = result.total.end
