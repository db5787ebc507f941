"""Many parameter sets of one strategy on JAX: ``jit(vmap(...))`` over the sets, looped over the rows.

Each symbol is traded alone with all the cash, on its own calendar, as ``backtest`` of its bars does. The sets are taken
in blocks that fit into memory, and spread over all devices there are. What a set leaves behind are its streaming
statistics: the carry of the loop. A CPU, a GPU and a TPU run the same code, to the bit of numba's decisions where
``jax_start`` says that JAX is exact.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.data.bars import Bars
from lockstep.data.extra import ExtraColumns
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.jax_start import double_precision, start_jax
from lockstep.vector.sweep.cells import Cells, empty_cells
from lockstep.vector.sweep.jax_rows import Reader
from lockstep.vector.sweep.jax_sets import parts, takes_rings
from lockstep.vector.sweep.sets import Sets, made

Floats = npt.NDArray[np.float64]
SETS_ON_CPU = 1024
"""Parameter sets that are run together: four times as many fall out of a processor's cache, 160 ns instead of 100."""
SETS_ON_DEVICE = 65_536
"""The same on a GPU or TPU, which has thousands of numbers to work on at once; 100 MB and the windows."""
FEWEST = 32
"""Sets that each device holds at least."""


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
    groups: frozenset[str] | None = None,  # noqa: ARG001 - as every backend is called
    sets_per_block: int | None = None,
) -> Cells:
    """Run all parameter sets on each symbol of the bars.

    Args:
        bars: histories; each symbol is run on its own.
        strategy_class: a class whose step JAX can trace, seeing one symbol at a time.
        columns: parameter -> its values array[k], every parameter of the class; checked before.
        cash: initial capital of each account.
        execution: how orders fill.
        convention: what is measured.
        facts: facts of a run, as ``backtest`` has them; ``warm_up`` is each set's own.
        benchmark: per symbol one level a row of its bars, float64[rows]; None: the symbol itself, bought and held.
        given: the user's columns that the strategy reads.
        progress: called after each block with the rows times the sets that were done.
        groups: which groups of statistics are wanted; here all are computed whatever is asked.
        sets_per_block: how many sets share the memory of the devices; None: ``SETS_ON_CPU`` or ``SETS_ON_DEVICE``.

    Raises:
        BacktestError: when JAX is not installed, or can't trace the strategy.
        SweepError: for a strategy that does not see one symbol at a time.
    """
    most = sets_per_block or (SETS_ON_CPU if start_jax().platform == "cpu" else SETS_ON_DEVICE)
    sets, failed = made(strategy_class, columns, len(next(iter(columns.values()))) if columns else 1)
    cells = empty_cells(len(sets.places) + len(failed), len(bars.histories))
    cells.failed.update(failed)
    cells.warm_ups[sets.places] = sets.warm_ups
    if not len(sets.places):
        return cells
    task = _Task(strategy_class, takes_rings(strategy_class, sets), execution, convention, facts, cash)
    for symbol, history in enumerate(bars.histories):
        alone = replace(bars, histories=(history,))
        extra = ExtraColumns(strategy_class.columns, given, alone.symbols)
        reader = Reader(alone, cash, None if benchmark is None else benchmark[symbol], extra, task.initial.rules)
        for part, together in parts(sets, task.rings, most):
            found = task.run(part, together, alone, reader, progress or (lambda _: None))
            whole: Any
            for whole, values in zip(cells[:8], found, strict=True):
                whole[part.places, symbol] = values[: len(part.places)]
    return cells


class _Task:
    """A strategy class, how its orders fill and what is measured."""

    def __init__(
        self, strategy_class: type[Strategy], rings: bool, execution: Execution, convention: Convention, facts: Facts,
        cash: float,
    ) -> None:  # fmt: skip
        self.rings = rings
        self._class, self._execution, self._cash = strategy_class, execution, cash
        self.initial = statistics_for(convention, replace(facts, initial_cash=cash))

    def run(
        self, sets: Sets, together: int, bars: Bars, reader: Reader, progress: Callable[[int], None]
    ) -> tuple[Any, ...]:
        """Take some sets through all rows of a symbol, in a carry of at least ``together``; return what they leave."""
        import jax

        from lockstep.vector.sweep import jax_carry

        mesh = jax.make_mesh((jax.device_count(),), (jax_carry.SETS,), axis_types=(jax.sharding.AxisType.Auto,))
        copies = rounded(together, mesh.size)
        kind = Instruction.TARGET_UNITS if self._class.target == "units" else Instruction.TARGET_WEIGHT
        asked = self._execution.rules(kind, bars.span[1])
        lot = 0.0 if self._execution.fractional else bars.instruments[0].lot
        with double_precision():
            carry, axes = jax_carry.carry_of(sets, copies, self.rings, self._cash, self.initial)
            fixed, rules = jax_carry.fixed_of(sets, copies, asked, lot)
            program = jax_carry.compiled(self._class, axes, rules, self.initial.rules, self.rings, mesh)
            carry, fixed = jax_carry.placed(carry, fixed, axes, mesh)
            for rows, stretches in reader:
                carry = program(carry, fixed, rows, stretches)
                carry.block_sum.block_until_ready()  # else all blocks of rows would be read ahead
                progress(int(stretches.edges[stretches.number]) * len(sets.places))
            return jax_carry.results(carry, self.initial.rules)


def rounded(sets: int, devices: int) -> int:
    """Return a number at most about a quarter larger, the same for many: each size takes seconds to compile."""
    step = max(FEWEST * devices, (1 << (max(sets, 1) - 1).bit_length()) // 8)
    step = -(-step // devices) * devices
    return -(-sets // step) * step
