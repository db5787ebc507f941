"""Powers, exponentials and logarithms of columns: the same bits whatever a value's neighbours and the machine.

NumPy's own take another path on processors with AVX-512, which rounds differently from the C library's, and a third
one for exponents such as 0.5 and 2. Compiled here, they call the C library for each element, as Python's ``math`` does:
a run alone and the same run among ten thousand have the same metrics. Nothing warns or raises: what is undefined is
nan, what is too large is inf.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel

Floats = npt.NDArray[np.float64]


@kernel(cache=True)
def _powers(base: Floats, exponent: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = base[i] ** exponent[i]


@kernel(cache=True)
def _exponentials(values: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = math.exp(values[i])


@kernel(cache=True)
def _logarithms(values: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = math.log(values[i])


def power(base: Any, exponent: Any) -> Floats:
    """Return base ** exponent, float64 of the shape that both broadcast to; nan for roots of what is below zero."""
    bases, exponents = np.asarray(base, np.float64), np.asarray(exponent, np.float64)
    if bases.shape != exponents.shape:
        shape = np.broadcast_shapes(bases.shape, exponents.shape)
        bases, exponents = np.broadcast_to(bases, shape), np.broadcast_to(exponents, shape)
    out = np.empty(bases.shape)
    _powers(_column(bases), _column(exponents), out.reshape(-1))
    return out


def exp(values: Any) -> Floats:
    """Return e ** values, float64 of their shape."""
    out = np.empty(np.shape(values))
    _exponentials(_column(values), out.reshape(-1))
    return out


def log(values: Any) -> Floats:
    """Return the natural logarithm, float64 of the values' shape; -inf of zero, nan below."""
    out = np.empty(np.shape(values))
    _logarithms(_column(values), out.reshape(-1))
    return out


def _column(values: Any) -> Floats:
    # Writable as well as contiguous, or a broadcast column would be another type to compile for.
    return np.require(values, np.float64, ["C", "W"]).reshape(-1)
