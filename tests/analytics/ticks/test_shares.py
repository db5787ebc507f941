"""Shares of fills and orders by hand; of nothing none is known."""

import math

import numpy as np

from lockstep.analytics.ticks.shares import fill_ratio, maker_share, queue_ahead
from lockstep.kernels.ticks.tables import TICK_FILL, TICK_ORDER


def test_shares_by_hand() -> None:
    orders, fills = np.zeros(2, TICK_ORDER), np.zeros(3, TICK_FILL)
    orders["lots"], orders["filled"] = [6, 2], [3, 0]
    fills["lots"], fills["maker"] = [3, 1, 1], [1, 0, 1]
    fills["ahead_at_entry"], fills["ahead"] = [4.0, 9.0, math.inf], [0.5, 7.0, 0.0]
    assert fill_ratio(orders) == 3 / 8
    assert maker_share(fills) == 4 / 5
    assert queue_ahead(fills, "ahead_at_entry") == 4.0  # away from the touch of an L1 book nobody knows
    assert queue_ahead(fills, "ahead") == 0.25


def test_of_nothing_no_share_is_known() -> None:
    orders, fills = np.zeros(0, TICK_ORDER), np.zeros(0, TICK_FILL)
    assert math.isnan(fill_ratio(orders))
    assert math.isnan(maker_share(fills))
    assert math.isnan(queue_ahead(fills, "ahead"))
