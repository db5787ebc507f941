"""Parameter sets whose states can lie side by side: as they are where shapes and kinds are alike, windows as rings."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lockstep.errors import BacktestError
from lockstep.kernels.window import Window
from lockstep.strategies.base import Strategy
from lockstep.vector.jax_start import double_precision
from lockstep.vector.jax_trace import example_bar, why_not
from lockstep.vector.sweep.sets import Sets


def parts(sets: Sets, rings: bool, most: int) -> Iterator[tuple[Sets, int]]:
    """Yield at most so many sets at a time that can share a carry: of like shapes and kinds, shorter windows first.

    Beside them stands how many the largest of their like are: carries of one size share a compile.
    """
    keys = [_form(state, rings) for state in sets.states]
    for key in dict.fromkeys(keys):
        alike = sorted((i for i, each in enumerate(keys) if each == key), key=lambda i: _longest(sets.states[i]))
        blocks = -(-len(alike) // most)
        for part in np.array_split(alike, blocks):
            yield sets.some(part), -(-len(alike) // blocks)


def takes_rings(strategy_class: type[Strategy], sets: Sets) -> bool:
    """Return whether a step reads its windows value by value, so that they may differ in length.

    Raises ``BacktestError`` for a step that JAX can't trace either way.
    """
    import jax

    from lockstep.vector.sweep.jax_rings import filled_up, stacked, traced_step

    with double_precision():
        bar = example_bar(strategy_class, 1)  # type: ignore[arg-type]  # what it asks of an instance the class has
        for rings in (True, False):
            state, axes = stacked(sets.states[:1], 1, rings)
            params = type(sets.params[0])(*(filled_up([value], 1) for value in sets.params[0]))
            step = jax.vmap(traced_step(strategy_class.step, rings), (axes, None, 0), (axes, 0))
            try:
                jax.eval_shape(step, state, bar, params)
            except Exception:  # whatever a user's code does to a value that is not there yet
                continue
            return rings
    reason = why_not(strategy_class(**sets.params[0]._asdict()), 1)
    raise BacktestError(f"{strategy_class.name} can't be traced by JAX: {reason}; use backend='numba'")


def _form(state: Any, rings: bool) -> tuple[Any, ...]:
    """Return the shapes and kinds that sets in one carry must share: without rings the lengths of windows too.

    Side by side, a whole number and a fraction would both be fractions, which a step may tell apart.
    """
    if isinstance(state, Window) and rings:
        return state.values.shape[1:], state.values.dtype.str
    if isinstance(state, tuple):
        return tuple(_form(part, rings) for part in state)
    leaf = np.asarray(state)
    return leaf.shape, leaf.dtype.str


def _longest(state: Any) -> int:
    if isinstance(state, Window):
        return state.size
    return max(map(_longest, state), default=0) if isinstance(state, tuple) else 0
