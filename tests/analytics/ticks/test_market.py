"""The market at chosen moments, read off small histories by hand."""

import numpy as np
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, ticks_of

from lockstep.analytics.ticks.market import market_at

HISTORY = (*BOOK, (2.0, SET, 0, 101, 3), (3.0, TRADE, 1, 102, 2), (4.0, SET, 1, 102, 0), (5.0, SET, 1, 104, 1))


def test_the_market_after_all_events_of_a_moment_in_any_order_of_asking() -> None:
    times = [int(t * SECOND) for t in (3.0, 0.5, 2.5, 4.5, 9.0)]
    moments = market_at(ticks_of(*HISTORY), times)
    np.testing.assert_array_equal(moments.middle, [101.5, np.nan, 101.5, np.nan, 102.5])
    assert moments.rows["traded_lots"].tolist() == [2, 0, 0, 2, 2]
    assert moments.rows["traded_value"].tolist() == [204.0, 0.0, 0.0, 204.0, 204.0]


def test_levels_come_best_first() -> None:
    depth = market_at(ticks_of(*HISTORY), [9 * SECOND], levels=3).depth
    assert depth[0, 0].tolist() == [[101, 3], [100, 5], [0, 0]]
    assert depth[0, 1].tolist() == [[104, 1], [0, 0], [0, 0]]
