"""Decimal numbers in text become whole multiples of a step, without a float between them."""

from enum import IntEnum
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow

_LARGEST = 900_000_000_000_000_000
"""A mantissa from here on might not take one more digit in an int64."""


class DecimalFault(IntEnum):
    """What is wrong with a number."""

    NONE = 0
    OFF_STEP = 1
    """It lies between two steps."""
    NO_NUMBER = 2
    """It is no decimal number, or none that fits."""


@kernel(cache=True)
def read_decimals(text: Any, ends: Any, places: int, step: int, values: Any, faults: Any) -> None:
    """Read n numbers such as 61837.63000000 or 1e-7 from uint8 text, the k-th ending before ``ends[k]`` int64[n].

    One byte lies between two numbers. ``values`` int64[n] get multiples of ``step`` * 10**-``places``, rounded down,
    ``faults`` uint8[n] a DecimalFault; a value is 0 where there is no number. Modified in place.
    """
    letters, stops, out, bad = borrow(text), borrow(ends), borrow(values), borrow(faults)
    start = 0
    for k in range(stops.size):
        out[k], bad[k] = _read(letters, start, stops[k], places, step)
        start = stops[k] + 1


@kernel
def _read(letters: Any, start: int, stop: int, places: int, step: int) -> tuple[int, int]:
    """Read the number in [start, stop); return (multiple of the step, DecimalFault)."""
    at = start
    negative = at < stop and letters[at] == 45  # "-"
    if at < stop and (letters[at] == 45 or letters[at] == 43):
        at += 1
    mantissa, fraction, digits, seen_point, lost = 0, 0, 0, False, False
    while at < stop:
        digit = int(letters[at]) - 48
        if digit == -2 and not seen_point:  # "."
            seen_point = True
        elif digit < 0 or digit > 9:
            break
        else:
            digits += 1
            if mantissa < _LARGEST:
                mantissa = mantissa * 10 + digit
                fraction += seen_point
            elif seen_point:
                lost = lost or digit > 0
            else:
                return 0, DecimalFault.NO_NUMBER
        at += 1
    exponent, good = _exponent(letters, at, stop)
    if digits == 0 or not good:
        return 0, DecimalFault.NO_NUMBER
    return _steps(-mantissa if negative else mantissa, places - fraction + exponent, step, lost)


@kernel
def _exponent(letters: Any, at: int, stop: int) -> tuple[int, bool]:
    """Read e-7 or nothing up to ``stop``; return (exponent, whether that is all there is)."""
    if at >= stop:
        return 0, True
    if letters[at] != 101 and letters[at] != 69:  # "e", "E"
        return 0, False
    at += 1
    negative = at < stop and letters[at] == 45
    if at < stop and (letters[at] == 45 or letters[at] == 43):
        at += 1
    exponent, good = 0, at < stop
    while at < stop:
        digit = int(letters[at]) - 48
        good = good and 0 <= digit <= 9 and exponent < 100
        exponent = exponent * 10 + digit if good else exponent
        at += 1
    return (-exponent if negative else exponent), good


@kernel
def _steps(mantissa: int, shift: int, step: int, lost: bool) -> tuple[int, int]:
    """Return mantissa * 10**shift / step and whether that is whole."""
    while shift > 0 and mantissa != 0:
        if abs(mantissa) >= _LARGEST:
            return 0, DecimalFault.NO_NUMBER
        mantissa *= 10
        shift -= 1
    while shift < 0 and mantissa != 0:
        lost = lost or mantissa % 10 != 0
        mantissa //= 10
        shift += 1
    lost = lost or mantissa % step != 0
    return mantissa // step, (DecimalFault.OFF_STEP if lost else DecimalFault.NONE)
