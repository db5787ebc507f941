"""Numbers of trials for searches whose correlations are known."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from benchmarks.overfitting import block_sums

from lockstep.analytics.overfitting import BlockSums, effective_trials
from lockstep.analytics.overfitting.effective import chance_of_best, independent_trials, score_needed


def blocks_of(returns: np.ndarray) -> BlockSums:
    return BlockSums.of(*block_sums(returns))


def equicorrelated(sets: int, correlation: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    own, shared = generator.standard_normal((sets, 1280)), generator.standard_normal(1280)
    return math.sqrt(1 - correlation) * own + math.sqrt(correlation) * shared


@pytest.mark.parametrize("sets", [50, 500, 5000])
def test_independent_sets_count_in_full(sets: int) -> None:
    found = effective_trials(blocks_of(equicorrelated(sets, 0.0, sets)))
    assert found.independent == pytest.approx(sets, rel=0.35)
    assert found.by_correlation == pytest.approx(sets, rel=0.01)
    assert found.correlation == pytest.approx(0.0, abs=0.01)


def test_copies_count_once() -> None:
    one = equicorrelated(1, 0.0, 3)
    found = effective_trials(blocks_of(one * np.arange(1, 101)[:, None]))
    assert found.independent == pytest.approx(1.0, abs=0.15)
    assert found.by_correlation == pytest.approx(1.0)
    assert found.participation == pytest.approx(1.0)


def test_ten_clusters_of_copies_count_ten() -> None:
    found = effective_trials(blocks_of(np.repeat(equicorrelated(10, 0.0, 4), 30, axis=0)))
    assert found.independent == pytest.approx(10, rel=0.3)
    assert 8.0 < found.participation < 10.0


@pytest.mark.parametrize("correlation", [0.5, 0.9])
def test_sets_that_share_a_part_count_as_their_best_does(correlation: float) -> None:
    """Drawn directly: the best of 1,000 such numbers, its 97 % quantile, and the number of independent ones with it."""
    generator, root = np.random.default_rng(5), math.sqrt
    shared = generator.standard_normal(20_000)
    # The highest of 1,000 independent numbers by its distribution function, F^1000.
    highest = np.array([NormalDist().inv_cdf(u ** (1 / 1000)) for u in generator.random(20_000)])
    quantile = float(np.quantile(root(1 - correlation) * highest + root(correlation) * shared, 0.97))
    truth = math.log(0.97) / math.log(NormalDist().cdf(quantile))
    found = effective_trials(blocks_of(equicorrelated(1000, correlation, 6)))
    assert found.independent == pytest.approx(truth, rel=0.5)
    assert found.by_correlation == pytest.approx(correlation + (1 - correlation) * 1000, rel=0.35)
    # Far too few for judging the best: why the verdict does not use it.
    assert found.participation < truth / 2 + 1


def test_flat_sets_do_not_count() -> None:
    returns = equicorrelated(4, 0.0, 7)
    returns[1:] = 0.0
    assert effective_trials(blocks_of(returns))[:3] == (1.0, 1.0, 1.0)


def test_the_number_follows_from_the_quantile_of_random_directions() -> None:
    """The best of 200 random directions in 63 dimensions, drawn 20,000 times."""
    generator = np.random.default_rng(8)
    best = []
    for _ in range(100):
        directions = generator.standard_normal((200, 63))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        best.append((directions @ generator.standard_normal((63, 200))).max(axis=0))
    quantile = float(np.quantile(np.concatenate(best), 0.97))
    assert independent_trials(quantile, 63) == pytest.approx(200, rel=0.1)


def test_the_same_seed_gives_the_same_number() -> None:
    blocks = blocks_of(equicorrelated(60, 0.3, 9))
    assert effective_trials(blocks, seed=4) == effective_trials(blocks, seed=4)
    assert effective_trials(blocks, seed=4).independent != effective_trials(blocks, seed=5).independent


@pytest.mark.parametrize("trials", [1.0, 30.0, 1e6])
def test_the_score_needed_has_the_chance_of_its_level(trials: float) -> None:
    assert chance_of_best(score_needed(trials, 0.03), trials) == pytest.approx(0.03, rel=1e-6)


def test_the_chance_of_the_best_is_sidaks() -> None:
    """1 - 0.95^10 = 0.4013 for ten trials at 1.6449."""
    assert chance_of_best(1.6448536, 10) == pytest.approx(0.401263, abs=1e-6)
    assert chance_of_best(-50.0, 2) == 1.0
