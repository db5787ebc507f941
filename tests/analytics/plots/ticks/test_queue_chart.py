"""Groups of orders by what was ahead of them, by hand."""

import numpy as np
from tests.vector.ticks.histories import BOOK, ticks_of

from lockstep.analytics.plots.ticks import queue_chart
from lockstep.kernels.ticks.tables import TICK_ORDER


def test_orders_with_as_much_ahead_are_one_group() -> None:
    orders = np.zeros(40, TICK_ORDER)
    orders["arrived_ns"], orders["ended_ns"], orders["lots"] = 1, 2, 2
    orders["ahead_at_entry"][30:] = np.arange(1, 11)
    orders["filled"][:15] = 2  # half of those with nothing ahead
    (bars,) = queue_chart(ticks_of(*BOOK), orders).data
    # Groups of five: six of them have nothing ahead, and are one.
    assert list(bars.x) == ["0", "1 to 5", "6 to 10"]
    assert list(bars.y) == [0.5, 0.0, 0.0]
    assert list(bars.customdata) == [30, 5, 5]
    orders["ahead_at_entry"] = 7.0
    assert list(queue_chart(ticks_of(*BOOK), orders).data[0].x) == ["7"]
