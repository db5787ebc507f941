"""The same kernels on wide values: what branches on a number becomes a choice between two.

A kernel is copied with everything it calls, under other operations, as it is for JAX. Windows of different lengths
lie one behind the other in one array, each lane with a start of its own.
"""

import dis
from collections.abc import Callable
from typing import Any, NamedTuple

from lockstep.kernels import ops
from lockstep.kernels import window as windows
from lockstep.kernels._jit import kernel
from lockstep.kernels.refresh import Copier
from lockstep.kernels.stats import curve as curves
from lockstep.kernels.stats import drawdown as drawdowns
from lockstep.kernels.stats.curve import Curve
from lockstep.kernels.stats.drawdown import Drawdown
from lockstep.kernels.sweep.wide import choose, gather, root, scatter
from lockstep.kernels.window import Window


class Rings(NamedTuple):
    """The values of the lanes' windows."""

    arena: Any
    """float64[sum of window sizes]"""
    start: Any
    """Wide integers: where each lane's window begins."""


@kernel
def _where(condition: Any, if_true: Any, if_false: Any) -> Any:
    return choose(condition, if_true, if_false)


@kernel
def _maximum(a: Any, b: Any) -> Any:
    return choose(a > b, a, b)


@kernel
def _minimum(a: Any, b: Any) -> Any:
    return choose(a < b, a, b)


@kernel
def _square_root(value: Any) -> Any:
    return root(value)


@kernel
def _logical_not(value: Any) -> Any:
    return choose(value, False, True)


@kernel
def _push(ring: Window, value: Any) -> tuple[Window, Any]:
    values: Any = ring.values
    place = values.start + ring.head
    evicted = gather(values.arena, place)
    scatter(values.arena, place, value)
    head = ring.head + 1
    return Window(values, choose(head == ring.size, 0, head), ring.size), evicted


_OPERATIONS: dict[Any, Callable[..., Any]] = {
    ops.where: _where,
    ops.maximum: _maximum,
    ops.minimum: _minimum,
    ops.square_root: _square_root,
    ops.logical_not: _logical_not,
    windows.push: _push,
}
_copied = Copier(_OPERATIONS)
_at_peak, _below_peak = _copied(drawdowns.at_peak), _copied(drawdowns.below_peak)
_mark_curve, _move_curve = _copied(curves.mark_curve), _copied(curves.move_curve)


@kernel
def _observe_drawdown(state: Drawdown, time_ns: int, equity: Any) -> Drawdown:
    higher = (equity >= state.peak) | (state.peak != state.peak)
    # Taking the number of rows past the choice, as one for all lanes, made a fill 100 ns slower: the compiler then
    # keeps less in registers.
    return choose(higher, _at_peak(state, time_ns, equity), _below_peak(state, time_ns, equity))


@kernel
def _observe_curve(state: Curve, time_ns: int, session: int, equity: Any, benchmark: float) -> Curve:
    # ``mark_curve`` leaves a curve alone on which nothing is to be noted.
    return _move_curve(_mark_curve(state, time_ns, equity, benchmark), time_ns, session, equity, benchmark)


_JUMPS = ("POP_JUMP", "JUMP_IF", "FOR_ITER")
_BRANCHES: dict[Any, Callable[..., Any]] = {
    drawdowns.observe_drawdown: _observe_drawdown,
    curves.observe_curve: _observe_curve,
}


def branches(function: Callable[..., Any]) -> bool:
    """Does a kernel, or one that it calls, branch or loop?

    Then it need not be tried on wide values: numba would take up to a second to refuse it, in each process.
    """
    copier = Copier(_OPERATIONS | _BRANCHES)
    copier(function)
    own = [getattr(reached, "py_func", reached) for reached in copier.reached if reached not in _OPERATIONS]
    return any(i.opname.startswith(_JUMPS) for one in own for i in dis.get_instructions(one))


def widened(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a copy of a kernel, as its helpers and constants are now, that takes wide values."""
    return Copier(_OPERATIONS | _BRANCHES)(function)
