"""Expanding walk-forward, against hand counts and against two libraries where conventions coincide."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import SplitError
from lockstep.vector.validation.expanding import expanding

DECADE = np.arange(np.datetime64("2010-01-04"), np.datetime64("2020-01-01"))
WEEKDAYS = DECADE[np.is_busday(DECADE)]


def ranges(splits: Any) -> list[tuple[Any, Any]]:
    return [(split.train, split.test) for split in splits]


def positions(parts: Any) -> list[int]:
    return [i for start, stop in parts for i in range(start, stop)]


@given(total=st.integers(4, 80), tests=st.integers(1, 8), gap=st.integers(0, 3))
def test_expanding_as_scikit_learn_splits(total: int, tests: int, gap: int) -> None:
    from sklearn.model_selection import TimeSeriesSplit  # type: ignore[import-untyped]  # ships no types

    size = total // (tests + 1)
    if size < 1 or total - tests * size - gap < 1:
        with pytest.raises(SplitError, match="expected tests of at least 1 and a training of at least 1"):
            expanding(tests, gap=gap).over(total)
        return
    ours = expanding(tests, gap=gap).over(total)
    if tests == 1:  # theirs starts at two
        assert len(ours) == 1
        return
    theirs = TimeSeriesSplit(tests, gap=gap).split(np.zeros(total))
    assert [(positions(s.train), positions(s.test)) for s in ours] == [(a.tolist(), b.tolist()) for a, b in theirs]


def test_expanding_as_purgedcv_splits() -> None:
    import pandas as pd
    from purgedcv import WalkForwardSplit

    times = pd.Series(pd.date_range("2024-01-01", periods=50, freq="D"))
    theirs = WalkForwardSplit(3, 7, prediction_times=times, evaluation_times=times).split(np.zeros(50))
    ours = expanding(3, test=7).over(50)
    assert [(positions(s.train), positions(s.test)) for s in ours] == [(a.tolist(), b.tolist()) for a, b in theirs]


def test_expanding_from_a_minimum_of_training() -> None:
    # 100 sessions less 40 are 60, in 4 tests of 15; of 103, 63 give 15 each and 3 more to the first training.
    assert expanding(4, minimum=40).over(100)[0].train == ((0, 40),)
    assert ranges(expanding(4, minimum=40).over(103))[0] == (((0, 43),), ((43, 58),))
    assert ranges(expanding(2, minimum=40, gap=2).over(102))[0] == (((0, 40),), ((42, 72),))


def test_expanding_in_calendar_time() -> None:
    splits = expanding(3, test="1y").over(WEEKDAYS)
    # The year before 1 January 2020 has 261 weekdays.
    assert [split.tested() for split in splits] == [261, 261, 261]
    assert splits[-1].test_dates == ((date(2019, 1, 1), date(2019, 12, 31)),)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: expanding(0), "tests must be a whole number from 1"),
        (lambda: expanding(2.5), "tests must be a whole number"),  # type: ignore[arg-type]
        (lambda: expanding(5, test="2020-01-01").over(WEEKDAYS), "test is repeated, so it must be a length"),
        (lambda: expanding(5, test=30).over(100), "5 tests of 30 sessions leave 0 of 100 for the first training"),
        (lambda: expanding(5, minimum=98).over(100), "5 tests of 0 sessions"),
        (lambda: expanding(5, minimum="x"), "minimum must be a number of sessions"),
        (lambda: expanding(5, test=10, minimum=60).over(100), "leave 50 of 100 .* a training of at least 60"),
    ],
)
def test_what_can_not_be_split(make: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        make()


def test_the_description() -> None:
    assert expanding(2, test="P1Y", gap=3).over(WEEKDAYS).definition == {
        "kind": "expanding",
        "tests": 2,
        "test": "P1Y",
        "gap": 3,
    }
