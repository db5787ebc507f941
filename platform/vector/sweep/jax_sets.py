"""Parameter sets whose states lie side by side: made one by one as plain Python, gathered where shapes are alike."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.window import Window
from lockstep.strategies.base import Strategy
from lockstep.vector.jax_start import double_precision
from lockstep.vector.jax_trace import example_bar, why_not


class Sets(NamedTuple):
    """Some of a sweep's parameter sets."""

    places: npt.NDArray[np.int64]
    """int64[n]: which they are."""
    params: list[Any]
    states: list[Any]
    """Before the first bar."""
    warm_ups: list[int]


def made(
    strategy_class: type[Strategy], columns: Mapping[str, npt.NDArray[Any]], number: int
) -> tuple[Sets, dict[int, str]]:
    """Return (all sets that could be made, what was raised by the others).

    Raises ``BacktestError`` for a strategy that does not see one symbol at a time.
    """
    if strategy_class.cross_sectional or strategy_class.event_driven:
        raise BacktestError(f"{strategy_class.name} does not see one symbol at a time: use backend='numba'")
    init, parameters = Rebinder({})(strategy_class.init), strategy_class.parameters
    places: list[int] = []
    found: list[tuple[Any, Any, int]] = []
    failed: dict[int, str] = {}
    for place in range(number):
        values = strategy_class.Params(*(one.kind(columns[name][place]) for name, one in parameters.items()))
        try:
            found.append((values, init(values), int(strategy_class.warm_up(values))))
        except Exception as error:  # whatever a user's code raises: the other sets are run
            failed[place] = f"{type(error).__name__}: {error}"
            continue
        places.append(place)
    params, states, warm_ups = (list(column) for column in zip(*found, strict=True)) if found else ([], [], [])
    return Sets(np.array(places, np.int64), params, states, warm_ups), failed


def parts(sets: Sets, rings: bool, most: int) -> Iterator[Sets]:
    """Yield at most so many sets at a time that can share a carry: of like shapes, shorter windows first."""
    keys = [_shapes(state, rings) for state in sets.states]
    for key in dict.fromkeys(keys):
        alike = sorted((i for i, each in enumerate(keys) if each == key), key=lambda i: _longest(sets.states[i]))
        for part in np.array_split(alike, -(-len(alike) // most)):
            yield Sets(sets.places[part], *([column[i] for i in part] for column in sets[1:]))


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


def _shapes(state: Any, rings: bool) -> tuple[Any, ...]:
    """Return the shapes that sets in one carry must share: without rings those of windows too."""
    if isinstance(state, Window) and rings:
        return state.values.shape[1:]
    return tuple(_shapes(part, rings) for part in state) if isinstance(state, tuple) else np.shape(state)


def _longest(state: Any) -> int:
    if isinstance(state, Window):
        return state.size
    return max(map(_longest, state), default=0) if isinstance(state, tuple) else 0
