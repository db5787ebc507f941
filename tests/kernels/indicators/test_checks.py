"""Parameters out of range are refused with what was expected, what was found, and the cure."""

import math
from typing import Any

import numpy as np
import pytest

from lockstep.errors import StrategyError
from lockstep.kernels.indicators import CATALOGUE
from lockstep.kernels.indicators.checks import number, whole

PERIODS = [n for n, e in CATALOGUE.items() if "period" in e.init.__code__.co_varnames[: e.init.__code__.co_argcount]]


@pytest.mark.parametrize("name", PERIODS)
@pytest.mark.parametrize("period", [0, -3, 2.5, math.nan, math.inf, "20", None, True])
def test_a_period_is_a_whole_number_of_bars(name, period):
    for function in (CATALOGUE[name].init, CATALOGUE[name].warm_up):
        with pytest.raises(StrategyError, match=r"period must be a whole number of at least \d, found .*: give \d"):
            function(period=period)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("macd", {"fast": 26, "slow": 12}, "fast must be smaller than slow, found fast=26 and slow=12: swap"),
        ("macd", {"fast": 12, "slow": 12}, "fast must be smaller than slow"),
        ("macd", {"fast": 0}, "fast must be a whole number of at least 1, found 0"),
        ("macd", {"signal": 0}, "signal must be a whole number of at least 1, found 0"),
        ("adx", {"period": 1}, "period must be a whole number of at least 2, found 1: give 2 or more"),
        ("stochastic", {"smooth": 0}, "smooth must be a whole number"),
        ("stochastic", {"signal": -1}, "signal must be a whole number"),
        ("keltner", {"atr_period": 0}, "atr_period must be a whole number"),
        ("keltner", {"width": -1.0}, "width must be a finite number of at least 0, found -1.0: give one of"),
        ("bollinger", {"width": math.nan}, "width must be a finite number"),
        ("supertrend", {"width": 0.0}, "width must be a finite number above 0, found 0.0: give one above 0"),
        ("std", {"period": 2, "ddof": 2}, "ddof must be smaller than period, found ddof=2 and period=2"),
        ("std", {"period": 2, "ddof": -1}, "ddof must be a whole number of at least 0, found -1"),
        ("vwap", {"anchor": "week"}, "anchor must be 'session' or 'none', found 'week': choose one"),
        ("kalman", {"measurement_noise": 0.0}, "measurement_noise must be a finite number above 0"),
        ("kalman", {"slope_noise": -1.0}, "slope_noise must be a finite number of at least 0"),
        ("garch", {"omega": 0.0, "alpha": 0.1, "beta": 0.8}, "omega must be a finite number above 0"),
        (
            "garch",
            {"omega": 1e-6, "alpha": 0.3, "beta": 0.7},
            "alpha \\+ beta must be below 1.* found 1: lower one",
        ),
        ("garch", {"omega": 1e-6, "alpha": -0.1, "beta": 0.7}, "alpha must be a finite number of at least 0"),
    ],
)
def test_other_parameters(name, parameters, message):
    for function in (CATALOGUE[name].init, CATALOGUE[name].warm_up):
        with pytest.raises(StrategyError, match=message):
            function(**parameters)


def test_whole_numbers_of_any_kind_are_taken():
    numbers: list[Any] = [3, 3.0, np.int64(3), np.float64(3)]
    assert [whole("period", v) for v in numbers] == [3] * 4
    assert type(whole("period", 3.0)) is int
    assert type(number("width", 2)) is float
