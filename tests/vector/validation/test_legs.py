"""Tests out of sample put together by hand."""

import numpy as np
import pytest

from lockstep.kernels.records import TRADE
from lockstep.vector.validation.legs import POINT, Leg, market_levels, stitch


def _leg(split: int, first: int, equity: list[float], gross: float = 0.5, ruined: bool = False) -> Leg:
    points = np.zeros(len(equity), POINT)
    points["session"] = first + np.arange(len(equity))
    points["equity"], points["gross"], points["net"] = equity, gross, -gross
    trades = np.zeros(1, TRADE)
    trades["pnl"] = split
    return Leg(split, (first, first + len(equity)), points, trades, ruined)


def test_returns_are_compounded_from_leg_to_leg() -> None:
    # 1.1 x 1.2 = 1.32; the second leg's 0.5 held of its own 1 becomes 0.55.
    found = stitch([_leg(0, 3, [1.0, 1.1]), _leg(4, 7, [0.9, 1.2])])
    assert found.points["equity"].tolist() == pytest.approx([1.0, 1.1, 0.99, 1.32])
    assert found.points["gross"].tolist() == pytest.approx([0.5, 0.5, 0.55, 0.55])
    assert found.points["net"].tolist() == pytest.approx([-0.5, -0.5, -0.55, -0.55])
    assert found.points["session"].tolist() == [3, 4, 7, 8]
    assert found.splits.tolist() == [0, 0, 4, 4]
    assert found.trades["pnl"].tolist() == [0.0, 4.0]
    assert not found.ruined


def test_the_curve_ends_with_ruin() -> None:
    found = stitch([_leg(0, 0, [1.5]), _leg(1, 1, [0.2, -0.1], ruined=True), _leg(2, 3, [9.0])])
    assert found.points["equity"].tolist() == pytest.approx([1.5, 0.3, -0.15])
    assert found.ruined


def test_nothing_makes_an_empty_curve() -> None:
    assert len(stitch([]).points) == len(stitch([]).splits) == 0


def test_the_benchmark_is_held_over_the_tested_sessions_alone() -> None:
    days, levels = np.array([10, 11, 12, 13, 14]), np.array([50.0, 55.0, 44.0, 66.0, 33.0])
    # Session 11 since 10: 55 / 50; 13 since 12: 66 / 44; 14: 33 / 66. Session 12 is not tested and does not count.
    assert market_levels(np.array([11, 13, 14]), days, levels).tolist() == pytest.approx([1.0, 1.1, 1.65, 0.825])
    # There is nothing before the first session of all, nor before the first level.
    assert market_levels(np.array([10, 11]), days, levels).tolist() == pytest.approx([1.0, 1.0, 1.1])
    late = np.array([np.nan, np.nan, 44.0, 66.0, 33.0])
    assert market_levels(days, days, late).tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0, 1.5, 0.75])
