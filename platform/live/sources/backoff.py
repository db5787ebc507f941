"""How long to wait before the next attempt: exponential, with full jitter, between a floor and a cap.

Full jitter draws each wait evenly from all up to the bound, so that many clients that were cut off at once don't come
back at once: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015). The floor is ours: no draw
makes a storm.
"""

import random
from typing import NamedTuple

from lockstep.errors import SessionError


class BackoffRules(NamedTuple):
    """In seconds."""

    floor_s: float = 0.1
    base_s: float = 0.5
    """Bound of the first wait; each further one is twice the one before."""
    cap_s: float = 30.0
    settled_s: float = 10.0
    """What lasted so long counts as a success: the next wait is a first one again."""


class Backoff:
    """The waits of one thing that is tried again and again. Raises ``SessionError`` for bounds that can't be."""

    def __init__(self, rules: BackoffRules, chance: random.Random) -> None:
        if not 0.0 < rules.floor_s <= rules.base_s <= rules.cap_s:
            raise SessionError(f"waits lie between 0 < floor_s <= base_s <= cap_s, found {rules}")
        self._rules, self._chance = rules, chance
        self.attempts = 0
        """Since it was settled last."""

    def wait(self, lasted_s: float = 0.0) -> float:
        """Return how long to wait, after an attempt that lasted so long before it failed."""
        if lasted_s >= self._rules.settled_s:
            self.attempts = 0
        bound = min(self._rules.base_s * 2.0 ** min(self.attempts, 60), self._rules.cap_s)
        self.attempts += 1
        return self._rules.floor_s + self._chance.random() * (bound - self._rules.floor_s)

    def settle(self) -> None:
        """Count the next wait as a first one."""
        self.attempts = 0
