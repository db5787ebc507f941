"""Groups of parameter sets that compiled code takes through the bars side by side."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.kernels.layout import Layout
from lockstep.kernels.records import FILL, ORDER, TRADE
from lockstep.kernels.refresh import up_to_date
from lockstep.kernels.sizing import Instruction
from lockstep.kernels.stats.statistics import Statistics
from lockstep.kernels.sweep import accounts
from lockstep.kernels.sweep.few import bind_few_accounts
from lockstep.kernels.sweep.lanes import LANES, LaneLayout
from lockstep.kernels.sweep.steps import bind_steps, bind_wide_steps, bind_wide_windowed_steps, bind_windowed_steps
from lockstep.kernels.sweep.wide_layout import WIDE_LEAVES, WideLayout
from lockstep.kernels.sweep.widen import branches, widened
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.signals import version_of
from lockstep.strategies.over_bars.uncompiled import why
from lockstep.vector.sweep.sets import Sets

BLOCK_ROWS = 2048
"""Rows taken at a time: the targets of one group, 512 KB, stay in the second level cache."""

Floats = npt.NDArray[np.float64]
Packed = tuple[npt.NDArray[Any], ...]


class Room:
    """What one thread writes and nobody reads afterwards."""

    def __init__(self) -> None:
        self.targets = np.empty((BLOCK_ROWS, LANES))
        self.records = (
            np.zeros(accounts.RECORDS, ORDER), np.zeros(accounts.RECORDS, FILL), np.zeros(accounts.RECORDS, TRADE),
            np.zeros(3, np.int64), np.empty((3, BLOCK_ROWS)), np.empty(2 * LANES),
        )  # fmt: skip


class Rows(NamedTuple):
    """A block of one symbol, with what is known beside its bars."""

    first: int
    """How many rows came before."""
    block: BarBlock
    extra: Floats
    """float64[1, n, columns]: the user's columns."""
    level: Floats
    """float64[n]: the benchmark's."""


class Steps:
    """The compiled loop over a strategy's step, and the way in which it wants its sets laid out."""

    def __init__(self, strategy_class: type[Strategy], sets: Sets) -> None:
        """Read the layout off the first set's state. Raises ``TypeError`` for a state that is no state."""
        self._class = strategy_class
        self.state = Layout(sets.states[0], f"{strategy_class.name} state")
        self.params = Layout(sets.params[0])
        self.windowed = not set(self.state.leaves) <= {"float", "integer", "boolean"}
        self._states, self._params = WideLayout(self.state), LaneLayout(self.params)
        self.run: Any = _bound(strategy_class, self.state, self.params, self.windowed)

    def pack(self, sets: Sets) -> Packed:
        """Return the arrays of up to ``LANES`` sets, the last of them repeated in the lanes that are left."""
        params, states = sets[1:3]
        windows = self._states.pack_windows(states) if self.windowed else ()
        return *self._states.pack(states), *windows, *self._params.pack(params)

    def refusal(self, error: Exception) -> str:
        """Return why the step can't be compiled, in words."""
        name, step = self._class.name, self._class.step.__code__
        return f"{name}: step runs in plain Python, but numba can't compile it: {why(error, step)}"


class Task:
    """What all groups on one symbol share."""

    def __init__(
        self, steps: Steps, kind: Instruction, execution: Execution, initial: Statistics, lot: float, cash: float,
        end_ns: int, periods: int, few: bool,
    ) -> None:  # fmt: skip
        self.steps, self.cash = steps, cash
        self.rules = execution.rules(kind, end_ns)
        self.stream = accounts.stream_of(initial.rules, periods)
        self.trade = _accounts(few)
        self.few = few
        self.fresh = accounts.new_group(lot, cash, initial)


class Group:
    """LANES parameter sets: their states, parameters and accounts, and the results of those that have ended."""

    def __init__(self, task: Task, sets: Sets) -> None:
        self.number = len(sets.places)
        self.raised: Exception | None = None
        self.finished = np.zeros(LANES, accounts.FINISHED)
        self._task = task
        self._known = 0
        self._states = task.steps.pack(sets)
        self._accounts = accounts.with_warm_ups(task.fresh, sets.warm_ups)

    def learn(self, rows: Rows, room: Room) -> None:
        """Let the strategies see a block that comes before the first one that is traded."""
        self._known = rows.first + len(rows.block.close_time_ns)
        self._decide(rows, rows.first, room)

    def advance(self, rows: Rows, room: Room) -> None:
        """Take the sets through a block."""
        task, block = self._task, rows.block
        targets = self._decide(rows, self._known + rows.first, room)
        task.trade(
            self._accounts, task.rules, task.stream, rows.first, block.close_time_ns, block.session, block.present,
            block.ohlcv, block.opening_ns, block.opening, rows.level, targets, *room.records, self.finished,
        )  # fmt: skip

    def _decide(self, rows: Rows, first: int, room: Room) -> Floats:
        block = rows.block
        targets = room.targets[: len(block.close_time_ns)]
        self._task.steps.run(
            *self._states, first, block.close_time_ns, block.session, block.ohlcv, rows.extra, 1.0, targets
        )
        return targets

    def finish(self, row: int, time_ns: int, close: float, room: Room) -> None:
        """End the accounts after the last row, whose number, close time and close these are."""
        _finish()(self._accounts, self._task.stream, row, time_ns, close, room.records[2], self.finished)


class Either:
    """One compiled loop, or another that takes the same where numba refuses the first."""

    def __init__(self, first: Any, second: Any) -> None:
        self._first, self._second, self._refused = first, second, False

    def __call__(self, *arguments: Any) -> None:
        """Run. Raises what the step raises, and what numba does for a step that neither can be compiled with."""
        if not self._refused:
            try:
                self._first(*arguments)
                return
            except Exception:
                if self._first.signatures:  # it was compiled: the step itself raised this
                    raise
                self._refused = True
        self._second(*arguments)

    @property
    def signatures(self) -> Any:
        """What was compiled."""
        return (self._second if self._refused else self._first).signatures


_bound_steps: dict[tuple[Any, ...], Callable[..., None]] = {}


def _bound(strategy_class: type[Strategy], state: Layout, params: Layout, windowed: bool) -> Callable[..., None]:
    """Return the compiled loop of a class, made anew when a constant or helper that its step uses has changed."""
    version = version_of(strategy_class)  # type: ignore[arg-type]  # what it asks of an instance the class has
    key = (strategy_class, version, repr(state.tree), repr(params.tree))
    if key not in _bound_steps:
        step = strategy_class.compiled_step
        bind, bind_wide = (bind_windowed_steps, bind_wide_windowed_steps) if windowed else (bind_steps, bind_wide_steps)
        anyhow = bind(up_to_date(step), state, params)
        wide = set(state.leaves) <= WIDE_LEAVES and not branches(step)
        _bound_steps[key] = Either(bind_wide(widened(step), state, params), anyhow) if wide else anyhow
    return _bound_steps[key]


@cache
def _accounts(few: bool) -> Callable[..., None]:
    return bind_few_accounts() if few else accounts.bind_accounts(None, None)


@cache
def _finish() -> Callable[..., None]:
    return accounts.bind_finish()
