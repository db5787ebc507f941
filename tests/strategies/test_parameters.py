"""Types, bounds and names of parameters."""

from typing import Any

import numpy as np
import pytest

from lockstep.errors import ParameterError
from lockstep.strategies.parameters import Parameter, below, camel_case, resolve, snake_case

WHOLE = Parameter("n", int, 20, 2, 100, "")
NUMBER = Parameter("x", float, 1.0, None, None, "")
FLAG = Parameter("on", bool, True, None, None, "")


@pytest.mark.parametrize(
    ("parameter", "given", "taken"),
    [
        (WHOLE, 7, 7),
        (WHOLE, 7.0, 7),
        (WHOLE, np.int64(7), 7),
        (NUMBER, 7, 7.0),
        (NUMBER, np.float32(0.5), 0.5),
        (FLAG, False, False),
        (FLAG, np.True_, True),
    ],
)
def test_values_are_taken_in_the_parameter_s_own_type(parameter: Parameter, given: Any, taken: Any) -> None:
    found = parameter.check(given, "s")
    assert found == taken
    assert type(found) is type(taken)


@pytest.mark.parametrize(
    ("parameter", "given", "message"),
    [
        (WHOLE, 1, "s: parameter 'n' must be between 2 and 100, found 1"),
        (WHOLE, 101, "must be between 2 and 100"),
        (WHOLE, 7.5, "must be a whole number, found 7.5"),
        (WHOLE, True, "must be a number, found True"),
        (WHOLE, "7", "must be a number, found '7'"),
        (WHOLE, None, "must be a number, found None"),
        (NUMBER, float("inf"), "must be a finite number, found inf"),
        (NUMBER, 10**400, "must be a finite number"),
        (NUMBER, np.array([1.0, 2.0]), "must be a number"),
        (FLAG, 1, "must be true or false, found 1"),
        (FLAG, "yes", "must be true or false, found 'yes'"),
    ],
)
def test_other_values_are_refused(parameter: Parameter, given: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parameter.check(given, "s")


def test_bounds_in_words() -> None:
    assert WHOLE.bounds() == "between 2 and 100"
    assert Parameter("x", float, 0.0, 0.0, None, "").bounds() == "at least 0"
    assert Parameter("x", float, 0.0, None, 1.5, "").bounds() == "at most 1.5"
    assert NUMBER.bounds() == "any number"
    assert FLAG.bounds() == "true or false"


def test_defaults_as_people_write_them() -> None:
    assert [p.default_text() for p in (WHOLE, NUMBER, FLAG)] == ["20", "1", "true"]


@pytest.mark.parametrize(
    ("camel", "snake"),
    [("lookback", "lookback"), ("entryZScore", "entry_z_score"), ("exitZScore", "exit_z_score"), ("fastN", "fast_n")],
)
def test_names_go_back_and_forth(camel: str, snake: str) -> None:
    assert snake_case(camel) == snake_case(snake) == snake
    assert camel_case(snake) == camel


def test_what_is_not_given_is_at_its_default() -> None:
    assert resolve({"n": WHOLE, "x": NUMBER}, {"n": 5}, "s") == {"n": 5, "x": 1.0}
    with pytest.raises(ParameterError, match=r"s has no parameter 'm' \(it has: n\)"):
        resolve({"n": WHOLE}, {"m": 5}, "s")
    with pytest.raises(ParameterError, match=r"s has no parameter 'm' \(it has: none\)"):
        resolve({}, {"m": 5}, "s")


def test_an_order_of_two_parameters_can_be_asked_for() -> None:
    below("s", "fast", 1, "slow", 2)
    with pytest.raises(ParameterError, match=r"s: fast must be below slow \(2\), found 2"):
        below("s", "fast", 2, "slow", 2)
