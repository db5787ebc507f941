"""What a sweep searches."""

import json
import pickle
from typing import Any

import numpy as np
import pytest

from lockstep.errors import ParameterError, StrategyError, SweepError
from lockstep.strategies.buy_and_hold import BuyAndHold
from lockstep.strategies.ema_cross import EmaCross
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.vector.sweep.space import Space
from lockstep.vector.sweep.values import log_span, span

GRID = {"fast": [2, 5, 9], "slow": [4, 8]}


def sets(space: Space) -> list[tuple[Any, ...]]:
    return [tuple(space.params(i)[name] for name in space.names) for i in range(len(space))]


def test_a_full_grid_has_a_dimension_for_each_parameter() -> None:
    space = Space.of(GRID, EmaCross)
    assert (space.names, space.shape, space.size, space.total) == (("fast", "slow"), (3, 2), 6, 6)
    assert not space.sparse
    assert space.dims == ("fast", "slow")
    assert space.cells.tolist() == [0, 1, 2, 3, 4, 5]
    assert space.fixed == {"short": True}
    assert sets(space) == [(2, 4), (2, 8), (5, 4), (5, 8), (9, 4), (9, 8)]
    assert {name: values.tolist() for name, values in space.columns(1, 3).items()} == {"fast": [2, 5], "slow": [8, 4]}


def test_refused_sets_are_marked_with_the_strategy_s_own_reason() -> None:
    space = Space.of(GRID, EmaCross)
    assert space.refused.tolist() == [False, False, True, False, True, True]
    assert space.refused_between(2, 4).tolist() == [True, False]
    assert space.reason(2) == "ema_cross: fast must be below slow (4), found 5"
    assert space.reason(0) is None
    assert space.strategy(3) == EmaCross(fast=5, slow=8)
    with pytest.raises(ParameterError, match="fast must be below slow"):
        space.strategy(2)


def test_sets_have_python_s_own_values_in_the_strategy_s_order() -> None:
    space = Space.of({"exitZScore": [0.1, 0.2], "lookback": span(5, 6)}, MeanReversion)
    found = space.params(-1)
    assert list(found.items()) == [("lookback", 6), ("entry_z_score", 2.0), ("exit_z_score", 0.2)]
    assert [type(value) for value in found.values()] == [int, float, float]
    assert space.names == ("exit_z_score", "lookback")


def test_an_instance_gives_the_defaults() -> None:
    assert Space.of({"fast": [2, 3]}, EmaCross(slow=99, short=False)).fixed == {"slow": 99, "short": False}


def test_conditions_leave_cells_out() -> None:
    space = Space.of(GRID, EmaCross, where=lambda fast, slow: fast < slow)
    assert space.cells.tolist() == [0, 1, 3]
    assert not space.sparse
    assert sets(space) == [(2, 4), (2, 8), (5, 8)]


def test_a_grid_of_which_less_than_a_quarter_is_left_is_a_list_of_sets() -> None:
    values = [2, 3, 4, 5]
    quarter = Space.of({"fast": values, "slow": values}, EmaCross, where=lambda fast, slow: fast == slow)
    assert (quarter.size, quarter.sparse) == (4, False)
    less = Space.of({"fast": values, "slow": values}, EmaCross, where=lambda fast, slow: (fast == slow) & (fast > 2))
    assert (less.size, less.sparse, less.dims) == (3, True, ("set",))


def test_a_subset_is_a_list_of_sets_and_the_same_for_a_seed() -> None:
    grid = {"fast": span(1, 50), "slow": span(51, 100)}
    space = Space.of(grid, EmaCross, subset=100, seed=7)
    assert (space.size, space.sparse) == (100, True)
    assert len(set(sets(space))) == 100
    assert space.identity() == Space.of(grid, EmaCross, subset=0.04, seed=7).identity()
    assert space.identity() != Space.of(grid, EmaCross, subset=100, seed=8).identity()


HUGE = {"lookback": span(2, 10_001), "entry_z_score": log_span(1, 10, 10_000), "exit_z_score": span(0, 0.9999, 0.0001)}
"""10 ** 12 sets."""


def test_a_random_part_of_a_huge_grid() -> None:
    space = Space.of(HUGE, MeanReversion, subset=500, seed=1)
    assert (space.total, space.size, space.sparse) == (10**12, 500, True)
    assert not space.refused.any()
    assert space.params(499)["lookback"] > 9_000
    kept = Space.of(HUGE, MeanReversion, where=lambda lookback: lookback < 100, subset=500, seed=1)
    assert kept.size == 500
    assert kept.columns()["lookback"].max() < 100


def test_a_huge_grid_can_be_described_without_being_written_out() -> None:
    space = Space.of(HUGE, MeanReversion)
    assert (space.size, space.sparse) == (10**12, True)
    assert space.params(10**12 - 1) == {"lookback": 10_001, "entry_z_score": 10.0, "exit_z_score": 0.9999}
    assert space.cells_between(10**12 - 2).tolist() == [10**12 - 2, 10**12 - 1]


def test_a_list_of_sets() -> None:
    space = Space.of([{"fast": 9, "slow": 4}, {"fast": 2, "slow": 4}], EmaCross)
    assert (space.sparse, space.shape, sets(space)) == (True, (2,), [(9, 4), (2, 4)])
    assert space.refused.tolist() == [True, False]
    assert space.identity() != Space.of([{"fast": 2, "slow": 4}, {"fast": 9, "slow": 4}], EmaCross).identity()


def test_a_space_travels() -> None:
    space = Space.of(GRID, EmaCross, where=lambda fast, slow: fast < slow)
    twin = pickle.loads(pickle.dumps(space))
    assert twin.identity() == space.identity()
    assert sets(twin) == sets(space)
    assert twin.refused.tolist() == space.refused.tolist()


def test_a_space_travels_light() -> None:
    space = Space.of({"fast": span(1, 300), "slow": span(2, 301)}, EmaCross)
    before = len(pickle.dumps(space))
    assert space.refused.sum() + (300 * 301) // 2 == len(space.cells)  # 1 + 2 + ... + 300 fast ones below a slow one
    assert len(pickle.dumps(space)) == before < 10_000


def test_the_description_is_json() -> None:
    grid = {"fast": span(2, 4), "slow": np.array([8, 9])}
    space = Space.of(grid, EmaCross, where=lambda fast, slow: fast < slow, subset=3)
    found = json.loads(json.dumps(space.describe()))
    assert found["strategy"] == "ema_cross"
    assert found["parameters"] == {"fast": [2, 3, 4], "slow": [8, 9]}
    assert found["fixed"] == {"short": True}
    assert (found["cells"], found["sets"], found["dims"]) == (6, 3, ["set"])
    assert found["written"]["fast"] == "span(2, 4, 1)"
    assert found["where"] == ["fast < slow"]
    assert (found["subset"], found["seed"]) == (3, 0)


def test_identity_is_of_the_sets_not_of_how_they_were_written() -> None:
    same = Space.of({"fast": [2, 3, 4], "slow": [8]}, EmaCross)
    assert Space.of({"fast": span(2, 4), "slow": [8.0]}, EmaCross).identity() == same.identity()
    assert Space.of({"fast": [2, 3, 4], "slow": [9]}, EmaCross).identity() != same.identity()
    assert Space.of({"fast": [2, 3, 4], "slow": [8]}, EmaCross(short=False)).identity() != same.identity()
    assert Space.of({"slow": [8], "fast": [2, 3, 4]}, EmaCross).identity() != same.identity()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"where": lambda fast: fast > 100}, "no set is left: none meets fast > 100; widen the values"),
        ({"subset": 7}, "subset=7 sets are asked for, but there are 6"),
        ({"subset": 4, "where": lambda fast, slow: fast < slow}, "but there are 3"),
        ({"subset": 2, "seed": -1}, "seed must be a whole number"),
        ({"where": 3}, "where= takes a function"),
    ],
)
def test_searches_that_can_not_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SweepError, match=message):
        Space.of(GRID, EmaCross, **arguments)


def test_what_is_no_strategy_or_has_no_parameters() -> None:
    other: Any = "ema_cross"
    with pytest.raises(SweepError, match="expected a strategy's class, such as EmaCross, found 'ema_cross'"):
        Space.of(GRID, other)
    with pytest.raises(StrategyError, match="BuyAndHold has no parameters to search"):
        Space.of(GRID, BuyAndHold)


def test_sets_are_numbered_from_zero() -> None:
    space = Space.of(GRID, EmaCross)
    assert len(space) == 6
    assert repr(space) == "<Space of EmaCross: 6 of 6 sets (fast 3 x slow 2)>"
    with pytest.raises(SweepError, match="there are 6 sets, numbered from 0, found 6"):
        space.params(6)
