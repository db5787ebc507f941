"""Numbers that notice how close each comparison was, to explain why two compilers disagreed.

A ``Probe`` is a float that knows whether it is the same in both computations (an input, an integer) or carries
rounding, and how large the numbers were that it was rounded from: a difference of two prices near 100 is uncertain
by what 100 is, however small it is itself.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from lockstep.kernels import ops, vectors
from lockstep.kernels import window as windows
from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.window import Window

WHOLE = 2.0**53
"""Sums and products of integers below this are exact."""


class Closest:
    """The comparison between numbers with rounding that came closest to going the other way."""

    def __init__(self) -> None:
        self.distance = math.inf
        self.text = "no comparison of rounded numbers was seen"

    def see(self, a: Any, b: Any, operation: str) -> None:
        """Take one comparison into account."""
        if (_exact(a) and _exact(b)) or a is b:
            return
        size = max(_scale(a), _scale(b))
        distance = abs(float(a) - float(b)) / size if size > 0.0 else 0.0
        if distance < self.distance:
            self.distance = distance
            self.text = f"{float(a)!r} {operation} {float(b)!r}"


class Probe(float):
    """A float that reports its comparisons to ``closest``."""

    __slots__ = ("closest", "exact", "scale")
    closest: Closest
    exact: bool
    scale: float

    def __new__(cls, value: float, closest: Closest, exact: bool, scale: float = 0.0) -> "Probe":
        """Make a probe; ``scale`` is the size of the numbers it was rounded from."""
        made = super().__new__(cls, value)
        made.closest, made.exact, made.scale = closest, exact, max(abs(float(value)), scale)
        return made

    def _made(self, value: Any, other: Any, scale: float, whole: bool = True) -> "Probe":
        value = float(value)
        exact = whole and _exact(self) and _exact(other) and _whole(self) and _whole(other) and _whole(value)
        return Probe(value, self.closest, exact, scale if math.isfinite(scale) else 0.0)

    def __add__(self, other: Any) -> Any:
        return self._made(float(self) + float(other), other, max(self.scale, _scale(other)))

    def __sub__(self, other: Any) -> Any:
        return self._made(float(self) - float(other), other, max(self.scale, _scale(other)))

    def __rsub__(self, other: Any) -> Any:
        return self._made(float(other) - float(self), other, max(self.scale, _scale(other)))

    def __mul__(self, other: Any) -> Any:
        a, b = float(self), float(other)
        return self._made(a * b, other, max(self.scale * abs(b), _scale(other) * abs(a)))

    def __truediv__(self, other: Any) -> Any:
        return self._made(*_quotient(self, other), whole=False)

    def __rtruediv__(self, other: Any) -> Any:
        value, _, scale = _quotient(other, self)
        return self._made(value, other, scale, whole=False)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> "Probe":
        return Probe(-float(self), self.closest, self.exact, self.scale)

    def __abs__(self) -> "Probe":
        return Probe(abs(float(self)), self.closest, self.exact, self.scale)

    def __lt__(self, other: Any) -> bool:
        self.closest.see(self, other, "<")
        return float(self) < float(other)

    def __le__(self, other: Any) -> bool:
        self.closest.see(self, other, "<=")
        return float(self) <= float(other)

    def __gt__(self, other: Any) -> bool:
        self.closest.see(self, other, ">")
        return float(self) > float(other)

    def __ge__(self, other: Any) -> bool:
        self.closest.see(self, other, ">=")
        return float(self) >= float(other)

    def __eq__(self, other: object) -> bool:
        self.closest.see(self, other, "==")
        return float(self) == float(other)  # type: ignore[arg-type]  # kernels compare numbers with numbers

    def __ne__(self, other: object) -> bool:
        self.closest.see(self, other, "!=")
        return float(self) != float(other)  # type: ignore[arg-type]  # as above

    __hash__ = float.__hash__


def _exact(value: Any) -> bool:
    return not isinstance(value, Probe) or value.exact


def _scale(value: Any) -> float:
    return value.scale if isinstance(value, Probe) else abs(float(value))


def _whole(value: float) -> bool:
    return float(value).is_integer() and abs(value) < WHOLE


def _quotient(a: Any, b: Any) -> tuple[float, Any, float]:
    """Return (a / b, b, the size of numbers that the quotient's rounding comes from)."""
    with np.errstate(all="ignore"):
        x, y = np.float64(a), np.float64(b)
        return x / y, b, float(max(_scale(a) / abs(y), _scale(b) * abs(x) / (y * y)))


def _square_root(value: Any) -> Any:
    root = math.sqrt(value) if float(value) >= 0.0 else math.nan
    if not isinstance(value, Probe):
        return root
    scale = value.scale / (2.0 * root) if root > 0.0 else math.sqrt(value.scale)
    return Probe(root, value.closest, False, scale)


def _ranks(values: Any) -> Any:
    """Rank as the kernel does, and look at neighbours: those are the comparisons that could have gone otherwise."""
    order = sorted(range(len(values)), key=lambda i: (math.isnan(values[i]), -float(values[i]), i))
    for i, j in pairwise(order):
        if isinstance(values[i], Probe) and not (math.isnan(values[i]) or math.isnan(values[j])):
            values[i].closest.see(values[i], values[j], ">")
    places = np.empty(len(values), np.int64)
    places[order] = np.arange(len(values))
    return places


def _largest(ring: Window) -> Any:
    return next((v for v in ring.values if math.isnan(v)), max(ring.values, key=float))


def _smallest(ring: Window) -> Any:
    return next((v for v in ring.values if math.isnan(v)), min(ring.values, key=float))


# Of two nearly equal numbers either may be the larger one without any harm: not every comparison is a threshold.
_COUNTERPARTS: dict[Any, Callable[..., Any]] = {
    ops.where: lambda condition, if_true, if_false: if_true if condition else if_false,
    ops.maximum: lambda a, b: a if float(a) > float(b) else b,
    ops.minimum: lambda a, b: a if float(a) < float(b) else b,
    ops.square_root: _square_root,
    ops.is_nan: lambda value: math.isnan(value),
    windows.window_max: _largest,
    windows.window_min: _smallest,
    windows.rolling_max: lambda ring, evicted, value, current: _largest(ring),
    windows.rolling_min: lambda ring, evicted, value, current: _smallest(ring),
    vectors.choose: lambda condition, if_true, if_false: np.where(condition, if_true, if_false),
    vectors.ranks: _ranks,
    vectors.pair_of: lambda first, second: np.array([first, second], object),
}


def probing(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel as plain Python that works on probes."""
    return Rebinder(_COUNTERPARTS)(kernel)
