"""Who is chosen, and how steadily."""

import math

import numpy as np
import pytest

from lockstep.errors import SplitError
from lockstep.vector.validation.picking import check_pick, picked, stability

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("pick", "scores", "expected"),
    [
        ("highest", [1.0, 3.0, 2.0], 1),
        ("lowest", [1.0, 3.0, -2.0], 2),
        ("highest", [2.0, 3.0, 3.0], 1),  # the first of equal ones
        ("lowest", [2.0, 2.0], 0),
        ("highest", [NAN, -5.0, NAN], 1),
        ("highest", [INF, 1.0, -INF], 1),  # a ratio over nothing is no score
        ("highest", [NAN, NAN], None),
        ("lowest", [INF], None),
    ],
)
def test_the_best_finite_score_wins(pick: str, scores: list[float], expected: int | None) -> None:
    assert picked(pick, np.array(scores), dict) == expected


def test_a_function_may_choose_or_decline() -> None:
    scores, columns = np.array([1.0, NAN, 3.0]), {"n": np.array([5, 7, 9])}
    assert picked(lambda s, p: int(np.flatnonzero(p["n"] == 5)[0]), scores, lambda: columns) == 0
    assert picked(lambda s, p: np.nanargmax(s), scores, lambda: columns) == 2
    assert picked(lambda s, p: None, scores, lambda: columns) is None
    assert picked(lambda s, p: np.argsort(s.__imul__(-1.0))[0], scores, lambda: columns) == 2
    assert scores[0] == 1.0  # what a function does to the scores is its own affair


@pytest.mark.parametrize("answer", [1, 3, -1, 0.0, True, "0"])
def test_an_answer_that_is_no_set_with_a_score_is_refused(answer: object) -> None:
    with pytest.raises(SplitError, match="pick must return the number of a set with a finite score, from 0 to 2"):
        picked(lambda s, p: answer, np.array([1.0, NAN, 3.0]), dict)


@pytest.mark.parametrize("pick", ["best", None, 3])
def test_what_can_not_choose_is_refused(pick: object) -> None:
    with pytest.raises(SplitError, match="pick must be 'highest', 'lowest' or a function"):
        check_pick(pick)


def test_steadiness_by_hand() -> None:
    # Places on the sorted axis 10, 20, 30, 40: 0, 0, 2, 3. Steps 0, 2, 1: two of three changed, mean length 1 of 3.
    picks = [{"n": 10}, {"n": 10}, None, {"n": 30}, {"n": 40}]
    (found,) = stability(picks, {"n": np.array([40, 10, 20, 30])})
    assert found == {
        "parameter": "n", "distinct": 3, "most": 0.5, "changed": pytest.approx(2 / 3), "moved": pytest.approx(1 / 3),
    }  # fmt: skip


def test_one_choice_or_none_says_nothing_of_steps() -> None:
    axis = {"b": np.array([False, True])}
    (one,), (none,) = stability([{"b": True}], axis), stability([None], axis)
    assert (one["distinct"], one["most"], none["distinct"]) == (1, 1.0, 0)
    assert all(math.isnan(row[name]) for row in (one, none) for name in ("changed", "moved"))
