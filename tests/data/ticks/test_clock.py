import numpy as np
import pytest

from lockstep.data.ticks.clock import Clock, Latencies, measure

SECOND = 10**9
MS = 10**6
START = 1_700_000_000 * SECOND


def recording(offset_ms, drift=0.0, floor_ms=2.0, count=20_000, seed=3):
    """Messages 20 ms apart, received by a clock that is off: (received, sent, true latency)."""
    rng = np.random.default_rng(seed)
    sent = START + np.arange(count) * 20 * MS
    latency = np.rint((floor_ms + rng.exponential(3.0, count)) * MS).astype(np.int64)
    arrived = sent + latency
    received = arrived + offset_ms * MS + np.rint((arrived - START) * drift).astype(np.int64)
    return received, sent, latency


@pytest.mark.parametrize("offset_ms", [-1270, 0, 5_000])
@pytest.mark.parametrize("drift", [0.0, 5e-6, -20e-6])
def test_a_known_offset_and_drift_are_found(offset_ms, drift):
    received, sent, latency = recording(offset_ms, drift)
    clock = measure([(received, sent)], floor_ns=2 * MS)
    # Windows of 500 messages reach within 3 ms / 500 of the floor on average: 0.05 ms is eight times that.
    assert clock.drift == pytest.approx(drift, abs=2e-7)
    aligned = clock.aligned(received, sent)
    assert np.abs(aligned - sent - latency).max() < 0.05 * MS
    assert (aligned - sent).min() >= 2 * MS
    assert clock.windows in (40, 41)  # 400 seconds, begun at a window's edge or not
    assert clock.stray_windows == 0


def test_no_latency_is_below_the_floor_and_one_reaches_it():
    received, sent, _ = recording(-1270, -5e-6)
    clock = measure([(received, sent)], floor_ns=MS)
    latency = clock.aligned(received, sent) - sent
    assert latency.min() == pytest.approx(MS, abs=2)
    assert latency.min() >= MS


def test_clocks_that_agree_are_left_alone_where_no_floor_is_given():
    received, sent, latency = recording(0, 2e-9, floor_ms=1.0)
    clock = measure([(received, sent)], floor_ns=None)
    assert clock.agrees
    assert clock.least_ns == pytest.approx(MS, abs=0.05 * MS)
    assert (clock.aligned(received, sent) == received).all()
    # The same, but the recorder's clock falls behind: at the end receipts lie before what was sent.
    received, sent, latency = recording(0, -5e-6, floor_ms=1.0)
    clock = measure([(received, sent)], floor_ns=None)
    assert not clock.agrees
    assert np.abs(clock.aligned(received, sent) - sent - (latency - MS)).max() < 0.05 * MS


def test_batches_make_no_difference():
    received, sent, _ = recording(70, 1e-6)
    parts = [(received[at : at + 777], sent[at : at + 777]) for at in range(0, len(sent), 777)]
    assert measure(parts) == measure([(received, sent)])


def test_windows_astray_are_left_out_and_raised_to_the_floor():
    received, sent, _ = recording(0)
    # For thirty seconds the recorder's clock was set back by two seconds.
    astray = (sent >= START + 100 * SECOND) & (sent < START + 130 * SECOND)
    clock = measure([(received - 2 * SECOND * astray, sent)], floor_ns=MS)
    assert clock.stray_windows in (3, 4)
    assert clock.offset_ns == pytest.approx(MS, abs=0.1 * MS)
    latency = clock.aligned(received - 2 * SECOND * astray, sent) - sent
    assert (latency[astray] == MS).all()


def test_one_message_makes_a_clock_and_none_corrects_nothing():
    one = np.array([START + 5 * MS])
    assert measure([(one, one - 7 * MS)], floor_ns=MS).aligned(one, one - 7 * MS) - one == -6 * MS
    clock = measure([])
    assert clock == Clock()
    assert clock.aligned(one, one + SECOND) is one
    assert clock.lines() == ["clocks: not aligned, receipts are as recorded"]


def test_many_windows_are_thinned():
    received, sent, _ = recording(-50, 3e-6, count=60_000)
    clock = measure([(received, sent)], window_ns=SECOND)
    assert clock.windows == 512
    assert clock.drift == pytest.approx(3e-6, abs=2e-7)


def test_the_report_says_which_way_and_how_far():
    told = Clock(START, -1_274_271_000, -4.8e-6, MS, 35, 1).lines()
    assert told == [
        "clocks: the recorder's is 1274.271 ms behind the exchange's, drifting by -4.800 us a second (35 windows, 1 of "
        "them astray); receipts are moved so that the least latency is 1 ms"
    ]


def test_latency_percentiles_are_within_a_percent_of_the_sorted_ones():
    latencies = np.random.default_rng(1).lognormal(15.0, 1.0, 100_000).astype(np.int64)
    counted = Latencies()
    for part in np.array_split(latencies, 13):
        counted.add(part, np.zeros(len(part), np.int64))
    for share in (1.0, 50.0, 99.0):
        assert counted.percentile(share) == pytest.approx(np.percentile(latencies, share), rel=0.011)
    assert counted.percentile(0.0) == latencies.min()
    assert counted.percentile(100.0) == latencies.max()
    assert counted.count == 100_000


def test_latencies_of_nothing():
    assert np.isnan(Latencies().percentile(50.0))
    assert Latencies().lines() == []


def test_negative_and_endless_latencies_are_counted():
    counted = Latencies()
    counted.add(np.array([-5, 10**15]), np.array([0, 0]))
    assert (counted.percentile(0.0), counted.percentile(100.0)) == (-5.0, 1e15)
    assert counted.percentile(50.0) == 0.0
