"""The operations a strategy or an indicator may use: compiled here, traced by JAX under the same names.

A kernel's body uses arithmetic, comparisons, ``&`` and ``|``, and these functions; then the very same function
object runs as compiled code, as a JAX trace (``lockstep.vector`` swaps in the counterparts) and as plain Python.
A body that branches (``if``, ``and``, ``while``) still compiles, but can't be traced: it runs on numba only.
"""

import math
from typing import Any

from lockstep.kernels._jit import kernel

NAN = math.nan


@kernel
def where(condition: Any, if_true: Any, if_false: Any) -> Any:
    """Return one of two values; both are evaluated."""
    return if_true if condition else if_false


@kernel
def maximum(a: Any, b: Any) -> Any:
    """Return the larger value; ``b`` where they are equal or either is nan."""
    return a if a > b else b


@kernel
def minimum(a: Any, b: Any) -> Any:
    """Return the smaller value; ``b`` where they are equal or either is nan."""
    return a if a < b else b


@kernel
def absolute(value: Any) -> Any:
    """Return the absolute value."""
    return abs(value)


@kernel
def square_root(value: float) -> float:
    """Return the correctly rounded square root; nan below zero."""
    return math.sqrt(value) if value >= 0.0 else math.nan


@kernel
def is_nan(value: float) -> bool:
    """Return whether a value is not a number."""
    return value != value


@kernel
def logical_not(value: bool) -> bool:
    """Return the opposite truth value (``~`` would give -2 for True in plain Python)."""
    return not value
