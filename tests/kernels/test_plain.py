"""Kernels as plain Python."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from lockstep.kernels import ops
from lockstep.kernels.plain import numbers, plain
from lockstep.kernels.window import Window, push, push_vector, vector_window, window


class Inner(NamedTuple):
    x: float
    n: int
    on: bool


class Outer(NamedTuple):
    inner: Inner
    values: Any
    both: tuple[float, int]


def test_floats_become_numpy_s_so_that_nothing_raises() -> None:
    value = numbers(Outer(Inner(0.0, 0, True), np.zeros(2), (1.0, 2)))
    assert isinstance(value, Outer)
    assert isinstance(value.inner, Inner)
    assert [type(part) for part in value.inner] == [np.float64, int, bool]
    assert [type(part) for part in value.both] == [np.float64, int]
    with np.errstate(all="ignore"):
        assert np.isinf(1.0 / value.inner.x)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        (ops.where, (True, 1, 2.5)),
        (ops.where, (False, 1.5, 2)),
        (ops.where, (True, 1, 2)),
        (ops.where, (True, False, True)),
        (ops.maximum, (1, 0.5)),
        (ops.maximum, (np.nan, 1.0)),
        (ops.maximum, (1.0, np.nan)),
        (ops.minimum, (1, 2.5)),
        (ops.minimum, (-0.0, 0.0)),
        (ops.absolute, (-2.0,)),
        (ops.absolute, (-2,)),
        (ops.square_root, (2.0,)),
        (ops.square_root, (-1.0,)),
        (ops.is_nan, (np.nan,)),
        (ops.logical_not, (False,)),
    ],
)
def test_operations_give_what_compiled_code_gives_in_value_and_kind(operation: Any, arguments: Any) -> None:
    with np.errstate(invalid="ignore"):
        found = plain(operation)(*arguments)
    expected = operation(*arguments)
    assert np.array_equal(found, expected, equal_nan=isinstance(expected, float))
    assert isinstance(found, float) == isinstance(expected, float)


def test_windows_are_pushed_in_place_or_copied() -> None:
    ring = window(2, 1.0)
    moved, evicted = plain(push)(ring, 5.0)
    assert (evicted, moved.head, ring.values.tolist()) == (1.0, 1, [5.0, 1.0])
    moved, evicted = plain(push, copying=True)(Window(ring.values, 1, 2), 7.0)
    assert (evicted, moved.head, moved.values.tolist()) == (1.0, 0, [5.0, 7.0])
    assert ring.values.tolist() == [5.0, 1.0]


def test_windows_of_vectors_too() -> None:
    ring = vector_window(2, 2, 1.0)
    moved, evicted = plain(push_vector, copying=True)(ring, np.array([3.0, 4.0]))
    assert moved.values[0].tolist() == [3.0, 4.0]
    assert ring.values[0].tolist() == evicted.tolist() == [1.0, 1.0]
