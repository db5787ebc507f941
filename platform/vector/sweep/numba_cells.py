"""Many parameter sets of one strategy on numba: groups of them side by side in vector instructions, on all cores.

Each symbol is traded alone with all the cash, on its own calendar, as ``backtest`` of its bars does, and with the same
bits. What a set leaves behind are its streaming statistics: nothing grows with the bars.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from numba.core.errors import NumbaError, UnsupportedBytecodeError

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.data.bars import Bars
from lockstep.data.extra import ExtraColumns
from lockstep.errors import StrategyError
from lockstep.kernels.sizing import Instruction
from lockstep.kernels.sweep.lanes import LANES
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.run import Benchmark, GivenBenchmark
from lockstep.vector.sweep.cells import Cells, empty_cells
from lockstep.vector.sweep.cores import cores
from lockstep.vector.sweep.numba_groups import BLOCK_ROWS, Group, Room, Rows, Steps, Task
from lockstep.vector.sweep.periods import count_periods
from lockstep.vector.sweep.sets import Sets, alike, made

Floats = npt.NDArray[np.float64]
FEW_GROUPS = frozenset(("equity", "returns", "depth", "trades"))
"""Groups of statistics (see ``needs``) for which the shorter loops are enough."""

_NO_LEVEL = np.empty(0)


def run(
    bars: Bars,
    strategy_class: type[Strategy],
    columns: Mapping[str, npt.NDArray[Any]],
    *,
    cash: float,
    execution: Execution,
    convention: Convention,
    facts: Facts,
    benchmark: Sequence[Floats] | None = None,
    given: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
    groups: frozenset[str] | None = None,
    before: Bars | None = None,
) -> Cells:
    """Run all parameter sets on each symbol of the bars.

    Args:
        bars: histories; each symbol is run on its own.
        strategy_class: a class whose step numba can compile, seeing one symbol at a time.
        columns: parameter -> its values array[k], every parameter of the class; checked before.
        cash: initial capital of each account.
        execution: how orders fill.
        convention: what is measured.
        facts: facts of a run, as ``backtest`` has them; ``warm_up`` is each set's own.
        benchmark: per symbol one level a row of its bars, float64[rows]; None: the symbol itself, bought and held.
        given: the user's columns that the strategy reads.
        progress: called after each block with the rows times the sets that were done.
        groups: which groups of statistics are wanted (see ``needs``); None: all. Others may be left at their start.
        before: bars of the same, only symbol that come before: strategies see them and nothing is traded on them.

    Raises:
        StrategyError: for a step that numba can't compile for any layout of states; where it can for some, the sets of
            the others are marked.
    """
    sets, failed = made(strategy_class, columns, len(next(iter(columns.values()))) if columns else 1)
    cells = empty_cells(len(sets.places) + len(failed), len(bars.histories))
    cells.failed.update(failed)
    if before is not None:
        sets = sets._replace(warm_ups=[max(bars_needed - before.rows, 0) for bars_needed in sets.warm_ups])
    cells.warm_ups[sets.places] = sets.warm_ups
    if not len(sets.places):
        return cells
    few = groups is not None and groups <= FEW_GROUPS
    initial = statistics_for(convention, replace(facts, initial_cash=cash))
    kind = Instruction.TARGET_UNITS if strategy_class.target == "units" else Instruction.TARGET_WEIGHT
    parts, shapeless = alike(sets, strategy_class.name)
    cells.failed.update(shapeless)
    kinds = [(part, Steps(strategy_class, part)) for part in parts]
    for symbol, history in enumerate(bars.histories):
        alone = replace(bars, histories=(history,))
        lot = 0.0 if execution.fractional else alone.instruments[0].lot
        periods = count_periods(alone, initial.rules)
        levels = None if benchmark is None else benchmark[symbol]
        extra = ExtraColumns(strategy_class.columns, given, alone.symbols)
        for part, steps in kinds:
            task = Task(steps, kind, execution, initial, lot, cash, alone.span[1], periods, few)
            try:
                _take(_Walk(task, alone, extra, levels, before), part, cells, symbol, progress or (lambda _: None))
            except StrategyError as error:
                kinds = [each for each in kinds if each[1] is not steps]
                if not kinds:
                    raise
                cells.failed.update(dict.fromkeys(part.places.tolist(), str(error)))
                if progress is not None:
                    progress(alone.rows * len(part.places))
    return cells


def _take(walk: "_Walk", sets: Sets, cells: Cells, symbol: int, progress: Callable[[int], None]) -> None:
    """Run sets of one layout on a symbol, and put what they leave into the cells."""
    for group, at in zip(walk.run(sets, progress), range(0, len(sets.places), LANES), strict=True):
        part = sets.some(np.arange(at, at + group.number))
        if group.raised is None:
            _put(cells, symbol, part.places, group)
        else:
            _one_by_one(walk, part, cells, symbol)


def _one_by_one(walk: "_Walk", sets: Sets, cells: Cells, symbol: int) -> None:
    """Find out which set of a group raised something, so that the others lose nothing."""
    for position, place in enumerate(sets.places.tolist()):
        one = sets.some(np.array([position]))
        (group,) = walk.run(one, lambda _: None)
        if group.raised is None:
            _put(cells, symbol, one.places, group)
        else:
            cells.failed[place] = f"{type(group.raised).__name__}: {group.raised}"


def _put(cells: Cells, symbol: int, places: npt.NDArray[np.int64], group: Group) -> None:
    fields = ("floats", "integers", "trade_floats", "trade_integers", "sums", "squares", "fees", "end")
    wholes: tuple[npt.NDArray[Any], ...] = cells[:8]
    for whole, field in zip(wholes, fields, strict=True):
        whole[places, symbol] = group.finished[field][: group.number]


class _Walk:
    """Takes groups over the bars of one symbol, all of them through a block before the next."""

    def __init__(self, task: Task, bars: Bars, extra: ExtraColumns, levels: Floats | None, before: Bars | None) -> None:
        self._task, self._bars, self._extra, self._levels, self._before = task, bars, extra, levels, before

    def run(self, sets: Sets, progress: Callable[[int], None]) -> list[Group]:
        """Return the groups of the sets, in their order, after the last row."""
        number = len(sets.places)
        starts = range(0, number, LANES)
        groups = [Group(self._task, sets.some(np.arange(at, min(at + LANES, number)))) for at in starts]
        rooms = [Room() for _ in range(min(cores(), len(groups)))]
        with ThreadPoolExecutor(len(rooms), "lockstep-sweep") as pool:
            for known in self._known():
                waiting = iter(groups)
                done = [pool.submit(self._learn, waiting, known, room) for room in rooms]
                for each in done:
                    each.result()
            following, rows, last = self._rows(), None, (0, 0, 0.0)
            rows = next(following, None)
            while rows is not None:
                waiting = iter(groups)  # each thread takes the next: one that is held up leaves more to the others
                done = [pool.submit(self._work, waiting, rows, room) for room in rooms]
                ahead = next(following, None)  # read while the others work
                for each in done:
                    each.result()
                block, n = rows.block, len(rows.block.close_time_ns)
                last = (rows.first + n - 1, int(block.close_time_ns[-1]), float(block.ohlcv[0, 3, -1]))
                rows = ahead
                progress(n * number)
        for group in groups:
            group.finish(*last, rooms[0])
        return groups

    def _rows(self) -> Iterator[Rows]:
        capital, first = self._task.cash, 0
        level = Benchmark(np.zeros(1, np.int64), capital) if self._levels is None else GivenBenchmark(self._levels)
        for block in self._bars.blocks(BLOCK_ROWS):
            # The few statistics look at no benchmark.
            compared = np.full(len(block.close_time_ns), np.nan) if self._task.few else level.level(block)
            yield Rows(first, block, self._extra.at(block.close_time_ns), compared)
            first += len(block.close_time_ns)

    def _known(self) -> Iterator[Rows]:
        first = 0
        for block in self._before.blocks(BLOCK_ROWS) if self._before is not None else ():
            yield Rows(first, block, self._extra.at(block.close_time_ns), _NO_LEVEL)
            first += len(block.close_time_ns)

    def _learn(self, groups: Iterator[Group], rows: Rows, room: Room) -> None:
        self._each(groups, lambda group: group.learn(rows, room))

    def _work(self, groups: Iterator[Group], rows: Rows, room: Room) -> None:
        self._each(groups, lambda group: group.advance(rows, room))

    def _each(self, groups: Iterator[Group], take: Callable[[Group], None]) -> None:
        for group in groups:
            if group.raised is not None:
                continue
            try:
                take(group)
            except (NumbaError, UnsupportedBytecodeError, AssertionError) as error:
                if not self._task.steps.run.signatures:
                    raise StrategyError(self._task.steps.refusal(error)) from error
                group.raised = error  # it was compiled: the step itself raised this
            except Exception as error:  # whatever a user's step raises
                group.raised = error
