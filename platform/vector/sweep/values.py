"""What one parameter is searched over: a list, a range, a span, a log span, an array, or one value that stays."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import SweepError
from lockstep.strategies.parameters import Parameter

Values = npt.NDArray[np.int64] | npt.NDArray[np.float64] | npt.NDArray[np.bool_]

MOST = 10_000_000
"""Values of one parameter; more are not told apart by any backtest, and were hardly meant."""

DTYPES: dict[type, Any] = {int: np.int64, float: np.float64, bool: np.bool_}


@dataclass(frozen=True, slots=True)
class Span:
    """Evenly spaced values, both ends included."""

    low: float
    high: float
    step: float

    def values(self, kind: type) -> list[Any]:
        """Return the values, each the number that its decimals say: the third of 0.1, 0.2, ... is 0.3."""
        del kind  # a parameter that must be whole refuses a fraction itself
        low, step = exact(self.low), exact(self.step)
        return [_plain(low + i * step) for i in range(self.count())]

    def count(self) -> int:
        """Return how many values there are."""
        return int((exact(self.high) - exact(self.low)) // exact(self.step)) + 1

    def __repr__(self) -> str:
        return f"span({self.low!r}, {self.high!r}, {self.step!r})"


@dataclass(frozen=True, slots=True)
class LogSpan:
    """Values at equal ratios, both ends included."""

    low: float
    high: float
    points: int

    def values(self, kind: type) -> list[Any]:
        """Return the values; for a whole-number parameter rounded, each once."""
        spaced = np.geomspace(self.low, self.high, self.points)
        spaced[0], spaced[-1] = self.low, self.high
        return [int(value) for value in np.unique(np.rint(spaced))] if kind is int else spaced.tolist()

    def count(self) -> int:
        """Return how many values there are before whole numbers that come twice are dropped."""
        return self.points

    def __repr__(self) -> str:
        return f"log_span({self.low!r}, {self.high!r}, {self.points!r})"


def span(low: float, high: float, step: float = 1) -> Span:
    """Return ``low, low + step, ...`` up to and with ``high``, without the drift of repeated addition.

    ``high`` itself is among them when it lies a whole number of steps above ``low``. Raises ``SweepError`` for a step
    that is not above 0, ends in the wrong order, and more values than a search can mean.
    """
    _numbers("span(low, high, step)", low=low, high=high, step=step)
    if step <= 0 or high < low:
        raise SweepError(
            f"span(low, high, step) needs low <= high and a step above 0, found span({low!r}, {high!r}, {step!r}); "
            f"a falling order is given as a list"
        )
    made = Span(low, high, step)
    _not_too_many(made)
    return made


def log_span(low: float, high: float, count: int) -> LogSpan:
    """Return ``count`` values from ``low`` to ``high``, each the same multiple of the one before it.

    For a parameter that takes whole numbers they are rounded, and each is taken once, so there may be fewer. Raises
    ``SweepError`` unless ``0 < low < high`` and ``count`` is a whole number from 2.
    """
    _numbers("log_span(low, high, count)", low=low, high=high, count=count)
    if not 0 < low < high or count != int(count) or count < 2:
        raise SweepError(
            f"log_span(low, high, count) needs 0 < low < high and a count from 2, found "
            f"log_span({low!r}, {high!r}, {count!r}); a search from 0 or below is given as span(...) or a list"
        )
    made = LogSpan(low, high, int(count))
    _not_too_many(made)
    return made


def is_fixed(given: Any) -> bool:
    """Return whether one value was given instead of several."""
    if isinstance(given, str | bytes) or given is None:
        return True
    if isinstance(given, np.ndarray):
        return given.ndim == 0
    return not isinstance(given, Span | LogSpan | Iterable)


def fixed_value(given: Any, parameter: Parameter, owner: str) -> Any:
    """Return one value in the parameter's type; raises ``ParameterError`` as ``Parameter.check`` does."""
    return _fits(parameter.check(given.item() if isinstance(given, np.ndarray) else given, owner), parameter, owner)


def axis_values(given: Any, parameter: Parameter, owner: str) -> Values:
    """Return int64, float64 or bool [n] values in the given order, each checked against type and bounds.

    Raises ``ParameterError`` for a value that the parameter refuses, ``SweepError`` for none, for one that comes twice
    and for a collection without order.
    """
    where = f"{owner}: parameter {parameter.name!r}"
    plain = _listed(given, parameter.kind, where)
    if not plain:
        raise SweepError(f"{where} is searched over no values ({given!r}): give at least one, or leave it out")
    checked = [_fits(parameter.check(value, owner), parameter, owner) for value in plain]
    if len(set(checked)) != len(checked):
        twice = Counter(checked).most_common(1)[0][0]
        raise SweepError(f"{where} is searched over {twice!r} more than once: leave the others out")
    return np.array(checked, dtype=DTYPES[parameter.kind])


def _listed(given: Any, kind: type, where: str) -> list[Any]:
    if isinstance(given, Span | LogSpan):
        return given.values(kind)
    if isinstance(given, Set | Mapping):
        raise SweepError(
            f"{where}: expected a list, range, array, span(...) or log_span(...), found a {type(given).__name__}, "
            f"which has no order of its own: write sorted(...) around it"
        )
    if hasattr(given, "to_numpy"):
        given = given.to_numpy()
    if isinstance(given, np.ndarray) and given.ndim != 1:
        raise SweepError(f"{where}: expected an array of one dimension, found shape {given.shape}: use .ravel()")
    return given.tolist() if isinstance(given, np.ndarray) else list(given)


def _fits(value: Any, parameter: Parameter, owner: str) -> Any:
    if parameter.kind is int and not -(2**63) <= value < 2**63:
        raise SweepError(f"{owner}: parameter {parameter.name!r} must fit into 64 bits, found {value!r}")
    return value


def _numbers(what: str, **given: Any) -> None:
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not np.isfinite(float(value)):
            raise SweepError(f"{what}: {name} must be a finite number, found {value!r}")


def _not_too_many(made: Span | LogSpan) -> None:
    if made.count() > MOST:
        raise SweepError(f"{made!r} has {made.count():,} values, expected at most {MOST:,}: take a wider step")


def exact(value: Any) -> Fraction:
    """Return the number that is written, not the binary one nearest to it."""
    return Fraction(repr(float(value))) if not isinstance(value, int | np.integer) else Fraction(int(value))


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
