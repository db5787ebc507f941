"""Plateaus, slopes and peaks drawn by hand."""

import math

import numpy as np
import pytest

from lockstep.analytics.overfitting import grid_neighbourhood, nearest_neighbourhood
from lockstep.errors import OverfittingInputError

N = math.nan


def test_a_plateau() -> None:
    found = grid_neighbourhood([[1.0, 1.5, 1.0], [1.8, 2.0, 1.9], [1.2, 1.6, N]], (1, 1))
    # Seven neighbours, sum 10: mean 10 / 7 of 2.
    assert found.shape == "plateau"
    assert found.neighbours == 7
    assert (found.mean, found.worst, found.share) == pytest.approx((10 / 14, 0.5, 1.0))
    assert found.edges == ()


def test_a_lonely_peak() -> None:
    found = grid_neighbourhood([[0.1, -0.3, 0.2], [0.0, 2.0, 1.1], [0.1, 0.3, 0.2]], (1, 1))
    assert found.shape == "peak"
    assert found.share == pytest.approx(1 / 8)
    assert found.worst == pytest.approx(-0.15)


def test_a_slope_at_the_edge() -> None:
    """In the corner two of three neighbours keep half: it goes down on one side."""
    found = grid_neighbourhood([[2.0, 1.5, 1.0], [1.2, 0.5, 0.2], [0.1, 0.1, 0.1]], (0, 0))
    assert found.shape == "slope"
    assert found.neighbours == 3
    assert found.edges == (0, 1)


def test_an_axis_of_one_value_is_no_axis() -> None:
    found = grid_neighbourhood(np.array([1.0, 2.0, 1.5]).reshape(1, 3, 1), (0, 1, 0))
    assert (found.neighbours, found.edges) == (2, ())


def test_many_axes_take_one_step_at_a_time() -> None:
    found = grid_neighbourhood(np.ones((3,) * 7), (1,) * 7)
    assert found.neighbours == 14
    assert grid_neighbourhood(np.ones((3,) * 4), (1,) * 4).neighbours == 80


def test_a_winner_that_loses_stands_nowhere() -> None:
    assert grid_neighbourhood([-0.5, -0.1, -0.4], (1,)).shape == "unknown"
    assert grid_neighbourhood([2.0], (0,)).shape == "unknown"


def test_the_nearest_sets_where_there_is_no_grid() -> None:
    """Scaled to their ranges, 0.1 of a million weighs as much as 0.1 of one: sets 1 and 2 are near, set 3 is not."""
    points = np.array(
        [[0.5, 500_000.0], [0.52, 500_000.0], [0.5, 520_000.0], [0.5, 1_000_000.0], [0.0, 0.0], [1.0, 0.0]]
    )
    found = nearest_neighbourhood([2.0, 1.8, 1.9, -5.0, 0.0, 0.0], points, 0, count=2)
    assert found.shape == "plateau"
    assert found.mean == pytest.approx(1.85 / 2)
    assert nearest_neighbourhood([2.0, 1.8, N, -5.0, 0.0, 0.0], points, 0).neighbours == 4


def test_a_winner_without_a_score_is_refused() -> None:
    with pytest.raises(OverfittingInputError, match="has no score"):
        grid_neighbourhood([1.0, N], (1,))
    with pytest.raises(OverfittingInputError, match=r"shape \[2, parameters\]"):
        nearest_neighbourhood([1.0, 2.0], np.zeros((3, 1)), 1)
