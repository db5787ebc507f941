"""Parameters of strategies: typed, bounded, with defaults, and checked before anything runs."""

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any

from lockstep._nearest import did_you_mean
from lockstep.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: what it may be and what it is when nobody says."""

    name: str
    kind: type
    default: Any
    low: float | None
    high: float | None
    doc: str

    def check(self, value: Any, owner: str) -> Any:
        """Return ``value`` as this parameter's type.

        Raises ``ParameterError`` for a value of another type, out of bounds, or not finite.
        """
        where = f"{owner}: parameter {self.name!r}"
        if self.kind is bool:
            if _is_truth(value):
                return bool(value)
            raise ParameterError(f"{where} must be true or false, found {value!r}")
        if _is_truth(value) or not isinstance(value, Real):
            raise ParameterError(f"{where} must be a number, found {value!r}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise ParameterError(f"{where} must be a finite number, found {value!r}")
        if self.kind is int and number != int(number):
            raise ParameterError(f"{where} must be a whole number, found {value!r}")
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise ParameterError(f"{where} must be {self.bounds()}, found {value!r}")
        return self.kind(number)

    def default_text(self) -> str:
        """Return the default as people write it: ``true``, ``20``, ``0.5``."""
        return str(self.default).lower() if self.kind is bool else f"{self.default:g}"

    def bounds(self) -> str:
        """Return the allowed range in words."""
        if self.kind is bool:
            return "true or false"
        if self.low is not None and self.high is not None:
            return f"between {self.low:g} and {self.high:g}"
        if self.low is not None:
            return f"at least {self.low:g}"
        return f"at most {self.high:g}" if self.high is not None else "any number"


def _is_truth(value: Any) -> bool:
    """Return whether a value is Python's or NumPy's truth value; NumPy is not imported for it."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What ``param`` leaves in a class body until the class gives it a name and a type."""

    default: Any
    low: float | None
    high: float | None
    doc: str


def param(default: Any, *, low: float | None = None, high: float | None = None, doc: str = "") -> Any:
    """Declare a parameter in the body of a strategy: ``lookback: int`` with this behind the equals sign."""
    return Unnamed(default, low, high, doc)


def snake_case(name: str) -> str:
    """Return ``entryZScore`` as ``entry_z_score``; a name in snake case stays as it is."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", spaced).lower()


def camel_case(name: str) -> str:
    """Return ``entry_z_score`` as ``entryZScore``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def resolve(parameters: dict[str, Parameter], values: dict[str, Any], owner: str) -> dict[str, Any]:
    """Return all parameters' values, given ones checked, others at their defaults.

    Raises ``ParameterError`` for unknown names, naming the nearest known one, and for bad values.
    """
    unknown = [name for name in values if name not in parameters]
    if unknown:
        hint = did_you_mean(unknown[0], parameters)
        known = ", ".join(parameters) or "none"
        raise ParameterError(f"{owner} has no parameter {unknown[0]!r} (it has: {known}){hint}")
    return {name: p.check(values.get(name, p.default), owner) for name, p in parameters.items()}


def below(owner: str, name: str, value: float, other: str, limit: float) -> None:
    """Raise ``ParameterError`` unless ``value < limit``; for the ``check`` of a strategy."""
    if value >= limit:
        raise ParameterError(f"{owner}: {name} must be below {other} ({limit:g}), found {value:g}")
