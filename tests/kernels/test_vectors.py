"""Operations on one value per symbol: compiled, in plain Python, and by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.kernels._jit import kernel
from lockstep.kernels.plain import plain
from lockstep.kernels.vectors import choose, flip, how_many, pair_of, put, ranks, row, vector_sum

NAN = np.nan
FLAGS = np.array([True, False, True])
A = np.array([1.0, 2.0, 3.0])
B = np.array([10.0, 20.0, 30.0])


@kernel
def choose_vectors(flags: Any, a: Any, b: Any) -> Any:
    return choose(flags, a, b)


@kernel
def choose_mixed(flags: Any, a: Any, b: Any) -> Any:
    return choose(flags, a, 0) + choose(flags, -1.0, b) + choose(flags, 100.0, 200.0)


@pytest.mark.parametrize("run", [choose_vectors, plain(choose_vectors)])
def test_choose_takes_vectors(run: Any) -> None:
    assert run(FLAGS, A, B).tolist() == [1.0, 20.0, 3.0]
    assert np.isnan(run(FLAGS, A * NAN, B)).tolist() == [True, False, True]


@pytest.mark.parametrize("run", [choose_mixed, plain(choose_mixed)])
def test_choose_takes_numbers(run: Any) -> None:
    # [1, 0, 3] + [-1, 20, -1] + [100, 200, 100]
    found = run(FLAGS, A, B)
    assert found.tolist() == [100.0, 220.0, 102.0]
    assert found.dtype == np.float64


def test_strided_vectors_are_read_where_they_lie() -> None:
    table = np.arange(12.0).reshape(3, 4)
    assert choose(FLAGS, table[:, 1], table[:, 2]).tolist() == [1.0, 6.0, 9.0]
    assert ranks(table[:, 1]).tolist() == [2, 1, 0]


def test_put_writes_over_the_old_vector() -> None:
    old = np.zeros(3)
    assert put(old, A) is old or np.shares_memory(put(old, A), old)
    assert old.tolist() == [1.0, 2.0, 3.0]
    kept = np.zeros(3)
    assert plain(put, copying=True)(kept, A).tolist() == [1.0, 2.0, 3.0]
    assert kept.tolist() == [0.0, 0.0, 0.0]


def test_row_is_a_copy() -> None:
    table = np.arange(6.0).reshape(2, 3)
    taken = row(table, 1)
    table[1] = 0.0
    assert taken.tolist() == [3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([3.0, 1.0, 2.0], [0, 2, 1]),
        ([1.0, 1.0, 1.0], [0, 1, 2]),
        ([0.0, -0.0, 0.0], [0, 1, 2]),
        ([NAN, 1.0, NAN, 2.0], [2, 1, 3, 0]),
        ([-np.inf, NAN, np.inf], [1, 2, 0]),
        ([5.0], [0]),
        ([], []),
    ],
)
def test_ranks_by_hand(values: list[float], places: list[int]) -> None:
    assert ranks(np.array(values)).tolist() == places


@given(st.lists(st.one_of(st.sampled_from([0.0, -0.0, 1.0, NAN, np.inf, -np.inf]), st.floats()), max_size=60))
def test_ranks_are_python_s_stable_sort(values: list[float]) -> None:
    order = sorted(
        range(len(values)), key=lambda i: (values[i] != values[i], 0 if values[i] != values[i] else -values[i])
    )
    expected = [order.index(i) for i in range(len(values))]
    assert ranks(np.array(values, np.float64)).tolist() == expected


def test_flags_are_flipped_and_counted() -> None:
    assert flip(FLAGS).tolist() == [False, True, False]
    assert how_many(FLAGS) == 2
    assert how_many(flip(FLAGS)) == 1


def test_the_sum_is_taken_in_the_order_of_the_symbols() -> None:
    assert vector_sum(np.array([1e16, 1.0, -1e16])) == 0.0
    assert vector_sum(np.array([1e16, -1e16, 1.0])) == 1.0


def test_two_numbers_make_a_vector() -> None:
    assert pair_of(1.0, -2.0).tolist() == [1.0, -2.0]
