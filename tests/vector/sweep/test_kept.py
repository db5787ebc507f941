"""Which cells of a grid are searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import SweepError
from lockstep.strategies.ema_cross import EmaCross
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.vector.sweep.space import Space
from lockstep.vector.sweep.values import log_span, span

HUGE = {"lookback": span(2, 10_001), "entry_z_score": log_span(1, 10, 10_000), "exit_z_score": span(0, 0.9999, 0.0001)}
"""10 ** 12 sets."""


@given(subset=st.integers(1, 300), seed=st.integers(0, 5))
def test_a_subset_with_conditions_holds_only_what_meets_them(subset: int, seed: int) -> None:
    grid = {"fast": span(1, 25), "slow": span(2, 26)}  # 1 + 2 + ... + 25 = 325 of 625 are faster
    space = Space.of(grid, EmaCross, where=lambda fast, slow: fast < slow, subset=subset, seed=seed)
    columns = space.columns()
    assert space.size == subset == len(set(space.cells.tolist()))
    assert (columns["fast"] < columns["slow"]).all()
    assert not space.refused.any()


def test_a_share_of_a_huge_grid_is_drawn_before_the_conditions() -> None:
    # A millionth of 10 ** 12 sets is a million draws; 5,000 of 10,000 lookbacks are even, so half of them stay: five
    # deviations of sqrt(10 ** 6 / 4) are 2,500.
    space = Space.of(HUGE, MeanReversion, where=lambda lookback: lookback % 2 == 0, subset=1e-6)
    assert abs(space.size - 500_000) < 2_500


def test_conditions_over_too_many_sets_ask_for_a_random_part() -> None:
    with pytest.raises(SweepError, match=r"asked for 1,000,000,000,000 sets, .* a random part with subset="):
        Space.of(HUGE, MeanReversion, where=lambda lookback: lookback < 100)
