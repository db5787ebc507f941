"""How far a price may lie from the last one, and what it takes to believe that it has moved farther.

A price is taken when it is at most ``most`` times the last one and at least a ``most``-th of it. One that lies farther
is refused. When CONFIRMED refused prices in a row lie within such bounds of one another, over CONFIRMED_S seconds or
more, then the market has moved, and the last of them counts as the last price: a split, or a halt that ended far away,
does not shut a symbol out for ever.
"""

from lockstep.errors import SessionError

MOST = 2.0
CONFIRMED = 20
CONFIRMED_S = 5.0


class Collar:
    """The prices of one symbol, in ticks. Raises ``SessionError`` for bounds that leave no room."""

    def __init__(self, most: float = MOST) -> None:
        if not most > 1.0:
            raise SessionError(f"a price may be more than 1 times the last one, found {most!r}: 2 is a usual bound")
        self._most = most
        self.last = 0
        """The price that others are held against, 0 before the first."""
        self._other = 0
        self._others = 0
        self._since = 0.0

    def fits(self, tick: int) -> bool:
        """Return whether a price lies within the bounds."""
        return not self.last or self._near(tick, self.last)

    def above(self, tick: int) -> bool:
        """Return whether a price lies too high."""
        return bool(self.last) and tick > self.last * self._most

    def below(self, tick: int) -> bool:
        """Return whether a price lies too low."""
        return bool(self.last) and tick * self._most < self.last

    def take(self, tick: int) -> None:
        """Take a price that fits as the last one."""
        self.last, self._others = tick, 0

    def refuse(self, tick: int, now: float) -> bool:
        """Take note of a price that was refused; return whether by now it is believed."""
        if not self._others or not self._near(tick, self._other):
            self._others, self._since = 0, now
        self._other = tick
        self._others += 1
        if self._others < CONFIRMED or now - self._since < CONFIRMED_S:
            return False
        self.take(tick)
        return True

    def _near(self, tick: int, other: int) -> bool:
        return tick <= other * self._most and tick * self._most >= other
