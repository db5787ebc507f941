"""Whole ticks and lots on one side, an instrument's prices and quantities on the other: one number at a time."""

import math

from lockstep.data.ticks.units import NEAR, exact


class Steps:
    """Multiples of a step such as 0.01."""

    def __init__(self, step: float) -> None:
        parts = exact(step)
        self.step, self._over, self._under = step, parts.numerator, parts.denominator

    def value(self, steps: int) -> float:
        """Return so many steps as the number nearest to them: 7 hundredths are 0.07."""
        return steps * self._over / self._under

    def count(self, value: float) -> int | None:
        """Return how many steps a finite value is, None for one between two steps."""
        scaled = value * self._under / self._over
        nearest = round(scaled)
        return nearest if abs(scaled - nearest) <= NEAR + 4 * math.ulp(scaled) else None

    def nearest(self, value: float) -> float:
        """Return the multiple nearest to a value."""
        return self.value(round(value * self._under / self._over))
