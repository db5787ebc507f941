"""Scores over several ranges: of one run each, put together by hand and by the metrics of all returns at once."""

import math

import numpy as np
import pytest

from lockstep.analytics.metrics import metrics_from_returns
from lockstep.analytics.metrics.conventions import EMPYRICAL, LOCKSTEP, preset
from lockstep.vector.validation.scores import Measured, together


def _measured(returns: np.ndarray, **values: float) -> Measured:
    """Ranges of two sets: the second has the same returns doubled."""
    both = np.array([returns, 2.0 * returns])
    given = {name: np.array([value, 2.0 * value]) for name, value in values.items()}
    return Measured(given, len(returns), both.sum(axis=1), (both * both).sum(axis=1))


def test_two_ranges_by_hand() -> None:
    # Returns 1 %, 3 % and -1 %, 1 %: mean 1 %, squares of the distances 0, 4, 4, 0 e-4, over 3: deviation 1.633 %.
    first = _measured(np.array([0.01, 0.03]), sharpe=9.0, total_return=0.10, trades=2.0, max_drawdown=-0.2)
    second = _measured(np.array([-0.01, 0.01]), sharpe=0.0, total_return=0.50, trades=3.0, max_drawdown=-0.4)
    found = together([first, second], LOCKSTEP, 0.0, 252.0)
    assert found["sharpe"][0] == pytest.approx(0.01 / math.sqrt(8e-4 / 3) * math.sqrt(252), rel=1e-12)
    assert found["sharpe"][1] == pytest.approx(found["sharpe"][0], rel=1e-12)  # doubled returns, the same ratio
    assert found["total_return"].tolist() == pytest.approx([1.1 * 1.5 - 1.0, 1.2 * 2.0 - 1.0])
    assert found["trades"].tolist() == [5.0, 10.0]
    assert found["max_drawdown"].tolist() == pytest.approx([-0.3, -0.6])  # ranges of one length weigh alike


def test_other_metrics_are_weighted_by_length() -> None:
    parts = [_measured(np.zeros(n), calmar=value) for n, value in ((30, 1.0), (10, 3.0))]
    assert together(parts, LOCKSTEP, 0.0, 252.0)["calmar"][0] == pytest.approx(0.75 * 1.0 + 0.25 * 3.0)


@pytest.mark.parametrize("convention", ["lockstep", "empyrical"])
@pytest.mark.parametrize("risk_free", [0.0, 0.03])
def test_sharpe_and_mean_are_those_of_all_returns_together(convention: str, risk_free: float) -> None:
    rng = np.random.default_rng(5)
    pieces = [rng.normal(0.0005, 0.01, n) for n in (40, 7, 300)]
    parts = [_measured(piece, sharpe=0.0, mean_return=0.0) for piece in pieces]
    found = together(parts, preset(convention), risk_free, 252.0)
    whole = metrics_from_returns(np.concatenate(pieces), risk_free=risk_free, convention=convention)
    assert found["sharpe"][0] == pytest.approx(whole["sharpe"], rel=1e-10)
    assert found["mean_return"][0] == pytest.approx(whole["mean_return"], rel=1e-12)


def test_a_range_without_trades_leaves_the_others_their_ratio() -> None:
    still, moving = np.zeros(20), np.array([0.01, -0.005] * 10)
    found = together([_measured(still, sharpe=math.nan), _measured(moving, sharpe=1.0)], LOCKSTEP, 0.0, 252.0)
    whole = metrics_from_returns(np.concatenate([still, moving]))
    assert found["sharpe"][0] == pytest.approx(whole["sharpe"], rel=1e-12)


def test_returns_that_are_all_alike_have_no_ratio() -> None:
    parts = [_measured(np.full(50, 0.001), sharpe=1.0)] * 2
    assert np.isnan(together(parts, LOCKSTEP, 0.0, 252.0)["sharpe"]).all()


def test_what_is_missing_in_a_range_is_missing_over_all() -> None:
    parts = [_measured(np.ones(3), calmar=1.0), _measured(np.ones(3), calmar=math.nan)]
    assert np.isnan(together(parts, LOCKSTEP, 0.0, 252.0)["calmar"]).all()


def test_a_geometric_ratio_is_weighted_and_a_single_range_is_its_own() -> None:
    parts = [_measured(np.array([0.1, 0.0]), sharpe=1.0), _measured(np.array([0.3, 0.2]), sharpe=2.0)]
    assert together(parts, preset("backtesting.py"), 0.0, 252.0)["sharpe"][0] == pytest.approx(1.5)
    assert together(parts[:1], EMPYRICAL, 0.0, 252.0)["sharpe"][0] == 1.0
