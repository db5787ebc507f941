"""Thinning never drops an extreme."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.analytics.plots.thin import spread, thin

numbers = st.one_of(st.floats(-1e9, 1e9), st.just(float("nan")), st.sampled_from([float("inf"), -float("inf")]))
series = st.lists(numbers, min_size=1, max_size=300).map(np.array)
limits = st.integers(4, 60)


@given(series, limits)
def test_a_thinned_series_is_short_ordered_and_keeps_both_ends(values: np.ndarray, limit: int) -> None:
    kept = thin(values, limit)
    assert len(kept) <= max(limit, 4)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert (np.diff(kept) > 0).all()


@given(series, limits)
def test_no_extreme_of_the_whole_is_lost(values: np.ndarray, limit: int) -> None:
    known = values[~np.isnan(values)]
    kept = values[thin(values, limit)]
    kept = kept[~np.isnan(kept)]
    assert len(known) == 0 or (kept.min() == known.min() and kept.max() == known.max())


@given(series, limits)
def test_between_two_kept_points_nothing_leaves_their_pieces_range(values: np.ndarray, limit: int) -> None:
    """Any window between kept points holds no value beyond the kept ones of its own and the neighbouring pieces."""
    kept = thin(values, limit)
    size = len(values) if len(values) <= limit else -(-len(values) // (limit // 4))
    for start in range(0, len(values), size):
        piece = values[start : start + size]
        inside = values[kept[(kept >= start) & (kept < start + size)]]
        known = piece[~np.isnan(piece)]
        assert len(known) == 0 or (np.nanmin(inside) == known.min() and np.nanmax(inside) == known.max())


def test_one_bad_tick_among_a_million_bars_is_drawn() -> None:
    values = np.ones(1_000_000)
    values[123_457] = -7.0
    values[987_654] = 9.0
    kept = thin(values)
    assert len(kept) <= 4000
    assert {123_457, 987_654} <= set(kept.tolist())


def test_a_short_series_stays_as_it_is() -> None:
    assert thin(np.array([3.0, 1.0, 2.0, 5.0, 4.0]), 5).tolist() == [0, 1, 2, 3, 4]


def test_a_limit_under_four_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 4, found 3"):
        thin(np.ones(10), 3)


@given(st.integers(0, 500), st.integers(2, 50))
def test_spread_takes_both_ends_and_at_most_the_limit(count: int, limit: int) -> None:
    kept = spread(count, limit).tolist()
    assert len(kept) == min(count, limit)
    assert kept == sorted(set(kept))
    assert count == 0 or (kept[0] == 0 and kept[-1] == count - 1)
