"""The terms an instrument trades on: what they are called, what they may be, and how they are read from text."""

from collections.abc import Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any

from lockstep.errors import DataError

KINDS = ("equity", "future", "perpetual", "forex", "crypto")

STEPS = ("tick", "lot", "multiplier")
MARGINS = ("initial_margin", "maintenance_margin")
TERMS = ("kind", *STEPS, "currency", *MARGINS, "short_available", "borrow_rate")
"""What may be set on a stored symbol; calendar and session are part of its bars' times."""

_OPTIONAL = (*MARGINS, "short_available")


def check_terms(symbol: str, terms: Mapping[str, Any]) -> None:
    """Refuse terms that can't be, with a sentence. Raises DataError."""
    if terms["kind"] not in KINDS:
        raise DataError(f"{symbol}: kind is {terms['kind']!r}, expected {', '.join(KINDS)}")
    currency = terms["currency"]
    if not isinstance(currency, str) or not currency or not currency.isalnum() or currency != currency.upper():
        raise DataError(f"{symbol}: currency is {currency!r}, expected a code in capital letters such as 'USD'")
    for name in (*STEPS, *MARGINS, "short_available", "borrow_rate"):
        _check_number(symbol, name, terms[name])
    initial, maintenance = (terms[name] for name in MARGINS)
    if initial is not None and maintenance is not None and maintenance > initial:
        raise DataError(
            f"{symbol}: maintenance_margin {maintenance!r} is above initial_margin {initial!r}: a position would be"
            " liquidated as soon as it is opened"
        )


def read_terms(symbol: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Read terms as the command line gives them, 'none' being None; refuse what is no term. Raises DataError."""
    for name in given:
        if name not in TERMS:
            near = get_close_matches(name, TERMS, 1)
            hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(TERMS)}"
            if name in ("symbol", "calendar", "time_zone", "session_open", "session_close"):
                hint = "it is part of the stored bars; import them as another dataset"
            raise DataError(f"{symbol}: {name} can't be set: {hint}")
    return {name: _read(symbol, name, value) for name, value in given.items()}


def _read(symbol: str, name: str, value: Any) -> Any:
    if not isinstance(value, str) or name in ("kind", "currency"):
        return value
    if value.lower() == "none" and name in _OPTIONAL:
        return None
    try:
        return float(value)
    except ValueError as error:
        raise DataError(f"{symbol}: {name} is {value!r}, expected a number") from error


def _check_number(symbol: str, name: str, value: Any) -> None:
    if value is None and name in _OPTIONAL:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DataError(f"{symbol}: {name} is {value!r}, expected a number")
    zero_too = name in ("short_available", "borrow_rate")
    if not isfinite(value) or value < 0 or (value == 0 and not zero_too):
        bound = "a finite number, zero or above" if zero_too else "a finite number above zero"
        raise DataError(f"{symbol}: {name} is {value!r}, but must be {bound}")
