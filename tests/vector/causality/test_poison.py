"""False futures are absurd, valid, and leave the past as it was."""

import numpy as np
import pytest
from tests.vector.causality.markets import clocks, daily, gappy

from lockstep.data.columns import Columns
from lockstep.data.rules import find_problems
from lockstep.vector.causality.cuts import cut_points
from lockstep.vector.causality.market import PRICES, read_market
from lockstep.vector.causality.poison import POISONS, TIMES, Poison, poisoned

every_poison = pytest.mark.parametrize("poison", POISONS, ids=lambda poison: poison.name)


@every_poison
@pytest.mark.parametrize("cut", [-1, 0, 100, 300])
def test_the_past_stays_and_the_future_is_valid(poison: Poison, cut: int) -> None:
    market = read_market(gappy(), 0)
    false = poisoned(market, cut, poison, seed=3)
    known = slice(0, cut + 1)
    np.testing.assert_array_equal(false.ohlcv[:, :, known], market.ohlcv[:, :, known])
    for s, there in enumerate(false.present):
        columns = Columns(false.open_time[s, there], false.close_time[there], *false.ohlcv[s][:, there])
        assert not find_problems(columns).bad.any(), (market.symbols[s], find_problems(columns).listed[:2])
    assert np.isnan(false.ohlcv[~np.repeat(market.present[:, None], 5, axis=1)]).all()


@every_poison
def test_each_column_can_be_poisoned_alone(poison: Poison) -> None:
    market = read_market(daily(), 0)
    whole = poisoned(market, 50, poison, seed=3)
    for at, name in enumerate(PRICES):
        alone = poisoned(market, 50, poison, seed=3, fields={name})
        np.testing.assert_array_equal(alone.ohlcv[:, at], whole.ohlcv[:, at])
        others = [row for row in range(5) if row != at]
        np.testing.assert_array_equal(alone.ohlcv[:, others], market.ohlcv[:, others])
        assert (alone.ohlcv[:, at, 51:] != market.ohlcv[:, at, 51:]).any()


def test_one_symbol_alone() -> None:
    market = read_market(clocks(), 0)
    false = poisoned(market, 50, POISONS[0], seed=3, symbols={1})
    np.testing.assert_array_equal(false.ohlcv[0], market.ohlcv[0])
    assert not np.array_equal(false.ohlcv[1], market.ohlcv[1], equal_nan=True)


def test_times_move_by_whole_weeks() -> None:
    market = read_market(daily(), 0)
    false = poisoned(market, 50, POISONS[0], seed=3, fields={TIMES})
    np.testing.assert_array_equal(false.ohlcv, market.ohlcv)
    assert set((false.session - market.session).tolist()) == {0, 364}
    assert (np.diff(false.close_time) > 0).all()


def test_the_open_of_the_next_bar_may_be_spared() -> None:
    market = read_market(daily(), 0)
    false = poisoned(market, 50, POISONS[0]._replace(after_open=True), seed=3)
    assert false.ohlcv[0, 0, 51] == market.ohlcv[0, 0, 51]
    assert false.ohlcv[0, 3, 51] != market.ohlcv[0, 3, 51]
    assert (false.ohlcv[0, 0, 52:] != market.ohlcv[0, 0, 52:]).all()


@pytest.mark.parametrize("count", [1, 10, 60, 200])
def test_cuts_are_as_many_as_asked_for_and_lie_around_edges(count: int) -> None:
    market = read_market(clocks(), 0)
    cuts = cut_points(market, count, 1)
    rows = [cut.row for cut in cuts]
    assert rows == sorted(set(rows))
    assert len(rows) == count
    assert 0 <= rows[0] <= rows[-1] <= market.rows - 2
    if count >= 60:
        names = {"random", "edge", "end of an hour", "end of a session", "gap"}
        assert names <= {cut.why for cut in cuts}


def test_every_row_is_a_cut_where_there_are_few() -> None:
    market = read_market(daily(), 40)
    assert [cut.row for cut in cut_points(market, 300, 1)] == list(range(39))
