"""Prices become ticks and sizes lots: whole numbers, exactly."""

from fractions import Fraction
from functools import lru_cache
from math import gcd

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NEAR = 1e-6
"""A float is a multiple of a step when it lies so near to one, as a share of the step, or within four ulps."""


@lru_cache(1024)
def exact(step: float | str) -> Fraction:
    """Return a step as people write it: 0.01 is a hundredth, not the double beside it."""
    return Fraction(str(step))


def off_step(what: str, value: float | str, symbol: str, word: str, step: float) -> str:
    """Say that a value lies between two steps, and which step would hold it: `word` is 'tick' or 'lot'."""
    return (
        f"{what} {value} is no multiple of {symbol}'s {word} {step:.10g}: give the {word} that was in force (--{word},"
        f" Instrument({word}=)); {_finer(value, step)} would do here"
    )


def _finer(value: float | str, step: float) -> str:
    """Return the largest step that holds both a value and the multiples of another step."""
    one, other = exact(value), exact(step)
    both = Fraction(gcd(one.numerator * other.denominator, other.numerator * one.denominator),
                    one.denominator * other.denominator)  # fmt: skip
    return f"{float(both):.10f}".rstrip("0").rstrip(".")


def from_whole(values: Int64Array, unit: float | str, step: float) -> tuple[Int64Array, BoolArray]:
    """Turn whole multiples of `unit` (0.0001 for LOBSTER and ITCH, 1e-9 for DBN) into whole multiples of `step`.

    Returns int64[n], rounded down where between two steps, and bool[n] that marks those.
    """
    ratio = exact(unit) / exact(step)
    whole, rest = np.divmod(values * ratio.numerator, ratio.denominator)
    return whole, rest != 0


def from_floats(values: npt.NDArray[np.float64], step: float) -> tuple[Int64Array, BoolArray]:
    """Turn numbers float64[n] into whole multiples of `step`: the nearest, and bool[n] where none is near.

    What is no number is 0 and marked.
    """
    parts = exact(step)
    # Dividing by a step such as 0.01 is off by an ulp of its own; multiplying by its inverse, a whole number, is not.
    with np.errstate(over="ignore"):
        scaled = values * parts.denominator / parts.numerator
    usable = np.isfinite(scaled) & (np.abs(scaled) < 2**62)
    scaled = np.where(usable, scaled, 0.0)
    nearest = np.round(scaled)
    return nearest.astype(np.int64), ~usable | (np.abs(scaled - nearest) > NEAR + 4 * np.spacing(np.abs(scaled)))
