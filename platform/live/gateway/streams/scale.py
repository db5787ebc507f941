"""Whole ticks and lots as the decimal numbers that people read."""

from fractions import Fraction


class Scale:
    """Multiples of a step such as 0.01."""

    def __init__(self, step: float) -> None:
        parts = Fraction(str(step))
        self._over, self._under = parts.numerator, parts.denominator

    def value(self, steps: int) -> float:
        """Return so many steps as the number nearest to them: 7 hundredths are 0.07."""
        return steps * self._over / self._under
