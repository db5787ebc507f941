"""What a parameter is searched over."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from lockstep.errors import ParameterError, SweepError
from lockstep.strategies.parameters import Parameter
from lockstep.vector.sweep.values import axis_values, fixed_value, is_fixed, log_span, span

WHOLE = Parameter("n", int, 20, 2, 1000, "")
NUMBER = Parameter("x", float, 1.0, None, None, "")
FLAG = Parameter("on", bool, True, None, None, "")


@pytest.mark.parametrize(
    "given",
    [
        [2, 4, 6],
        (2, 4, 6),
        range(2, 7, 2),
        np.array([2, 4, 6]),
        np.array([2.0, 4.0, 6.0]),
        pl.Series([2, 4, 6]),
        span(2, 6, 2),
        span(2, 7, 2),
        span(2.0, 6.0, 2.0),
        (number for number in (2, 4, 6)),
    ],
)
def test_every_way_to_say_three_values(given: Any) -> None:
    found = axis_values(given, WHOLE, "s")
    assert found.dtype == np.int64
    assert found.tolist() == [2, 4, 6]


def test_a_series_of_pandas() -> None:
    import pandas as pd

    assert axis_values(pd.Series([2, 4, 6], index=[7, 8, 9]), WHOLE, "s").tolist() == [2, 4, 6]


def test_values_keep_their_order_and_take_the_parameter_s_type() -> None:
    assert axis_values([6, 2, 4], WHOLE, "s").tolist() == [6, 2, 4]
    assert axis_values([1, 2], NUMBER, "s").dtype == np.float64
    assert axis_values([False, True], FLAG, "s").dtype == np.bool_


def test_a_span_is_the_decimals_that_are_written() -> None:
    # 0.1 + 0.1 + 0.1 is 0.30000000000000004 in binary; the literals are what a reader looks up with .sel.
    assert span(0.1, 0.5, 0.1).values(float) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert span(-0.3, 0.3, 0.15).values(float) == [-0.3, -0.15, 0, 0.15, 0.3]
    assert span(0, 1, 0.001).values(float) == [float(f"{i / 1000:.3f}") for i in range(1001)]
    assert span(1e-05, 3e-05, 1e-05).values(float) == [1e-05, 2e-05, 3e-05]
    assert span(5, 5).values(int) == [5]


def test_a_log_span_has_equal_ratios_and_exact_ends() -> None:
    found = log_span(0.1, 100.0, 4).values(float)
    assert found[0] == 0.1
    assert found[-1] == 100.0
    np.testing.assert_allclose(found, [0.1, 1.0, 10.0, 100.0], rtol=1e-14)


def test_a_log_span_of_whole_numbers_is_rounded_and_has_each_once() -> None:
    # 2 * 5 ** (i / 9) for i = 0..9: 2, 2.39, 2.86, 3.42, 4.09, 4.89, 5.85, 6.99, 8.36, 10
    assert axis_values(log_span(2, 10, 10), WHOLE, "s").tolist() == [2, 3, 4, 5, 6, 7, 8, 10]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], r"s: parameter 'n' is searched over no values \(\[\]\): give at least one"),
        ([5, 6, 5.0], "'n' is searched over 5 more than once"),
        ({5, 6}, "found a set, which has no order of its own: write sorted"),
        ({5: 6}, "found a dict"),
        (np.ones((2, 2)), r"array of one dimension, found shape \(2, 2\)"),
    ],
)
def test_collections_that_say_nothing_clear(given: Any, message: str) -> None:
    with pytest.raises(SweepError, match=message):
        axis_values(given, WHOLE, "s")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([5, 1], "s: parameter 'n' must be between 2 and 1000, found 1"),
        ([5, 6.5], "must be a whole number, found 6.5"),
        (np.array([5.0, np.nan]), "must be a finite number, found nan"),
        (["5"], "must be a number, found '5'"),
        ([None], "must be a number, found None"),
        (span(2, 3, 0.5), "must be a whole number, found 2.5"),
    ],
)
def test_each_value_is_checked(given: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        axis_values(given, WHOLE, "s")


def test_a_whole_number_beyond_64_bits_is_refused() -> None:
    unbounded = Parameter("n", int, 1, None, None, "")
    with pytest.raises(SweepError, match="must fit into 64 bits"):
        axis_values([2**64], unbounded, "s")
    with pytest.raises(SweepError, match="must fit into 64 bits"):
        fixed_value(2**64, unbounded, "s")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: span(5, 2, 1), r"needs low <= high .* found span\(5, 2, 1\)"),
        (lambda: span(2, 5, 0), "a step above 0"),
        (lambda: span(2, 5, -1), "a falling order is given as a list"),
        (lambda: span(0, 1, 1e-9), "has 1,000,000,001 values, expected at most"),
        (lambda: span(0, float("nan"), 1), "high must be a finite number, found nan"),
        (lambda: span(True, 5, 1), "low must be a finite number, found True"),
        (lambda: log_span(0, 5, 3), "needs 0 < low < high"),
        (lambda: log_span(5, 5, 3), "needs 0 < low < high"),
        (lambda: log_span(1, 5, 1), "a count from 2"),
        (lambda: log_span(1, 5, 2.5), "a count from 2"),  # type: ignore[arg-type]
        (lambda: log_span(1, 5, 10**9), "has 1,000,000,000 values"),
    ],
)
def test_spans_that_mean_nothing(made: Any, message: str) -> None:
    with pytest.raises(SweepError, match=message):
        made()


def test_one_value_stays() -> None:
    assert all(is_fixed(value) for value in (5, 0.5, True, np.int64(5), np.array(5), None, "x"))
    assert not any(is_fixed(value) for value in ([5], (5,), range(5, 6), np.array([5]), span(5, 5), pl.Series([5])))
    assert fixed_value(np.array(5), WHOLE, "s") == 5
    with pytest.raises(ParameterError, match="must be between 2 and 1000"):
        fixed_value(1, WHOLE, "s")


def test_spans_read_as_they_are_written() -> None:
    assert repr(span(1, 2, 0.5)) == "span(1, 2, 0.5)"
    assert repr(log_span(1, 8, 4)) == "log_span(1, 8, 4)"
