import numpy as np

from lockstep.data.ticks.epochs import MOST_MS, ns_of, ns_of_all, ns_of_us
from lockstep.data.ticks.rows import UNTIMED

# 2024-08-09 00:00:01.273 UTC, by `date -u -d @1723161601`.
MS = 1_723_161_601_273


def test_milliseconds_and_microseconds_are_told_by_their_size():
    assert ns_of(MS) == ns_of(MS * 1000) == MS * 10**6
    assert ns_of_all(np.array([MS, MS * 1000])).tolist() == [MS * 10**6] * 2
    assert ns_of_us(np.array([MS * 1000])).tolist() == [MS * 10**6]


def test_what_is_no_time_is_none():
    assert ns_of(0) == ns_of(MS // 1000) == UNTIMED  # seconds, as ms in 1970
    assert ns_of_us(np.array([MS])).tolist() == [UNTIMED]
    for convert in (ns_of_all, ns_of_us):
        assert convert(np.array([0, -5, UNTIMED, 10**18])).tolist() == [UNTIMED] * 4


def test_the_greatest_times_fit():
    assert ns_of(MOST_MS) == ns_of_all(np.array([MOST_MS]))[0] == MOST_MS * 10**6
    assert ns_of(MOST_MS * 1000) == MOST_MS * 10**6
