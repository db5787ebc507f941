"""Conditions between parameters, asked by columns and one by one."""

from typing import Any

import numpy as np
import pytest

from lockstep.errors import ParameterError, SweepError
from lockstep.strategies.ema_cross import EmaCross
from lockstep.vector.sweep.conditions import conditions_of, met

COLUMNS: dict[str, Any] = {"fast": np.array([1, 5, 9, 5]), "slow": np.array([4, 4, 8, 30])}
FIXED = {"short": True}


def ask(where: Any) -> list[bool]:
    found: list[bool] = met(conditions_of(where, EmaCross.parameters, "ema_cross"), COLUMNS, FIXED).tolist()
    return found


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, [True, True, True, True]),
        (lambda fast, slow: fast < slow, [True, False, False, True]),
        (lambda slow, fast: fast < slow, [True, False, False, True]),
        (lambda fast: fast in (1, 9), [True, False, True, False]),  # means one set only
        (lambda fast, slow: fast < slow and slow < 10, [True, False, False, False]),
        (lambda fast, slow: max(fast, slow) < 10, [True, True, True, False]),
        (lambda fast, slow: ~(fast < slow), [False, True, True, False]),  # means columns only
        (lambda fast, slow: np.minimum(fast, slow) > 3, [False, True, True, True]),
        ([lambda fast, slow: fast < slow, lambda slow: slow > 4], [False, False, False, True]),
        (lambda fast, short: short, [True, True, True, True]),
        (lambda fast, least=5: fast >= least, [False, True, True, True]),
        (lambda *, fast: fast == 5, [False, True, False, True]),
        (lambda fast: isinstance(fast, int), [True, True, True, True]),
    ],
)
def test_which_sets_are_wanted(where: Any, expected: list[bool]) -> None:
    assert ask(where) == expected


def test_a_condition_that_differs_on_columns_is_asked_one_by_one() -> None:
    # 2 ** 80 is beyond the integers of an array, which turn to 0 without a word.
    columns: dict[str, Any] = {"fast": np.array([80, 3]), "slow": np.array([4, 4])}
    conditions = conditions_of(lambda fast, slow: 2**fast > slow, EmaCross.parameters, "ema_cross")
    small: dict[str, Any] = {"fast": np.array([1, 3]), "slow": np.array([4, 4])}
    assert met(conditions, small, FIXED).tolist() == [False, True]
    assert met(conditions, columns, FIXED).tolist() == [True, True]


def test_names_may_be_written_as_in_requests() -> None:
    from lockstep.strategies.mean_reversion import MeanReversion

    conditions = conditions_of(lambda entryZScore: entryZScore > 1, MeanReversion.parameters, "m")  # noqa: N803  as a user writes it
    assert met(conditions, {"entry_z_score": np.array([1.0, 2.0])}, {}).tolist() == [False, True]


def test_what_no_set_reaches_is_not_asked() -> None:
    asked = []

    def ask_and_note(fast: Any) -> bool:
        asked.append(fast)
        return True

    assert ask([lambda fast: fast > 100, ask_and_note]) == [False] * 4
    assert not asked


def test_a_failing_condition_is_told_with_its_set() -> None:
    with pytest.raises(SweepError, match=r"10 // \(fast - 5\) > 0 raised ZeroDivisionError: .* for fast=5: it must"):
        ask(lambda fast: 10 // (fast - 5) > 0)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (lambda fast: fast, "must answer True or False, found 1 for fast=1: end it with a comparison"),
        (lambda fast: None, "must answer True or False, found None"),
        ("fast < slow", r"takes a function of parameters, such as lambda fast, slow: \.\.\., found 'fast < slow'"),
        (lambda *values: True, r"argument '\*values' names no parameter of ema_cross"),
        (lambda **values: True, r"argument '\*\*values'"),
        (lambda: True, "looks at no parameter"),
        (max, "whose arguments are named after parameters, found <built-in function max>, which names none"),
    ],
)
def test_conditions_that_mean_nothing(where: Any, message: str) -> None:
    with pytest.raises(SweepError, match=message):
        ask(where)


def test_an_unknown_name_gets_a_hint() -> None:
    with pytest.raises(ParameterError, match=r"where=: ema_cross has no parameter 'fats' .* did you mean 'fast'"):
        ask(lambda fats, slow: fats < slow)


def test_conditions_are_told_as_they_are_written() -> None:
    def apart(fast: int, slow: int) -> bool:
        return slow - fast > 2

    one, other = conditions_of([lambda fast, slow: fast < slow, apart], EmaCross.parameters, "ema_cross")
    assert one.text == "fast < slow"
    assert other.text.endswith("apart(fast, slow)")
    (without_source,) = conditions_of(eval("lambda fast: fast > 1"), EmaCross.parameters, "ema_cross")
    assert without_source.text == "<lambda>(fast)"
