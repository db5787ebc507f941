"""Purged k-fold and combinatorial purged cross-validation, against the book, hand counts and two libraries."""

import json
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lockstep.errors import SplitError
from lockstep.vector.validation.cross_validation import combinatorial_purged, outside, parts, paths_of, purged_k_fold


def positions(ranges: Any) -> list[int]:
    return [i for start, stop in ranges for i in range(start, stop)]


def test_k_fold_by_hand() -> None:
    # 20 sessions in 4 parts of 5; 1 purged on each side of a test, 2 more embargoed after it.
    splits = purged_k_fold(4, purge=1, embargo=2).over(20)
    assert [(split.train, split.test) for split in splits] == [
        (((8, 20),), ((0, 5),)),
        (((0, 4), (13, 20)), ((5, 10),)),
        (((0, 9), (18, 20)), ((10, 15),)),
        (((0, 14),), ((15, 20),)),
    ]
    assert [split.name for split in splits] == ["group 1", "group 2", "group 3", "group 4"]
    assert splits.tests_apart()
    assert splits.paths == ((0, 1, 2, 3),)


def test_the_book_s_example_of_six_groups_and_two() -> None:
    # Lopez de Prado 2018, 12.4 and fig. 12.1 and 12.2: 15 splits, 5 paths; each group is tested in 5 splits.
    splits = combinatorial_purged(6, 2).over(600)
    assert len(splits) == 15
    assert len(splits.paths) == 5
    assert [split.groups for split in splits][:6] == [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2)]
    # The second figure's numbers, counted from 1: split 1 tests groups 1 and 2 and supplies both to path 1.
    assert splits.paths[0] == (0, 0, 1, 2, 3, 4)
    assert splits.paths[1] == (1, 5, 5, 6, 7, 8)
    assert splits.paths[4] == (4, 8, 11, 13, 14, 14)
    assert splits[0].name == "groups 1, 2"
    assert splits.path(1)[2] == ((200, 300), 5)
    assert not splits.tests_apart()


@given(
    total=st.integers(10, 120),
    n_groups=st.integers(2, 7),
    k_test=st.integers(1, 4),
    purge=st.integers(0, 4),
    embargo=st.integers(0, 4),
)
def test_what_every_cross_validation_owes(total: int, n_groups: int, k_test: int, purge: int, embargo: int) -> None:
    assume(k_test < n_groups)
    definition = combinatorial_purged(n_groups, k_test, purge=purge, embargo=embargo)
    try:
        splits = definition.over(total)
    except SplitError as error:
        assert "leaves no session to train on" in str(error)  # noqa: PT017  either way is right, by what is drawn
        return
    assert len(splits) == comb(n_groups, k_test)
    assert len(splits.paths) == comb(n_groups, k_test) * k_test // n_groups
    for split in splits:
        train, test = np.array(positions(split.train)), np.array(positions(split.test))
        lag = train[:, None] - test[None, :]
        # Nobody trains on a test, within the purge before one, or within purge and embargo after one ...
        assert not ((lag >= -purge) & (lag <= purge + embargo)).any()
        # ... and on everything else everybody does.
        rest = np.setdiff1d(np.arange(total), np.concatenate([train, test]))
        near = rest[:, None] - test[None, :]
        assert ((near >= -purge) & (near <= purge + embargo)).any(axis=1).all()
        assert split.tested() == len(test) == len(np.unique(test))
    for number in range(len(splits.paths)):
        path = splits.path(number)
        assert positions(piece for piece, _ in path) == list(range(total))
        assert all(piece in splits[split].test for piece, split in path)
    supplied = [(split, group) for path in splits.paths for group, split in enumerate(path)]
    assert len(set(supplied)) == len(supplied) == k_test * len(splits)


@given(total=st.integers(12, 100), k=st.integers(2, 6), embargo=st.integers(0, 5))
def test_k_fold_as_both_libraries_split(total: int, k: int, embargo: int) -> None:
    import pandas as pd
    from holdout.splits import purged_kfold
    from purgedcv import PurgedKFold

    assume(embargo < total // k)
    ours = [(positions(s.train), positions(s.test)) for s in purged_k_fold(k, embargo=embargo).over(total)]
    theirs = purged_kfold(k, n=total, embargo=embargo)
    assert ours == [(s.train.tolist(), s.test.tolist()) for s in theirs]
    times = pd.Series(pd.date_range("2024-01-01", periods=total, freq="D"))
    cv = PurgedKFold(k, prediction_times=times, evaluation_times=times, embargo_observations=embargo)
    assert ours == [(train.tolist(), test.tolist()) for train, test in cv.split(np.zeros(total))]


@given(
    total=st.integers(20, 80),
    n_groups=st.integers(3, 6),
    k_test=st.integers(1, 3),
    purge=st.integers(0, 3),
    days=st.integers(0, 2),
)
def test_combinations_as_purgedcv_splits(total: int, n_groups: int, k_test: int, purge: int, days: int) -> None:
    import pandas as pd
    from purgedcv import CombinatorialPurgedCV

    assume(k_test < n_groups)
    assume((n_groups - k_test) * (total // n_groups) > n_groups * (2 * purge + days + 1))
    # Its labels end `purge + 1` days after they start, that moment excluded, and its embargo starts there, that moment
    # included, so n days leave n + 1 sessions out; an embargo of 0 days is none.
    embargo = days + 1 if days else 0
    made = pd.Series(pd.date_range("2024-01-01", periods=total, freq="D"))
    known = made + pd.Timedelta(days=purge + 1)
    cv = CombinatorialPurgedCV(
        n_groups,
        k_test,
        prediction_times=made,
        evaluation_times=known,
        embargo=pd.Timedelta(days=days),
    )
    ours = combinatorial_purged(n_groups, k_test, purge=purge, embargo=embargo).over(total)
    theirs = [(train.tolist(), test.tolist()) for train, test in cv.split(np.zeros(total))]
    assert [(positions(s.train), positions(s.test)) for s in ours] == theirs


@given(total=st.integers(20, 80), n_groups=st.integers(3, 6), k_test=st.integers(1, 3), purge=st.integers(0, 3))
def test_combinations_and_paths_as_holdout_makes_them(total: int, n_groups: int, k_test: int, purge: int) -> None:
    from holdout.splits import combinatorial_purged_cv

    assume(k_test < n_groups)
    assume((n_groups - k_test) * (total // n_groups) > n_groups * 2 * purge)
    start = np.arange(total)
    theirs = combinatorial_purged_cv(n_groups, k_test, start=start, end=start + purge)
    ours = combinatorial_purged(n_groups, k_test, purge=purge).over(total)
    assert [(positions(s.train), positions(s.test), s.groups) for s in ours] == [
        (s.train.tolist(), s.test.tolist(), s.test_groups) for s in theirs.splits
    ]
    assert [list(path) for path in ours.paths] == theirs.path_assignment()


def test_paths_as_purgedcv_reconstructs_them() -> None:
    from purgedcv import reconstruct_paths

    splits = combinatorial_purged(6, 3).over(62)
    numbers = [np.full(split.tested(), float(split.number)) for split in splits]
    tested = [np.array(positions(split.test)) for split in splits]
    theirs = reconstruct_paths(numbers, tested, 6, 3, 62)
    for number, row in enumerate(theirs):
        ours = np.concatenate([np.full(stop - start, split) for (start, stop), split in splits.path(number)])
        assert np.array_equal(row, ours)


def test_shares_are_of_the_history() -> None:
    whole = purged_k_fold(4, purge=0.01, embargo=0.02).over(500)
    assert whole.splits == purged_k_fold(4, purge=5, embargo=10).over(500).splits


def test_parts_differ_by_one_at_most() -> None:
    assert parts(11, 4) == ((0, 3), (3, 6), (6, 9), (9, 11))


def test_neighbouring_tests_are_purged_around_both() -> None:
    assert outside(20, [(5, 10), (10, 15)], 2, 3) == [(0, 3), (18, 20)]
    assert outside(20, [(0, 5), (15, 20)], 2, 3) == [(8, 13)]
    assert outside(20, [(0, 5), (8, 20)], 2, 3) == []


@pytest.mark.parametrize(("n_groups", "k_test"), [(6, 1), (6, 2), (6, 3), (10, 2), (10, 5)])
def test_the_number_of_paths(n_groups: int, k_test: int) -> None:
    # phi[N, k] = k / N * C(N, k), Lopez de Prado 2018, 12.4
    assert len(paths_of(n_groups, k_test)) * n_groups == k_test * comb(n_groups, k_test)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: purged_k_fold(1), "at least 2 groups, .* found k=1$"),
        (lambda: purged_k_fold(2.5), "k must be a whole number, found 2.5"),  # type: ignore[arg-type]
        (lambda: purged_k_fold(True), "k must be a whole number, found True"),
        (lambda: combinatorial_purged(6, 0), "found n_groups=6 and k_test=0"),
        (lambda: combinatorial_purged(6, 6), "found n_groups=6 and k_test=6"),
        (lambda: combinatorial_purged(30, 15), "155,117,520 splits, expected at most 100,000: take fewer groups"),
        (lambda: purged_k_fold(5, purge=-1), "purge must be a number of sessions from 0"),
        (lambda: purged_k_fold(5, embargo="5d"), "embargo must be a number of sessions"),  # type: ignore[arg-type]
        (lambda: purged_k_fold(5).over(4), "4 sessions can't be cut into 5 groups: take at most 4"),
        (
            lambda: purged_k_fold(2, purge=10).over(20),
            "test of group 1 leaves no session to train on, .* smaller purge",
        ),
        (lambda: purged_k_fold(5).over(100).path(1), "there are 1 paths, numbered from 0, found 1"),
    ],
)
def test_what_can_not_be_validated(make: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        make()


def test_days_and_the_description() -> None:
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-13"))
    found = json.loads(json.dumps(combinatorial_purged(3, 2, purge=1).over(days).describe()))
    assert (found["kind"], found["n_groups"], found["k_test"], found["purge"]) == ("combinatorial_purged", 3, 2, 1)
    assert found["splits"][1]["groups"] == [0, 2]
    assert found["splits"][1]["test_dates"] == [["2020-01-01", "2020-01-04"], ["2020-01-09", "2020-01-12"]]
    assert found["splits"][1]["train_dates"] == [["2020-01-06", "2020-01-07"]]
    assert found["paths"] == [[0, 0, 1], [1, 2, 2]]
    assert purged_k_fold(4).over(20).describe()["kind"] == "purged_k_fold"
