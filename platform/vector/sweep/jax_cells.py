"""Many parameter sets of one strategy on JAX: ``jit(vmap(...))`` over the sets, looped over the rows.

Each symbol is traded alone with all the cash, on its own calendar, as ``backtest`` of its bars does. The sets are taken
in blocks that fit into memory, and spread over all devices there are. What a set leaves behind are its streaming
statistics: the carry of the loop. A CPU, a GPU and a TPU run the same code, to the bit of numba's decisions where
``jax_start`` says that JAX is exact.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.data.bars import Bars
from lockstep.kernels.layout import FLOAT
from lockstep.kernels.sizing import Instruction
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.strategies.base import Strategy
from lockstep.vector.execution import Execution
from lockstep.vector.extra import ExtraColumns
from lockstep.vector.jax_start import double_precision, start_jax
from lockstep.vector.sweep.jax_rows import TIME_BLOCKS, Reader
from lockstep.vector.sweep.jax_sets import Sets, made, parts, takes_rings

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
SETS_PER_BLOCK = 4096
"""Parameter sets that are run together: beyond this a step gains nothing by more of them."""
ROUNDED_TO = 32
"""Blocks hold a multiple of this many sets, so that nearly equal sweeps share a compile."""


class Cells(NamedTuple):
    """Results of k parameter sets on S symbols."""

    floats: Floats
    """float64[k, S, F]: statistics as ``STATISTICS`` packs them."""
    integers: Integers
    trade_floats: Floats
    """float64[k, S, F]: statistics of trades as ``TRADE_STATISTICS`` packs them."""
    trade_integers: Integers
    block_sum: Floats
    """float64[k, S, 64]: sum of period returns in each block of time, and of their squares."""
    block_squares: Floats
    ended: npt.NDArray[np.int8]
    """int8[k, S]: ``End``."""
    failed: dict[int, str]
    """Set -> what its ``init`` or ``warm_up`` raised; its numbers are nan and 0."""

    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """Return all but ``failed``."""
        return self[:-1]


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
    sets_per_block: int = SETS_PER_BLOCK,
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
        sets_per_block: how many sets share the memory of the device.

    Raises:
        BacktestError: when JAX is not installed, or can't trace the strategy.
    """
    start_jax()
    alone = [replace(bars, histories=(history,)) for history in bars.histories]
    sets, failed = made(strategy_class, columns, len(next(iter(columns.values()))) if columns else 1)
    cells = _empty(len(sets.places) + len(failed), len(alone), failed)
    if not len(sets.places):
        return cells
    task = _Task(strategy_class, takes_rings(strategy_class, sets), execution, convention, facts, cash)
    for symbol, one in enumerate(alone):
        extra = ExtraColumns(strategy_class.columns, given, one.symbols)
        reader = Reader(one, cash, None if benchmark is None else benchmark[symbol], extra, *task.periods)
        for part in parts(sets, task.rings, sets_per_block):
            found = task.run(part, one, reader, progress or (lambda _: None))
            for whole, values in zip(cells.arrays(), found, strict=True):
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
        self._initial = statistics_for(convention, replace(facts, initial_cash=cash))
        self.periods = (self._initial.rules.per_bar, self._initial.rules.skip_first)

    def run(self, sets: Sets, bars: Bars, reader: Reader, progress: Callable[[int], None]) -> tuple[Any, ...]:
        """Take some sets through all rows of a symbol; return what they leave behind."""
        import jax

        from lockstep.vector.sweep import jax_carry

        mesh = jax.make_mesh((jax.device_count(),), (jax_carry.SETS,), axis_types=(jax.sharding.AxisType.Auto,))
        multiple = ROUNDED_TO * mesh.size
        copies = -(-len(sets.places) // multiple) * multiple
        kind = Instruction.TARGET_UNITS if self._class.target == "units" else Instruction.TARGET_WEIGHT
        asked = self._execution.rules(kind, bars.span[1])
        lot = 0.0 if self._execution.fractional else bars.instruments[0].lot
        with double_precision():
            carry, axes = jax_carry.carry_of(sets, copies, self.rings, self._cash, self._initial)
            fixed, rules = jax_carry.fixed_of(sets, copies, asked, lot)
            program = jax_carry.compiled(self._class, axes, rules, self._initial.rules, self.rings, mesh)
            carry, fixed = jax_carry.placed(carry, fixed, axes, mesh)
            for rows, stretches in reader:
                carry = program(carry, fixed, rows, stretches)
                carry.block_sum.block_until_ready()  # else all blocks of rows would be read ahead
                progress(int(stretches.edges[stretches.number]) * len(sets.places))
            return jax_carry.results(carry, self._initial.rules)


def _empty(sets: int, symbols: int, failed: dict[int, str]) -> Cells:
    counts = []
    for layout in (STATISTICS, TRADE_STATISTICS):
        floats = layout.leaves.count(FLOAT)
        counts.append((floats, len(layout.leaves) - floats))
    (floats, integers), (trade_floats, trade_integers) = counts
    shape = (sets, symbols)
    return Cells(
        np.full((*shape, floats), np.nan), np.zeros((*shape, integers), np.int64),
        np.full((*shape, trade_floats), np.nan), np.zeros((*shape, trade_integers), np.int64),
        np.full((*shape, TIME_BLOCKS), np.nan), np.full((*shape, TIME_BLOCKS), np.nan),
        np.zeros(shape, np.int8), failed,
    )  # fmt: skip
