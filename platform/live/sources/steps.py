"""Decimal numbers of a feed as whole ticks and lots: exactly, or not at all."""

from decimal import Decimal

from lockstep.data.instrument import Instrument
from lockstep.live.sources.findings import Fault, Refused

MOST_STEPS = 1 << 52
"""Of a price or a size: farther than any market, and far from where whole numbers of the kernels end."""
_FURTHEST = 24
"""Powers of ten that are looked at: beyond them, whole numbers would have to be written out first."""


class Steps:
    """One instrument's tick and lot."""

    def __init__(self, instrument: Instrument) -> None:
        self._tick, self._lot = Decimal(str(instrument.tick)), Decimal(str(instrument.lot))

    def ticks(self, price: Decimal) -> int:
        """Return a price, above zero, in ticks. Raises ``Refused``."""
        whole = _whole(price, self._tick, Fault.BAD_PRICE, Fault.OFF_TICK, "price", "tick")
        if whole <= 0:
            raise Refused(Fault.BAD_PRICE, f"expected a price above zero, found {price}")
        return whole

    def lots(self, size: Decimal) -> int:
        """Return a size, zero or above, in lots. Raises ``Refused``."""
        whole = _whole(size, self._lot, Fault.BAD_SIZE, Fault.OFF_LOT, "size", "lot")
        if whole < 0:
            raise Refused(Fault.BAD_SIZE, f"expected a size of zero or above, found {size}")
        return whole


def _whole(number: Decimal, step: Decimal, bad: Fault, between: Fault, what: str, unit: str) -> int:
    if not number.is_finite() or (number and not -_FURTHEST <= number.adjusted() <= _FURTHEST):
        raise Refused(bad, f"expected a {what}, found {str(number)[:40]}")
    if abs(number) > MOST_STEPS * step:
        raise Refused(bad, f"expected a {what} of at most {MOST_STEPS:,} {unit}s, found {number}")
    steps, rest = divmod(number, step)
    if rest:
        raise Refused(between, f"expected a {what} in whole multiples of the {unit}, {step}; found {number}")
    return int(steps)
