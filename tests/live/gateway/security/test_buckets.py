"""Token buckets, by hand: 3 at once, 2 more a second."""

import pytest

from lockstep.live.gateway.security.buckets import MOST, Buckets, Rate, neighbourhood

RATE = Rate(burst=3, a_second=2.0)


def test_a_bucket_empties_and_fills_again_and_never_above_its_rim():
    buckets = Buckets()
    assert [buckets.take("a", RATE, 10.0).passed for _ in range(4)] == [True, True, True, False]
    empty = buckets.take("a", RATE, 10.0)
    assert (empty.remaining, empty.wait_s, empty.full_s, empty.limit) == (0, 0.5, 1.5, 3)
    assert buckets.take("a", RATE, 10.25) == (False, 3, 0, 1.25, 0.25)
    assert buckets.take("a", RATE, 10.5) == (True, 3, 0, 1.5, 0.5)
    assert [buckets.take("a", RATE, 99.0).remaining for _ in range(3)] == [2, 1, 0]


def test_each_key_has_a_bucket_and_a_clock_that_goes_back_fills_none():
    buckets = Buckets()
    for _ in range(3):
        buckets.take("a", RATE, 10.0)
    assert not buckets.take("a", RATE, 5.0).passed
    assert buckets.take("b", RATE, 5.0).passed


def test_buckets_are_bounded_and_those_in_use_are_kept():
    buckets = Buckets()
    for _ in range(3):
        buckets.take("kept", RATE, 0.0)
    for number in range(2 * MOST):
        buckets.take(str(number), RATE, 0.0)
        assert not buckets.take("kept", RATE, 0.0).passed
    assert len(buckets._levels) == MOST


@pytest.mark.parametrize(
    ("address", "shared"),
    [("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
     ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"), ("", ""), ("pipe", "pipe")],
)  # fmt: skip
def test_a_subscribers_addresses_are_one(address, shared):
    assert neighbourhood(address) == shared
