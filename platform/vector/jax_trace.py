"""Can JAX trace a strategy's step, and if not, why?"""

import traceback
from typing import Any

from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import initial_state
from lockstep.vector.jax_start import double_precision, start_jax


def why_not(strategy: Strategy, symbols: int) -> str:
    """Return why a strategy can't be traced, or an empty text when it can. Nothing is compiled.

    Raises ``BacktestError`` when JAX is not installed.
    """
    start_jax()
    import jax

    from lockstep.vector.jax_ops import trace

    state = initial_state(strategy, symbols)
    step = trace(strategy.step)
    with double_precision():
        try:
            moved, _ = jax.eval_shape(step, state, example_bar(strategy, symbols), strategy.params)
        except jax.errors.TracerBoolConversionError as error:
            return f"it branches on a value{_line(strategy, error)}"
        except Exception as error:  # whatever a user's code does to a value that is not there yet
            return f"{type(error).__name__}{_line(strategy, error)}: {str(error).partition(chr(10))[0]}"
        shapes = [jax.tree.map(_shape, tree) for tree in (state, moved)]
    return "" if shapes[0] == shapes[1] else "its state changes its shape from bar to bar"


def example_bar(strategy: Strategy, symbols: int) -> Any:
    """Return a bar (or a row of bars) of the types that the loop gives to ``step``."""
    import jax.numpy as jnp

    from lockstep.kernels.bar import Bar, Bars

    columns = len(strategy.columns)
    if not strategy.cross_sectional:
        extra: Any = jnp.ones(columns)
        return Bar(0, 0, 0, 1.0, 1.0, 1.0, 1.0, 1.0, extra)
    ones: Any = jnp.ones(symbols)
    extra = jnp.ones((symbols, columns))
    return Bars(0, 0, 0, ones, ones, ones, ones, ones, ones > 0.0, extra)


def _shape(leaf: Any) -> tuple[int, ...]:
    return tuple(getattr(leaf, "shape", ()))


def _line(strategy: Strategy, error: BaseException) -> str:
    file = strategy.step.__code__.co_filename
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" (line {lines[-1]} of {file.rpartition('/')[2]})" if lines else ""
