"""Sets a strategy refuses, found by asking its own check no oftener than needed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import ParameterError
from lockstep.strategies.base import Strategy
from lockstep.strategies.ema_cross import EmaCross
from lockstep.strategies.parameters import param
from lockstep.vector.sweep.grid import Product, Table
from lockstep.vector.sweep.refusals import Refusals, reads

NAMES = ("a", "b", "c")
asked: list[Any] = []


class Counted(Strategy):
    a: int = param(1)
    b: int = param(2)
    c: int = param(3)

    @staticmethod
    def check(params: Any) -> None:
        asked.append(0)
        if params.a + params.c > 4:
            raise ParameterError(f"too much: {params.a + params.c}")
        if params.a == 0:
            raise ZeroDivisionError("nothing")


@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 3),
    cut=st.integers(1, 70),
)
def test_the_answer_is_what_each_set_alone_gets(sizes: tuple[int, int, int], cut: int) -> None:
    grid = Product({name: np.arange(size) for name, size in zip(NAMES, sizes, strict=True)})
    refusals = Refusals(Counted, grid, {})
    cells = np.arange(grid.total)
    found = np.concatenate([refusals.among(cells[at : at + cut]) for at in range(0, grid.total, cut)])
    columns = grid.columns(cells)
    expected = (columns["a"] + columns["c"] > 4) | (columns["a"] == 0)
    assert np.array_equal(found, expected)


def test_combinations_that_the_check_does_not_tell_apart_are_asked_once() -> None:
    grid = Product({"a": np.arange(10), "b": np.arange(50), "c": np.arange(10)})
    refusals = Refusals(Counted, grid, {})
    asked.clear()
    for at in range(0, grid.total, 600):
        refusals.among(np.arange(at, min(at + 600, grid.total)))
    assert len(asked) == 10 * 10


def test_listed_sets_are_asked_each() -> None:
    grid = Table({"a": np.array([1, 5, 0]), "c": np.array([1, 1, 1])})
    assert Refusals(Counted, grid, {"b": 2}).among(np.arange(3)).tolist() == [False, True, True]


def test_reasons_are_the_strategy_s_own_words() -> None:
    refusals = Refusals(Counted, Table({"a": np.array([1])}), {"b": 2, "c": 3})
    assert refusals.reason({"a": 5, "b": 2, "c": 3}) == "too much: 8"
    assert refusals.reason({"a": 0, "b": 2, "c": 3}) == "counted: its check raised ZeroDivisionError: nothing"
    assert refusals.reason({"a": 1, "b": 2, "c": 3}) is None


def test_a_strategy_without_a_check_refuses_nothing() -> None:
    class Free(Strategy):
        a: int = param(1)

    assert not Refusals(Free, Table({"a": np.arange(3)}), {}).among(np.arange(3)).any()


def helper(params: Any) -> None:
    if params.b > 5:
        raise ParameterError("b")


def hands_on(params: Any) -> None:
    helper(params)


def renames(params: Any) -> None:
    other = params
    assert other.a


def closes(params: Any) -> Any:
    return lambda: params.a


def replaces(params: Any) -> None:
    params = params._replace(a=1)
    assert params.a


def by_place(params: Any) -> None:
    assert params[0]


def by_method(params: Any) -> None:
    values = params._fields
    assert values


def by_locals(params: Any) -> None:
    assert locals()["params"].a


def named_in_text(params: Any) -> None:
    assert params.a, "params"


@pytest.mark.parametrize(
    "hidden", [hands_on, renames, closes, replaces, by_place, by_method, by_locals, named_in_text, print]
)
def test_a_check_whose_code_does_not_show_what_it_reads_may_read_all(hidden: Any) -> None:
    assert reads(hidden, NAMES) == NAMES


def test_a_check_whose_code_shows_what_it_reads() -> None:
    assert reads(helper, NAMES) == ("b",)
    assert reads(Counted.check, NAMES) == ("a", "c")
    assert reads(EmaCross.check, tuple(EmaCross.parameters)) == ("fast", "slow")
    assert reads(lambda params: None, NAMES) == ()
