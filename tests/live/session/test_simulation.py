"""Sessions in made worlds: none of many seeds breaks a rule, and each planted fault is found."""

import pytest
from tests.live.session.simulation import BUGS, Broken, World

from lockstep.errors import LockstepError

SEEDS = 500
WITHIN = 2_000
"""Seeds in which a planted fault must show."""


def test_no_seed_breaks_a_rule():
    crashes = 0
    for seed in range(SEEDS):
        world = World(seed)
        world.run()
        crashes += world.crashes
    assert crashes > SEEDS


def test_a_seed_is_the_same_world_again():
    one, same = World(7), World(7)
    one.run()
    same.run()
    assert one.disk.rows == same.disk.rows
    assert one.disk.tape == same.disk.tape
    assert one.crashes == same.crashes


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_fault_is_found(bug):
    assert any(breaks(seed, bug) for seed in range(WITHIN))


def breaks(seed, bug):
    try:
        World(seed, bug).run()
    except (Broken, LockstepError):
        return True
    return False
