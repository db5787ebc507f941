"""Random parts: distinct, reproducible, without favour, from grids of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import SweepError
from lockstep.vector.sweep.draw import BATCH, distinct, distinct_kept, enumerate_kept, number_of, seeded
from lockstep.vector.sweep.grid import Indices


@given(total=st.integers(1, 2000), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_drawn_cells_are_distinct_ascending_and_inside(total: int, share: float, seed: int) -> None:
    wanted = max(int(share * total), 1)
    drawn = distinct(total, wanted, seeded(seed))
    assert len(drawn) == wanted
    assert (np.diff(drawn) > 0).all()
    assert drawn[0] >= 0
    assert drawn[-1] < total
    assert np.array_equal(drawn, distinct(total, wanted, seeded(seed)))


@pytest.mark.parametrize("wanted", [2, 4])
def test_every_cell_is_drawn_equally_often(wanted: int) -> None:
    # 6,000 draws of `wanted` among 6: each cell 1,000 * wanted times, with a deviation of at most
    # sqrt(6000 * 1/3 * 2/3) = 37; five of them are 185.
    random = seeded(5)
    counts = np.bincount(np.concatenate([distinct(6, wanted, random) for _ in range(6000)]), minlength=6)
    assert np.abs(counts - 1000 * wanted).max() < 185


def test_a_huge_grid_is_drawn_from_without_being_written_out() -> None:
    drawn = distinct(10**12, 1000, seeded(1))
    assert len(set(drawn.tolist())) == 1000
    assert drawn.max() > 9 * 10**11


def test_enumeration_crosses_batches() -> None:
    total = 2 * BATCH + 3
    assert np.array_equal(enumerate_kept(total, lambda cells: cells[cells % 2 == 0]), np.arange(0, total, 2))


def test_rejection_keeps_only_what_meets_the_conditions() -> None:
    found = distinct_kept(10**12, 500, lambda cells: cells[cells % 1000 == 7], seeded(2))
    assert len(set(found.tolist())) == 500
    assert (found % 1000 == 7).all()


def test_rejection_gives_up_with_what_it_found() -> None:
    def never(cells: Indices) -> Indices:
        return cells[:0]

    with pytest.raises(SweepError, match="only 0 meet the conditions, expected 5: narrow the values"):
        distinct_kept(10**12, 5, never, seeded(0))


def test_numbers_and_shares() -> None:
    assert number_of(500, 1000) == 500
    assert number_of(np.int64(5), 1000) == 5
    assert number_of(0.1, 1000) == 100
    assert number_of(1.0, 1000) == 1000
    assert number_of(0.0001, 1000) == 1


@pytest.mark.parametrize("subset", [0, -3, 0.0, 1.5, float("nan"), True, "500"])
def test_parts_that_are_none(subset: object) -> None:
    with pytest.raises(SweepError, match=r"subset must be a number of sets \(500\) or a share of them \(0.1\)"):
        number_of(subset, 1000)


def test_more_than_there_are_or_can_be_held() -> None:
    with pytest.raises(SweepError, match="subset=1,001 sets are asked for, but there are 1,000: leave subset out"):
        number_of(1001, 1000)
    with pytest.raises(SweepError, match="more than one search can hold"):
        number_of(0.5, 10**12)


@pytest.mark.parametrize("seed", [-1, 0.5, True, None, "x"])
def test_seeds_are_whole_numbers(seed: object) -> None:
    with pytest.raises(SweepError, match="seed must be a whole number from 0"):
        seeded(seed)
