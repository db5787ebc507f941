"""Live sessions and their exchange in made worlds: no seed of many breaks a rule, and each planted fault is found."""

import pytest
from tests.live.session.simulation import Broken
from tests.live.session.venue_simulation import BUGS, VenueWorld

from lockstep.errors import LockstepError

SEEDS = 100
WITHIN = 2_000
"""Seeds in which a planted fault must show."""


def test_no_seed_breaks_a_rule():
    crashes = 0
    for seed in range(SEEDS):
        world = VenueWorld(seed)
        world.run()
        crashes += world.crashes
    assert crashes > SEEDS


def test_a_seed_is_the_same_world_again():
    one, same = VenueWorld(7), VenueWorld(7)
    one.run()
    same.run()
    assert one.lines == same.lines
    assert one.disk.rows == same.disk.rows


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_fault_is_found(bug):
    assert any(breaks(seed, bug) for seed in range(WITHIN))


def breaks(seed, bug):
    try:
        VenueWorld(seed, bug).run()
    except (Broken, LockstepError):
        return True
    return False
