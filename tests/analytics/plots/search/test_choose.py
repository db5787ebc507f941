"""The best and an even choice of the others."""

import numpy as np
import pytest

from lockstep.analytics.plots.search.choose import best_and_even, chosen_text, ranked


@pytest.mark.parametrize("lowest", [False, True])
def test_the_best_half_is_drawn_and_the_rest_evenly(lowest: bool) -> None:
    scores = np.random.default_rng(3).standard_normal(10_000)
    scores[::7] = np.nan
    found = best_and_even(scores, 200, lowest=lowest)
    order = np.argsort(scores if lowest else -scores)
    assert len(found) == len(set(found.tolist())) == 200
    assert set(order[:100].tolist()) <= set(found.tolist())
    assert np.isfinite(scores[found]).all()
    others = np.setdiff1d(found, order[:100])
    # 100 of 8,471 spread evenly are about 85 apart: of 10,000 places with gaps at every seventh, about 100.
    assert np.diff(others).max() < 130


def test_few_are_all_drawn() -> None:
    assert best_and_even(np.array([1.0, np.nan, 3.0]), 5).tolist() == [0, 2]
    assert best_and_even(np.array([np.nan]), 5).tolist() == []
    assert (chosen_text(5, 5), chosen_text(5, 6)[:17]) == ("", "5 of 6 sets drawn")


def test_ranks_go_to_the_earlier_of_equals() -> None:
    scores = np.array([1.0, 3.0, np.nan, 3.0, 2.0, 3.0])
    assert ranked(scores, 2).tolist() == [1, 3]
    assert ranked(scores, 99).tolist() == [1, 3, 5, 4, 0]
    assert ranked(scores, 2, lowest=True).tolist() == [0, 4]
