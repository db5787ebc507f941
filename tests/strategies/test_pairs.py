"""Pairs, on a spread made by hand."""

import numpy as np
import pytest
from tests.strategies.markets import block_of, market, targets

from lockstep.errors import ParameterError, StrategyError
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.strategies.pairs import Pairs


def test_a_wide_spread_is_sold_and_a_closed_one_is_left() -> None:
    # The second walks up and down by 1; the first is twice that, give or take 0.1, and 3 too dear at row 30.
    t = np.arange(40)
    second = 50.0 + t % 4
    first = 2.0 * second + np.where(t % 3 == 0, 0.1, -0.05) + np.where(t == 30, 3.0, 0.0)
    found = targets(Pairs(lookback=20, entry_z_score=3.0, exit_z_score=1.0), block_of([first, second]))
    told = np.flatnonzero(~np.isnan(found[0]))
    assert told.tolist() == [30, 31]
    dear, cheap = found[:, 30]
    assert dear < 0.0 < cheap
    # About one unit of the first against two of the second, which cost the same: half of the capital each.
    np.testing.assert_allclose([dear, cheap], [-0.5, 0.5], atol=0.06)
    assert np.abs(found[:, 30]).sum() == pytest.approx(1.0, rel=1e-15)
    assert found[:, 31].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kalman", [False, True])
def test_rows_on_which_one_has_no_bar_decide_nothing(kalman: bool) -> None:
    block = market("walk", 2, 600, missing=0.2)
    found = targets(Pairs(lookback=20, kalman=kalman), block)
    both = block.present.all(axis=0)
    assert np.isnan(found[:, ~both]).all()
    assert (~np.isnan(found[:, both])).any()
    apart = np.flatnonzero(both)
    closes = block.ohlcv[:, 3, apart]
    np.testing.assert_array_equal(targets(Pairs(lookback=20, kalman=kalman), block_of(closes)), found[:, apart])


@pytest.mark.parametrize("symbols", [1, 3])
def test_anything_but_two_symbols_is_refused(symbols: int) -> None:
    with pytest.raises(StrategyError, match=f"pairs needs exactly 2 symbols, found {symbols}"):
        NumbaSignals(Pairs(), symbols)


def test_an_exit_outside_the_entry_is_refused() -> None:
    with pytest.raises(ParameterError, match="pairs: exit_z_score must be below entry_z_score"):
        Pairs(exit_z_score=2.0)
