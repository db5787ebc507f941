"""Numbers that a caller gave: what can't be meant is refused before anything runs."""

import math
from numbers import Real
from typing import Any

from lockstep.errors import BacktestError


def number(name: str, value: Any) -> float:
    """Return a caller's number (Python's, NumPy's) as a float; raises ``BacktestError`` for anything else and nan."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise BacktestError(f"{name} must be a number, found {value!r}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if math.isnan(found):
        raise BacktestError(f"{name} must be a number, found nan")
    return found


def whole(name: str, value: Any, low: int) -> int:
    """Return a caller's whole number; raises ``BacktestError`` for anything else and below ``low``."""
    found = number(name, value)
    if not found.is_integer() or found < low:
        raise BacktestError(f"{name} must be a whole number from {low}, found {value!r}")
    return int(found)
