"""Prices and sizes as whole ticks and lots."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.data.ticks.units import exact, from_floats, from_whole


def test_a_step_is_what_people_write() -> None:
    assert exact(0.01) == Fraction(1, 100)
    assert exact(1e-8) == Fraction(1, 10**8)
    assert exact("0.0001") == Fraction(1, 10_000)


@pytest.mark.parametrize(
    ("value", "unit", "step", "whole", "off"),
    [
        (5_853_300, "0.0001", 0.01, 58_533, False),
        (5_853_350, "0.0001", 0.01, 58_533, True),
        (5_202_250_000_000, 1e-9, 0.25, 20_809, False),
        (3, "1", 0.5, 6, False),
        (-5_853_350, "0.0001", 0.01, -58_534, True),
    ],
)
def test_whole_multiples_of_a_unit(value: int, unit: str, step: float, whole: int, off: bool) -> None:
    found, marked = from_whole(np.array([value]), unit, step)
    assert (found.tolist(), marked.tolist()) == ([whole], [off])


@given(st.integers(-(10**12), 10**12), st.sampled_from([0.01, 0.05, 0.25, 1e-8, 0.0001, 1 / 64, 5.0, 0.1]))
def test_floats_of_whole_ticks_come_back(whole: int, step: float) -> None:
    value = float(exact(step) * whole)
    found, off = from_floats(np.array([value]), step)
    assert (found.tolist(), off.tolist()) == ([whole], [False])


@given(st.integers(-(10**6), 10**6), st.floats(0.01, 0.99), st.sampled_from([0.01, 0.25, 0.0001]))
def test_floats_between_two_ticks_are_marked(whole: int, part: float, step: float) -> None:
    assert from_floats(np.array([(whole + part) * step]), step)[1].tolist() == [True]


def test_what_is_no_number_is_marked() -> None:
    found, off = from_floats(np.array([np.nan, np.inf, -np.inf, 1e300]), 0.01)
    assert (found.tolist(), off.tolist()) == ([0] * 4, [True] * 4)


def test_numbers_beyond_all_steps_are_marked() -> None:
    ticks, off = from_floats(np.array([1e308, 1.0]), 0.01)
    assert (ticks.tolist(), off.tolist()) == ([0, 100], [True, False])
