"""What a split says of itself."""

from datetime import date

import numpy as np
import pytest

from lockstep.errors import SplitError
from lockstep.vector.validation.cross_validation import combinatorial_purged
from lockstep.vector.validation.sessions import Sessions
from lockstep.vector.validation.splits import Splits, split_of, written

DAYS = Sessions.of(np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-11")))


def test_a_split_counts_and_names_its_sessions() -> None:
    split = split_of(3, DAYS, [(0, 2), (5, 6)], [(2, 4), (8, 10)])
    assert (split.number, split.trained(), split.tested()) == (3, 3, 4)
    assert split.name == "2020-01-03 to 2020-01-10"
    assert split.test_dates == ((date(2020, 1, 3), date(2020, 1, 4)), (date(2020, 1, 9), date(2020, 1, 10)))
    assert split_of(0, DAYS, [(0, 2)], [(2, 4), (8, 10)], (1, 4)).name == "groups 2, 5"


def test_without_days_numbers_are_named() -> None:
    split = split_of(0, Sessions.of(10), [(0, 2)], [(2, 4)])
    assert (split.name, split.train_dates, split.test_dates) == ("sessions 2 to 3", (), ())


def test_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(
        SplitError, match="test of sessions 0 to 9 leaves no session to train on, expected at least one"
    ):
        split_of(0, Sessions.of(10), [], [(0, 10)])


def test_splits_are_a_sequence() -> None:
    splits = combinatorial_purged(3, 1).over(9)
    assert [split.number for split in splits] == [0, 1, 2]
    assert splits[-1] is splits.splits[2]
    assert len(splits[1:]) == 2


def test_tests_that_overlap_can_not_be_one_curve() -> None:
    parts = [split_of(i, DAYS, [(0, 2)], [(2 + i, 4 + i)]) for i in range(2)]
    assert not Splits({}, 10, tuple(parts)).tests_apart()
    assert Splits({}, 10, (parts[0],)).tests_apart()


def test_arguments_are_written_as_json_has_them() -> None:
    given = {"grows": True, "train": date(2020, 1, 2), "test": "6mo", "step": None, "gap": 0}
    assert written(given) == {"train": "2020-01-02", "test": "6mo", "gap": 0}
