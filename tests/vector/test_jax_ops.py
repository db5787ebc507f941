"""Every operation a kernel may call has a counterpart, and it gives the same."""

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numba.extending import is_jitted

from lockstep.kernels import ops, vectors
from lockstep.kernels import window as windows
from lockstep.kernels.window import Window
from lockstep.vector.jax_start import double_precision, start_jax

NAN = np.nan


@pytest.fixture(scope="module", autouse=True)
def _started() -> None:
    start_jax()


def traced(operation: Any, *arguments: Any) -> Any:
    """Run an operation's counterpart as JAX compiles it."""
    import jax

    from lockstep.vector.jax_ops import COUNTERPARTS

    with double_precision():
        return jax.tree.map(np.asarray, jax.jit(COUNTERPARTS[operation])(*arguments))


@pytest.mark.parametrize("module", [ops, windows, vectors])
def test_no_operation_is_forgotten(module: ModuleType) -> None:
    from lockstep.vector.jax_ops import COUNTERPARTS

    offered = {
        name
        for name, value in vars(module).items()
        if is_jitted(value) and value.py_func.__module__ == module.__name__ and not name.startswith("_")
    }
    assert offered == {name for name in offered if getattr(module, name) in COUNTERPARTS}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        (ops.where, (True, 1.0, 2.0)),
        (ops.where, (False, 1.0, 2.0)),
        (ops.maximum, (1.0, 2.0)),
        (ops.maximum, (NAN, 2.0)),
        (ops.maximum, (2.0, NAN)),
        (ops.minimum, (1.0, 2.0)),
        (ops.minimum, (NAN, 2.0)),
        (ops.minimum, (2.0, NAN)),
        (ops.absolute, (-3.5,)),
        (ops.square_root, (2.0,)),
        (ops.square_root, (1e-300,)),
        (ops.square_root, (-1.0,)),
        (ops.is_nan, (NAN,)),
        (ops.is_nan, (1.0,)),
        (ops.logical_not, (True,)),
        (vectors.vector_sum, (np.array([1e16, 1.0, -1e16]),)),
        (vectors.how_many, (np.array([True, False, True]),)),
        (vectors.flip, (np.array([True, False, True]),)),
        (vectors.choose, (np.array([True, False]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))),
        (vectors.choose, (np.array([True, False]), 1.0, np.array([3.0, 4.0]))),
        (vectors.row, (np.arange(6.0).reshape(2, 3), 1)),
        (vectors.pair_of, (1.0, 2.0)),
        (vectors.put, (np.zeros(3), np.arange(3.0))),
    ],
)
def test_counterparts_agree(operation: Any, arguments: Any) -> None:
    found, expected = traced(operation, *arguments), operation(*arguments)
    assert np.array_equal(found, expected, equal_nan=np.asarray(expected).dtype.kind == "f")


@pytest.mark.parametrize("seed", range(5))
def test_ranks_agree_on_ties_and_gaps(seed: int) -> None:
    values = np.random.default_rng(seed).choice([0.0, -0.0, 1.0, 2.0, NAN, -NAN, np.inf, -np.inf], 50)
    assert traced(vectors.ranks, values).tolist() == vectors.ranks(values).tolist()


@pytest.mark.parametrize("head", [0, 1, 2])
def test_windows_agree(head: int) -> None:
    values = np.array([3.0, -1.0, 2.0])
    for operation in (windows.window_max, windows.window_min):
        assert traced(operation, Window(values, head, 3)) == operation(Window(values.copy(), head, 3))
    holed = np.array([3.0, NAN, 2.0])
    assert np.isnan(traced(windows.window_max, Window(holed, head, 3)))
    moved, evicted = traced(windows.push, Window(values, head, 3), 9.0)
    theirs, gone = windows.push(Window(values.copy(), head, 3), 9.0)
    assert (evicted, moved.head) == (gone, theirs.head)
    assert moved.values.tolist() == theirs.values.tolist()
    assert values.tolist() == [3.0, -1.0, 2.0], "JAX copies"
    assert traced(windows.window_deviation, Window(np.array([1e16, 1.0, 1.0]), head, 3), 0.0) == 1e16


def test_windows_of_vectors_agree() -> None:
    ring = windows.vector_window(2, 3, 1.0)
    moved, evicted = traced(windows.push_vector, ring, np.arange(3.0))
    theirs, gone = windows.push_vector(windows.vector_window(2, 3, 1.0), np.arange(3.0))
    np.testing.assert_array_equal(moved.values, theirs.values)
    np.testing.assert_array_equal(evicted, gone)


def test_numpy_and_math_inside_a_step_are_traced_too() -> None:
    import jax

    from lockstep.vector.jax_ops import trace

    with double_precision():
        assert float(jax.jit(trace(uses_numpy_and_math))(4.0)) == pytest.approx(uses_numpy_and_math(4.0), rel=1e-15)


def uses_numpy_and_math(x: float) -> Any:
    return np.sqrt(x) + math.exp(-x) + np.where(x > 1.0, math.pi, 0.0)
