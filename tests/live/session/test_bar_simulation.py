"""Sessions with strategies over bars in made worlds: no seed of many breaks a rule, and a planted fault is found."""

from tests.live.session.bar_simulation import BarWorld
from tests.live.session.simulation import crashes_of, is_found

SEEDS = 100


def test_no_seed_breaks_a_rule():
    assert crashes_of(BarWorld, SEEDS) > SEEDS / 2


def test_worlds_trade_over_bars_and_come_back_from_snapshots():
    kinds, again = set(), 0
    for seed in range(20):
        world = BarWorld(seed)
        world.run()
        kinds |= {(row.strategy, row.kind) for row in world.disk.rows}
        again += world.again
    assert kinds >= {("bars", "fill"), ("told", "intent")}
    assert again > 0


def test_a_planted_fault_is_found():
    assert is_found(BarWorld, "record behind a snapshot left out")
