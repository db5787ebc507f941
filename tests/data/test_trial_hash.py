"""A trial's number depends on what it is, not on how it was written."""

import numpy as np

from lockstep.data.trial_hash import trial_hashes

COLUMNS = {"fast": np.array([5, 10, 5]), "slow": np.array([20.0, 30.0, 30.0]), "kind": np.array(["a", "b", "a"])}


def test_each_set_has_a_number_of_its_own() -> None:
    assert len(set(trial_hashes("ema 1", COLUMNS).tolist())) == 3
    grid = np.meshgrid(np.arange(300), np.arange(300), indexing="ij")
    found = trial_hashes("ema 1", {"a": grid[0].ravel(), "b": grid[1].ravel()})
    assert found.dtype == np.uint64
    assert len(np.unique(found)) == 90_000


def test_the_same_set_has_the_same_number_however_it_is_written() -> None:
    found = trial_hashes("ema 1", COLUMNS)
    turned = {"kind": COLUMNS["kind"], "slow": COLUMNS["slow"].astype(int), "fast": COLUMNS["fast"].astype(float)}
    np.testing.assert_array_equal(found, trial_hashes("ema 1", turned))
    part = {name: values[1:2] for name, values in COLUMNS.items()}
    assert trial_hashes("ema 1", part)[0] == found[1]
    np.testing.assert_array_equal(trial_hashes("x", {"a": np.array([0.0])}), trial_hashes("x", {"a": np.array([-0.0])}))


def test_strategy_settings_and_names_count() -> None:
    found = trial_hashes("ema 1", COLUMNS)
    assert not (found == trial_hashes("ema 2", COLUMNS)).any()
    renamed = {"quick": COLUMNS["fast"], "slow": COLUMNS["slow"], "kind": COLUMNS["kind"]}
    assert not (found == trial_hashes("ema 1", renamed)).any()
    swapped = trial_hashes("x", {"a": np.array([1, 2]), "b": np.array([2, 1])})
    assert swapped[0] != swapped[1]


def test_a_strategy_without_parameters_is_one_trial() -> None:
    assert trial_hashes("hold", {}).shape == (1,)


def test_the_numbers_never_change() -> None:
    """What a ledger holds must be found again by later versions. Taken down when the format was made."""
    assert trial_hashes("ema 1", {"fast": np.array([5.0])}).tolist() == [5224911606519953997]
