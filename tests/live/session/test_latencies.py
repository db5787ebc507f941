"""The last minute's latencies, by a clock that the test turns."""

import pytest

from lockstep.live.session.latencies import WINDOW_NS, Latencies


def test_decisions_and_acknowledgements_of_the_last_minute():
    now = [0]
    took = Latencies(lambda: now[0])
    assert took.view().decision.p50 is None
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
    assert view.decision.p95 == pytest.approx(95.05)  # of 1 to 100, between the 95th and the 96th
    assert view.decision.p99 == pytest.approx(99.01)
    assert (view.durable.measured, view.durable.p50) == (1, 500.0)
    took.durable(9)
    assert took.view().durable.measured == 2
    now[0] += WINDOW_NS - 600_000
    assert took.view().decision.measured == 1  # the one of half a millisecond before the rest of that minute
    now[0] += WINDOW_NS
    assert took.view().decision.measured == 0


def test_a_row_that_is_durable_does_not_wait_again():
    """A session hands over at each turn, whether anything new was put or not."""
    now = [0]
    took = Latencies(lambda: now[0])
    took.handed_over(3)
    now[0] += 1_000_000
    took.durable(3)
    took.handed_over(3)
    took.durable(5)  # told by the journal's thread before the session could note that it was handed over
    took.handed_over(5)
    now[0] += 5_000_000_000
    took.handed_over(6)
    now[0] += 2_000_000
    took.durable(6)
    view = took.view().durable
    assert (view.measured, view.p50, view.seconds) == (2, 1500.0, 0.003)


def test_all_since_the_start_is_counted_by_classes():
    now = [0]
    took = Latencies(lambda: now[0])
    for nanoseconds in (50_000, 50_001, 700_000, 11_000_000_000):
        now[0] += 60_000_000_000_000
        took.decided(now[0] - nanoseconds)
    view = took.view().decision
    # Up to 50 us, to 100 us, to 1 ms, and longer than the longest bound, 10 s.
    assert {at: count for at, count in enumerate(view.counts) if count} == {0: 1, 1: 1, 4: 1, 17: 1}
    assert view.seconds == pytest.approx(11.000800001)
    assert sum(took.view().durable.counts) == 0
