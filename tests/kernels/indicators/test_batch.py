"""``compute``: one compile for all parameters, columns of any kind, and refusals that say what to do."""

from typing import Any

import numpy as np
import pytest
from tests.kernels.indicators.helpers import inputs
from tests.kernels.indicators.markets import MARKETS, PARAMETERS

from lockstep.errors import StrategyError
from lockstep.kernels.indicators import CATALOGUE, compute
from lockstep.kernels.indicators.batch import prepare


@pytest.mark.parametrize("name", CATALOGUE)
def test_one_compile_serves_every_parameter_and_every_length(name):
    bars = MARKETS["walk"]()
    for parameters in PARAMETERS[name]:
        for rows in (0, 1, 7, 300):
            compute(name, **inputs(name, bars, slice(rows)), **parameters)
    run: Any = prepare(name, PARAMETERS[name][0])[1]
    assert len(run.signatures) == 1


def test_one_output_is_an_array_and_several_are_a_named_tuple():
    close = np.arange(1.0, 6.0)
    np.testing.assert_array_equal(compute("sma", close=close, period=2), [np.nan, 1.5, 2.5, 3.5, 4.5])
    bands = compute("bollinger", close=close, period=2, width=1.0)
    assert bands._fields == ("upper", "middle", "lower")
    np.testing.assert_array_equal(bands.upper[1:], [2.0, 3.0, 4.0, 5.0])


def test_columns_may_be_lists_whole_numbers_or_every_second_row():
    expected = compute("sma", close=np.array([1.0, 3.0, 5.0]), period=2)
    for close in ([1, 3, 5], np.array([1, 3, 5], np.int32), np.arange(1.0, 6.0)[::2]):
        np.testing.assert_array_equal(compute("sma", close=close, period=2), expected)


def test_inputs_are_left_as_they_are():
    close = MARKETS["walk"]()["close"]
    before = close.copy()
    close.flags.writeable = False
    compute("macd", close=close)
    np.testing.assert_array_equal(close, before)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("atr", {"close": [1.0]}, "atr reads high, low, close; found close: give high, low"),
        ("sma", {"close": [1.0]}, "takes the inputs close and the parameters period; .* none: give period"),
        (
            "sma",
            {"close": [1.0], "period": 2, "span": 3},
            "found the parameters period, span: leave out span",
        ),
        (
            "obv",
            {"close": [1.0], "volume": [1.0, 2.0]},
            "of one length, found shapes .*: cut them to the same rows",
        ),
        ("obv", {"close": [[1.0]], "volume": [[1.0]]}, "must be one-dimensional"),
    ],
)
def test_refusals(name, arguments, message):
    with pytest.raises(StrategyError, match=message):
        compute(name, **arguments)
