"""Sessions in made worlds: none of many seeds breaks a rule, and each planted fault is found."""

import pytest
from tests.live.session.simulation import BUGS, World, crashes_of, is_found

SEEDS = 500


def test_no_seed_breaks_a_rule():
    assert crashes_of(World, SEEDS) > SEEDS


def test_a_seed_is_the_same_world_again():
    one, same = World(7), World(7)
    one.run()
    same.run()
    assert one.disk.rows == same.disk.rows
    assert one.disk.tape == same.disk.tape
    assert one.crashes == same.crashes


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_fault_is_found(bug):
    assert is_found(World, bug)
