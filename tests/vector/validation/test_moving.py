"""Walk-forward splits, against hand counts and against a library where conventions coincide."""

import json
import pickle
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import SplitError
from lockstep.vector.validation.moving import anchored, rolling
from lockstep.vector.validation.splits import Split


def weekdays(first: str, last: str) -> Any:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days)]


DECADE = weekdays("2010-01-04", "2019-12-31")


def ranges(splits: Any) -> list[tuple[Any, Any]]:
    return [(split.train, split.test) for split in splits]


def positions(parts: Any) -> list[int]:
    return [i for start, stop in parts for i in range(start, stop)]


def test_a_rolling_window_keeps_its_length() -> None:
    # 10 sessions, 4 to train on, 2 to test: tests start at 4, 6 and 8.
    assert ranges(rolling(4, 2).over(10)) == [
        (((0, 4),), ((4, 6),)),
        (((2, 6),), ((6, 8),)),
        (((4, 8),), ((8, 10),)),
    ]


def test_an_anchored_one_keeps_its_start() -> None:
    assert ranges(anchored(4, 2).over(11)) == [
        (((0, 4),), ((4, 6),)),
        (((0, 6),), ((6, 8),)),
        (((0, 8),), ((8, 10),)),
    ]


def test_a_last_test_that_is_not_full_can_be_kept() -> None:
    assert ranges(anchored(4, 2, partial=True).over(11))[-1] == (((0, 10),), ((10, 11),))


def test_steps_shorter_and_longer_than_the_test() -> None:
    overlapping = rolling(4, 4, 2).over(10)
    assert [split.test for split in overlapping] == [((4, 8),), ((6, 10),)]
    assert not overlapping.tests_apart()
    spread = rolling(4, 1, 3).over(10)
    assert [split.test for split in spread] == [((4, 5),), ((7, 8),)]
    assert spread.tests_apart()


def test_a_gap_belongs_to_neither() -> None:
    assert ranges(rolling(4, 2, gap=1).over(9)) == [(((0, 4),), ((5, 7),)), (((2, 6),), ((7, 9),))]
    assert ranges(anchored(4, 2, gap=0.1).over(10))[1] == (((0, 6),), ((7, 9),))


def test_shares() -> None:
    assert ranges(rolling(0.5, 0.25).over(100)) == [(((0, 50),), ((50, 75),)), (((25, 75),), ((75, 100),))]


@given(
    total=st.integers(2, 60),
    train=st.integers(1, 30),
    test=st.integers(1, 20),
    step=st.integers(1, 20),
    gap=st.integers(0, 5),
    grows=st.booleans(),
)
def test_as_holdout_splits(total: int, train: int, test: int, step: int, gap: int, grows: bool) -> None:
    from holdout.splits import walk_forward

    make = anchored if grows else rolling
    if train + gap + test > total:
        with pytest.raises(SplitError, match="does not fit once into"):
            make(train, test, step, gap=gap).over(total)
        return
    ours = make(train, test, step, gap=gap).over(total)
    theirs = walk_forward(total, train=train, test=test, step=step, gap=gap, expanding=grows)
    assert [(positions(s.train), positions(s.test)) for s in ours] == [
        (s.train.tolist(), s.test.tolist()) for s in theirs
    ]


def test_calendar_spans_end_on_their_day_whatever_the_weekday() -> None:
    splits = rolling("2y", "1y").over(DECADE)
    found = [(split.train_dates[0], split.test_dates[0]) for split in splits]
    # From Monday 4 January 2010: the boundaries are 4 January of each year, on the next weekday where that is none.
    assert found[0] == ((date(2010, 1, 4), date(2012, 1, 3)), (date(2012, 1, 4), date(2013, 1, 3)))
    assert found[2] == ((date(2012, 1, 4), date(2014, 1, 3)), (date(2014, 1, 6), date(2015, 1, 2)))
    assert found[-1] == ((date(2017, 1, 4), date(2019, 1, 3)), (date(2019, 1, 4), date(2019, 12, 31)))
    assert len(splits) == 8
    assert splits[0].name == "2012-01-04 to 2013-01-03"


def test_months_are_counted_from_the_first_so_short_ones_shift_nothing() -> None:
    days = np.arange(np.datetime64("2021-01-31"), np.datetime64("2021-08-01"))
    starts = [split.test_dates[0][0] for split in rolling("1mo", "1mo").over(days)]
    # The first test starts a month after 31 January: on 28 February; the others a whole number of months after that.
    assert starts == [date(2021, month, 28) for month in (2, 3, 4, 5, 6)]
    assert rolling("1mo", "1mo").over(days).tests_apart()


@given(
    train=st.sampled_from(["1y", "P6M", "180d", 200, 0.1]),
    test=st.sampled_from(["3mo", "P1M", "45d", 30, 0.03]),
    gap=st.integers(0, 10),
    grows=st.booleans(),
    first=st.integers(0, 800),
)
def test_tests_tile_the_history_and_follow_their_training(
    train: Any, test: Any, gap: int, grows: bool, first: int
) -> None:
    make = anchored if grows else rolling
    splits = make(train, test, gap=gap, partial=True).over(DECADE[first:])
    assert splits.tests_apart()
    assert splits[-1].test[-1][1] == splits.total
    for earlier, later in pairwise(splits):
        assert earlier.test[-1][1] == later.test[0][0]
    for split in splits:
        assert split.train[-1][1] == split.test[0][0] - gap
        assert split.train[0][0] >= 0


def test_dates() -> None:
    splits = anchored("2015-01-01", date(2016, 1, 1)).over(DECADE)
    assert splits[0].train_dates == ((date(2010, 1, 4), date(2014, 12, 31)),)
    assert splits[0].test_dates == ((date(2015, 1, 1), date(2015, 12, 31)),)
    # Later tests have as many sessions as the first: 2015 has 261 weekdays.
    assert {split.tested() for split in splits} == {261}
    rolled = rolling("2015-01-01", "1y").over(DECADE)
    assert {split.trained() for split in rolled} == {splits[0].trained()}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rolling(0, 5), "train must be at least one session"),
        (lambda: rolling(5, "x"), "test must be a number of sessions"),
        (lambda: rolling(5, 5, "2020-01-01"), "step is repeated, so it must be a length, found the date 2020-01-01"),
        (lambda: rolling(5, 5, gap=-1), "gap must be a number of sessions from 0"),
        (lambda: rolling(60, 41).over(100), "training over 60 and testing over 41 does not fit once into 100 sessions"),
        (lambda: rolling("1y", 5).over(100), "only the number of sessions is known"),
        (lambda: anchored("9y", "2y").over(DECADE), "into 2607 sessions from 2010-01-04 to 2019-12-31: take shorter"),
        (lambda: rolling("P9000Y", "1y").over(DECADE), "does not fit once"),
        (lambda: rolling("1y", "99999999999d").over(DECADE), "does not fit once"),
        (lambda: anchored("2000-01-01", 5).over(DECADE), "train up to 2000-01-01 holds no session: take a later date"),
        (lambda: anchored(500, "2011-01-01").over(DECADE), "test up to 2011-01-01 holds no session"),
        (lambda: anchored("1y", "1d").over(DECADE), "holds no session of its own at .*: take a longer test or step"),
        (lambda: anchored(5, 5, "1d").over(DECADE), "holds no session of its own at"),
        (lambda: rolling(1, 1).over(100_010), "expected at most 100,000 splits"),
    ],
)
def test_what_can_not_be_split(make: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        make()


def test_splits_are_described_in_json_and_travel() -> None:
    splits = rolling("2y", date(2013, 1, 1), gap=5).over(DECADE)
    found = json.loads(json.dumps(splits.describe()))
    assert (found["kind"], found["train"], found["test"], found["gap"]) == ("rolling", "2y", "2013-01-01", 5)
    assert found["sessions"] == 2607
    first: Split = splits[0]
    assert found["splits"][0]["test"] == [list(first.test[0])]
    assert found["splits"][0]["test_dates"] == [[str(first.test_dates[0][0]), "2012-12-31"]]
    assert pickle.loads(pickle.dumps(splits)) == splits
