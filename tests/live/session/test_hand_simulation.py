"""Sessions with orders by hand in made worlds: no seed of many breaks a rule, and each planted fault is found."""

import pytest
from tests.live.session.hand_simulation import BUGS, HandWorld
from tests.live.session.simulation import crashes_of, is_found

SEEDS = 100


def test_no_seed_breaks_a_rule():
    assert crashes_of(HandWorld, SEEDS) > SEEDS


def test_worlds_have_orders_of_all_kinds():
    kinds: set[str] = set()
    for seed in range(10):
        world = HandWorld(seed)
        world.run()
        kinds |= {row.kind for row in world.disk.rows}
        kinds |= {"fill by hand" for row in world.disk.rows if (row.strategy, row.kind) == ("hand", "fill")}
    assert kinds >= {"submit_order", "replace_order", "cancel_order", "fill by hand"}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_fault_is_found(bug):
    assert is_found(HandWorld, bug)
