from decimal import ROUND_FLOOR, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.kernels.decimals import DecimalFault, read_decimals


def read(texts, places=2, step=1):
    letters = np.frombuffer("\n".join(texts).encode(), np.uint8)
    ends = np.cumsum([len(text) + 1 for text in texts]) - 1
    values, faults = np.full(len(texts), 7, np.int64), np.full(len(texts), 7, np.uint8)
    read_decimals(letters, ends, places, step, values, faults)
    return values.tolist(), faults.tolist()


def test_zeros_behind_the_last_place_are_no_fault():
    # 61837.63 is 6,183,763 hundredths, whatever zeros follow.
    assert read(["61837.63000000", "61837.63", "0061837.63"]) == ([6183763] * 3, [DecimalFault.NONE] * 3)


def test_a_number_between_two_steps_is_rounded_down_and_marked():
    assert read(["0.015", "-0.015", "0.010000001"]) == ([1, -2, 1], [DecimalFault.OFF_STEP] * 3)


def test_steps_other_than_powers_of_ten():
    # Quarters: 4502.75 is 18,011 of them, 4502.70 lies between.
    assert read(["4502.75", "4502.70"], 2, 25) == ([18011, 18010], [DecimalFault.NONE, DecimalFault.OFF_STEP])


def test_exponents():
    assert read(["1e-8", "2.5E-7", "3e2", "1e+1"], 8) == ([1, 25, 30_000_000_000, 1_000_000_000], [0, 0, 0, 0])


@pytest.mark.parametrize(
    "text", ["", "-", ".", "abc", "1.2.3", "1e", "1e-", "1 ", "0x10", "nan", "inf", "1,5", "9" * 19]
)
def test_what_is_no_number_is_said_so(text):
    assert read([text, "1.00"]) == ([0, 100], [DecimalFault.NO_NUMBER, DecimalFault.NONE])


@given(st.lists(st.decimals(-(10**9), 10**9, places=8), min_size=1, max_size=20), st.integers(0, 8), st.integers(1, 50))
def test_it_counts_as_decimal_arithmetic_does(numbers, places, step):
    size = Decimal(step).scaleb(-places)
    values, faults = read([f"{number:f}" for number in numbers], places, step)
    assert values == [int((number / size).to_integral_value(ROUND_FLOOR)) for number in numbers]
    assert faults == [int(number % size != 0) for number in numbers]
