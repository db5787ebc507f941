"""A strategy bound to its compiled loop, with the states of its symbols."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba.core.errors import NumbaError, UnsupportedBytecodeError

from lockstep.data.blocks import BarBlock
from lockstep.errors import StrategyError
from lockstep.kernels._jit import Unhashable, identity
from lockstep.kernels.layout import Layout
from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.refresh import up_to_date
from lockstep.kernels.signals import States, bind_cross_step, bind_step
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.uncompiled import why


def initial_state(strategy: Strategy, symbols: int) -> Any:
    """Return a strategy's state before its first bar; ``init`` runs as plain Python, nothing is compiled."""
    init = Rebinder({})(strategy.init)
    return init(strategy.params, symbols) if strategy.cross_sectional else init(strategy.params)


_bound: dict[tuple[type, str, str, str], Callable[..., None]] = {}


def version_of(strategy: Strategy) -> str:
    """Return the hash of all that a step depends on, or an empty text where something has no identity."""
    try:
        return identity(strategy.compiled_step)
    except Unhashable:
        return ""


def _loop(strategy: Strategy, state: Layout, params: Layout) -> Callable[..., None]:
    """Return the compiled loop; instances of one class share it whatever their parameters.

    A constant or helper that the step uses and that has changed since makes another loop.
    """
    key = (type(strategy), version_of(strategy), repr(state.tree), repr(params.tree))
    if key not in _bound:
        bind = bind_cross_step if strategy.cross_sectional else bind_step
        _bound[key] = bind(up_to_date(strategy.compiled_step), state, params)
    return _bound[key]


class NumbaSignals:
    """Runs a strategy over blocks in compiled code, keeping its state between them."""

    def __init__(self, strategy: Strategy, symbols: int) -> None:
        """Make fresh states for a number of symbols."""
        state = initial_state(strategy, symbols)
        layout, params = Layout(state, f"{strategy.name} state"), Layout(strategy.params)
        self._states = States(layout.pack(state), 1 if strategy.cross_sectional else symbols)
        self._name, self._step, self._layout = strategy.name, strategy.step.__code__, layout
        self._params = params.pack(strategy.params)
        self._run: Any = _loop(strategy, layout, params)
        self._scale = 1.0 if strategy.cross_sectional or strategy.target == "units" else 1.0 / symbols
        self.kind = Instruction.TARGET_UNITS if strategy.target == "units" else Instruction.TARGET_WEIGHT

    def run(self, block: BarBlock, extra: npt.NDArray[np.float64], targets: npt.NDArray[np.float64]) -> None:
        """Step over a block: write float64[symbols, n] targets, nan where a symbol has no bar.

        Raises ``StrategyError`` when the step is first run and can't be compiled.
        """
        s, p = self._states, self._params
        try:
            self._run(
                s.floats, s.integers, s.arena, s.offsets, s.seen, p.floats, p.integers, block.close_time_ns,
                block.session, block.present, block.ohlcv, extra, self._scale, targets,
            )  # fmt: skip
        except (NumbaError, UnsupportedBytecodeError, AssertionError) as error:
            if self._run.signatures:  # it was compiled: the step itself raised this
                raise
            raise StrategyError(
                f"{self._name}: step runs in plain Python, but numba can't compile it: {why(error, self._step)}"
            ) from error

    def known(self) -> tuple[npt.NDArray[Any], ...]:
        """Return the arrays that hold the states."""
        return self._states.floats, self._states.integers, self._states.arena, self._states.seen

    def state(self, symbol: int = 0) -> Any:
        """Return one symbol's state (or the one state of a cross-sectional strategy); windows are views."""
        return self._layout.unpack(self._states.packed(symbol))
