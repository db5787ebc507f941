"""What a guided search chooses each parameter from: the grid's values as distributions that a sampler draws from."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Any, Protocol

import numpy as np

from lockstep.errors import SweepError
from lockstep.strategies.parameters import Parameter
from lockstep.vector.sweep.grid import known_names
from lockstep.vector.sweep.values import LogSpan, Values, axis_values, exact, fixed_value, is_fixed


@dataclass(frozen=True, slots=True)
class Between:
    """Any value from ``low`` to ``high``, both included."""

    low: float
    high: float
    log: bool

    def __repr__(self) -> str:
        return f"between({self.low!r}, {self.high!r}{', log=True' if self.log else ''})"


def between(low: float, high: float, *, log: bool = False) -> Between:
    """Return any value from ``low`` to ``high``, for a guided search: every whole number, or every float64.

    With ``log`` each factor is as likely as another, instead of each difference. Raises ``SweepError`` for ends that
    are no numbers or in the wrong order, and for a logarithm of zero or less.
    """
    ends: tuple[Any, Any] = (low, high)
    for value in ends:
        if isinstance(value, bool) or not isinstance(value, Real) or not np.isfinite(float(value)):
            raise SweepError(f"between(low, high): both ends must be finite numbers, found {value!r}")
    if high <= low or (log and low <= 0):
        raise SweepError(
            f"between(low, high) needs low < high{' and low > 0' if log else ''}, found between({low!r}, {high!r})"
        )
    return Between(low, high, log)


class Axis(Protocol):
    """One parameter."""

    @property
    def count(self) -> float:
        """How many values there are."""

    def distribution(self) -> Any:
        """Return Optuna's distribution."""

    def value(self, suggested: Any) -> Any:
        """Return the parameter's value that a sampler's number stands for."""

    def draw(self, random: np.random.Generator) -> Any:
        """Return a number as a sampler would suggest it."""


@dataclass(frozen=True)
class Steps:
    """Evenly spaced numbers, ascending."""

    values: Values

    @property
    def count(self) -> float:
        """How many values there are."""
        return len(self.values)

    def distribution(self) -> Any:
        """Return whole numbers or floats with a step."""
        from optuna.distributions import FloatDistribution, IntDistribution

        low, high, step = self.values[0].item(), self.values[-1].item(), _step(self.values)
        if self.values.dtype.kind == "i":
            return IntDistribution(low, high, step=int(step))
        return FloatDistribution(low, high, step=float(step))

    def value(self, suggested: Any) -> Any:
        """Return the grid's value: a multiple of a step differs from it in the last bit."""
        return _nearest(self.values, suggested)

    def draw(self, random: np.random.Generator) -> Any:
        """Return one of the values."""
        return self.values[random.integers(len(self.values))].item()


@dataclass(frozen=True)
class Choices:
    """Values without distances between them."""

    values: Values

    @property
    def count(self) -> float:
        """How many values there are."""
        return len(self.values)

    def distribution(self) -> Any:
        """Return categories."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values.tolist())

    def value(self, suggested: Any) -> Any:
        """Return what was suggested."""
        return suggested

    def draw(self, random: np.random.Generator) -> Any:
        """Return one of the values."""
        return self.values[random.integers(len(self.values))].item()


@dataclass(frozen=True)
class Scale:
    """Numbers from one end to the other, even or by ratios; with ``values`` only those, the nearest one of each."""

    low: Any
    high: Any
    log: bool
    values: Values | None = None

    @property
    def count(self) -> float:
        """How many values there are."""
        if self.values is not None:
            return len(self.values)
        return self.high - self.low + 1 if isinstance(self.low, int) else np.inf

    def distribution(self) -> Any:
        """Return whole numbers or floats between the ends."""
        from optuna.distributions import FloatDistribution, IntDistribution

        kind = IntDistribution if isinstance(self.low, int) else FloatDistribution
        return kind(self.low, self.high, log=self.log)

    def value(self, suggested: Any) -> Any:
        """Return what was suggested, or the value nearest to it."""
        if self.values is None:
            return suggested
        return _nearest(np.log(self.values), np.log(suggested), self.values) if self.log else self._plain(suggested)

    def draw(self, random: np.random.Generator) -> Any:
        """Return one of the values, or any between the ends."""
        if self.values is not None:
            return self.values[random.integers(len(self.values))].item()
        if isinstance(self.low, int):
            return self._whole(random)
        ends = np.log([self.low, self.high]) if self.log else np.array([self.low, self.high])
        drawn = random.uniform(*ends)
        return float(np.clip(np.exp(drawn) if self.log else drawn, self.low, self.high))

    def _plain(self, suggested: Any) -> Any:
        assert self.values is not None
        return _nearest(self.values, suggested)

    def _whole(self, random: np.random.Generator) -> int:
        if not self.log:
            return int(random.integers(self.low, self.high + 1))
        drawn = np.exp(random.uniform(np.log(self.low - 0.5), np.log(self.high + 0.5)))
        return int(np.clip(np.rint(drawn), self.low, self.high))


def axes_of(grid: Any, parameters: dict[str, Parameter], owner: str) -> tuple[dict[str, Axis], dict[str, Any]]:
    """Return the searched parameters, and the values of those that are given as one.

    Raises ``SweepError`` where nothing is searched or sets are listed, ``ParameterError`` for unknown names and refused
    values.
    """
    if not isinstance(grid, Mapping):
        raise SweepError(
            f"a guided search chooses the sets itself: expected values by parameter, {{'fast': span(5, 50)}}, found "
            f"{type(grid).__name__}"
        )
    given = known_names(dict(grid), parameters, owner)
    axes: dict[str, Axis] = {}
    fixed: dict[str, Any] = {}
    for name, values in given.items():
        if isinstance(values, Between):
            axes[name] = _scale(values, parameters[name], owner)
        elif is_fixed(values):
            fixed[name] = fixed_value(values, parameters[name], owner)
        else:
            axes[name] = _axis(values, axis_values(values, parameters[name], owner))
    if not axes:
        raise SweepError("nothing is searched: give several values for a parameter, as in {'fast': span(5, 50)}")
    return axes, fixed


def _scale(given: Between, parameter: Parameter, owner: str) -> Scale:
    if parameter.kind is bool:
        raise SweepError(f"{owner}: {parameter.name!r} is True or False: give [True, False], not {given!r}")
    low, high = (fixed_value(end, parameter, owner) for end in (given.low, given.high))
    return Scale(low, high, given.log)


def _axis(given: Any, values: Values) -> Axis:
    ordered: Any = np.unique(values)
    if values.dtype.kind == "b" or len(values) == 1:
        return Choices(values)
    if isinstance(given, LogSpan):
        return Scale(ordered[0].item(), ordered[-1].item(), True, ordered)
    if _even(ordered):
        return Steps(ordered)
    if np.allclose(np.diff(ordered.astype(np.float64)), _mean_step(ordered), rtol=1e-6):
        return Scale(ordered[0].item(), ordered[-1].item(), False, ordered)
    return Choices(values)


def _even(ordered: Values) -> bool:
    """Are the steps the same to the last decimal, as Optuna wants them?"""
    step = _step(ordered)
    if ordered.dtype.kind == "i":
        return bool((np.diff(ordered) == int(step)).all())
    return all(exact(b) - exact(a) == step for a, b in zip(ordered[:-1].tolist(), ordered[1:].tolist(), strict=True))


def _step(ordered: Values) -> Fraction:
    return exact(ordered[1].item()) - exact(ordered[0].item())


def _mean_step(ordered: Values) -> float:
    return float(ordered[-1] - ordered[0]) / (len(ordered) - 1)


def _nearest(places: Any, place: Any, values: Values | None = None) -> Any:
    return (places if values is None else values)[int(np.argmin(np.abs(places - place)))].item()
