"""Grids: numbered like NumPy numbers the cells of an array."""

import itertools
from typing import Any

import numpy as np
import pytest

from lockstep.errors import ParameterError, SweepError
from lockstep.strategies.ema_cross import EmaCross
from lockstep.vector.sweep.grid import Product, Table, grid_of

DEFAULTS = {name: parameter.default for name, parameter in EmaCross.parameters.items()}


def make(given: Any) -> tuple[Any, dict[str, Any]]:
    return grid_of(given, EmaCross.parameters, DEFAULTS, "ema_cross")


def test_cells_are_all_combinations_and_the_last_turns_fastest() -> None:
    grid, fixed = make({"slow": [20, 30], "fast": [1, 2, 3]})
    assert grid.shape == (2, 3)
    columns = grid.columns(np.arange(6))
    found = list(zip(columns["slow"].tolist(), columns["fast"].tolist(), strict=True))
    assert found == list(itertools.product([20, 30], [1, 2, 3]))
    assert fixed == {"short": True}


def test_single_values_stay_and_are_no_dimension() -> None:
    grid, fixed = make({"fast": [1, 2], "slow": 50, "short": np.False_})
    assert grid.names == ("fast",)
    assert fixed == {"slow": 50, "short": False}


def test_a_list_of_sets_is_kept_in_order() -> None:
    grid, fixed = make([{"fast": 5, "slow": 20}, {"slow": 10, "fast": 2}, {"fast": 5}])
    assert isinstance(grid, Table)
    assert {name: values.tolist() for name, values in grid.columns(np.arange(3)).items()} == {
        "fast": [5, 2, 5],
        "slow": [20, 10, 26],  # 26 is the default
    }
    assert grid.axes["fast"].tolist() == [2, 5]
    assert fixed == {"short": True}


def test_combinations_of_some_parameters_are_numbered() -> None:
    grid = Product({"a": np.arange(2), "b": np.arange(3), "c": np.arange(4)})
    cells = np.arange(24)
    numbered = grid.codes(cells, ("a", "c"))
    assert numbered is not None
    codes, total = numbered
    columns = grid.columns(cells)
    assert total == 8
    assert np.array_equal(codes, columns["a"] * 4 + columns["c"])
    assert grid.codes(cells, ("a", "b", "c")) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"found an empty grid, expected several values for a parameter, as in \{'fast': \[...\]\}"),
        ([], "found 0 sets without a value"),
        ([{}], "found 1 sets without a value"),
        ({"fast": 5}, "found one value for each of fast"),
        ([5, 6], r"one mapping of names to values for each set, found 5; .* \{'fast': \[...\]\}"),
        ([{"fast": [5, 6]}], r"each set has one value for 'fast', found \[5, 6\]"),
        ([{"fast": 5}, {"fast": 5.0}], "2 sets holds 1 different ones"),
        ("fast", "found str"),
        (7, "found int"),
    ],
)
def test_grids_that_search_nothing(given: Any, message: str) -> None:
    with pytest.raises(SweepError, match=message):
        make(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fats": [5]}, "ema_cross has no parameter 'fats' .* did you mean 'fast'"),
        ([{"fats": 5}], "did you mean 'fast'"),
        ({5: [5]}, "expected names of parameters, found 5"),
        ({"fast": [0, 5]}, "ema_cross: parameter 'fast' must be between 1 and 100000, found 0"),
        ({"fast": [5], "slow": 1}, "'slow' must be between 2 and 100000, found 1"),
        ([{"fast": 0}], "'fast' must be between"),
        ({"fast": [5], "Fast": [6]}, "parameter 'fast' is given twice"),
    ],
)
def test_names_and_values_are_checked_as_a_strategy_s_own(given: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make(given)


def test_a_grid_beyond_64_bits_is_refused() -> None:
    axes: dict[str, Any] = {name: np.arange(100_000) for name in "abcd"}
    with pytest.raises(SweepError, match=r"= 1e\+20 sets, expected fewer than 2\*\*63"):
        Product(axes)
