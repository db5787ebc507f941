"""Waits: their bounds grow and end, their draws fill them evenly, and no run of them is a storm."""

import random
import statistics

import pytest

from lockstep.errors import SessionError
from lockstep.live.sources.backoff import Backoff, BackoffRules

RULES = BackoffRules(floor_s=0.1, base_s=0.5, cap_s=30.0, settled_s=10.0)


class Drawn(random.Random):
    """Draws what it is told to."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def random(self):
        return self.value


def test_the_bound_doubles_up_to_the_cap():
    backoff = Backoff(RULES, Drawn(1.0))
    found = [backoff.wait() for _ in range(9)]
    assert found == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30, 30])


def test_no_draw_is_below_the_floor():
    backoff = Backoff(RULES, Drawn(0.0))
    assert [backoff.wait() for _ in range(100)] == [0.1] * 100


def test_draws_fill_their_bounds_evenly():
    found = []
    for seed in range(4000):
        backoff = Backoff(RULES, random.Random(seed))
        found.append([backoff.wait() for _ in range(3)][-1])
    # Evenly between 0.1 and 2 s: mean 1.05, standard deviation 1.9 / sqrt(12); of the mean of 4000 0.0087.
    assert statistics.mean(found) == pytest.approx(1.05, abs=5 * 0.0087)
    assert 0.1 <= min(found) < 0.11
    assert 1.99 < max(found) <= 2.0


def test_what_has_lasted_begins_anew_and_what_has_not_goes_on():
    backoff = Backoff(RULES, Drawn(1.0))
    for _ in range(5):
        backoff.wait(lasted_s=9.9)
    assert backoff.wait(lasted_s=9.9) == 16.0
    assert backoff.wait(lasted_s=10.0) == 0.5
    backoff.settle()
    assert (backoff.attempts, backoff.wait()) == (0, 0.5)


def test_a_very_long_outage():
    backoff = Backoff(RULES, Drawn(1.0))
    backoff.attempts = 10**6
    assert backoff.wait() == 30.0


@pytest.mark.parametrize("rules", [RULES._replace(floor_s=0.0), RULES._replace(base_s=0.05), RULES._replace(cap_s=0.4)])
def test_bounds_that_can_not_be_are_refused(rules):
    with pytest.raises(SessionError, match="floor_s <= base_s <= cap_s"):
        Backoff(rules, random.Random(1))
