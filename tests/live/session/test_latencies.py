"""The last minute's latencies, by a clock that the test turns."""

import math

from lockstep.live.session.latencies import WINDOW_NS, Latencies


def test_decisions_and_acknowledgements_of_the_last_minute():
    now = [0]
    took = Latencies(lambda: now[0])
    assert math.isnan(took.view().decision.p50)
    for k in range(1, 101):
        now[0] = 1_000_000 * k
        took.decided(now[0] - 1000 * k)  # k microseconds
    took.handed_over(7)
    now[0] += 400_000
    took.handed_over(7)  # nothing new: from the first time on
    took.handed_over(9)
    now[0] += 100_000
    took.durable(8)
    view = took.view()
    assert (view.decision.measured, view.decision.p50) == (100, 50.5)
    assert abs(view.decision.p99 - 99.01) < 1e-9
    assert (view.durable.measured, view.durable.p50) == (1, 500.0)
    took.durable(9)
    assert took.view().durable.measured == 2
    now[0] += WINDOW_NS - 600_000
    assert took.view().decision.measured == 1  # the one of half a millisecond before the rest of that minute
    now[0] += WINDOW_NS
    assert took.view().decision.measured == 0
