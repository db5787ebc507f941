"""Live sessions and their exchange in made worlds: no seed of many breaks a rule, and each planted fault is found."""

import pytest
from tests.live.session.simulation import crashes_of, is_found
from tests.live.session.venue_simulation import BUGS, VenueWorld

SEEDS = 100


def test_no_seed_breaks_a_rule():
    assert crashes_of(VenueWorld, SEEDS) > SEEDS


def test_a_seed_is_the_same_world_again():
    one, same = VenueWorld(7), VenueWorld(7)
    one.run()
    same.run()
    assert one.lines == same.lines
    assert one.disk.rows == same.disk.rows


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_fault_is_found(bug):
    assert is_found(VenueWorld, bug)
