"""The pace at which recorded or generated events are given: as they happened, some times as fast, or at once."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import SessionError

Records = npt.NDArray[np.void]
SECOND = 1_000_000_000
MOST = 4096
"""Events in one batch."""


class Due(NamedTuple):
    """When events are due: one of ``first_ns`` at ``at_ns``, later ones ``speed`` times as fast as they happened."""

    first_ns: int
    at_ns: int
    """By the machine's clock."""
    speed: float


class Pace:
    """Gives events when they are due: ``speed`` is how many times as fast as they happened; inf waits for nothing.

    Whoever takes late gets all that is due by then at once. Raises ``SessionError`` for a speed that is none.
    """

    def __init__(
        self, speed: float, *, monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:  # fmt: skip
        if not speed > 0.0:
            raise SessionError(f"the speed of a replay must lie above 0, found {speed!r}: 10 is ten times as fast")
        self.speed = speed
        self._monotonic, self._sleep = monotonic, sleep
        self._first_ns, self._began = 0, math.nan

    def due(self, now_ns: int) -> Due | None:
        """Return when events are due, by a clock that shows ``now_ns`` now; None before the first, and of no pace."""
        if math.isnan(self._began):
            return None
        return Due(self._first_ns, now_ns - round((self._clock() - self._began) * SECOND), self.speed)

    def _clock(self) -> float:
        return (self._monotonic or asyncio.get_running_loop().time)()

    async def given(self, batches: Iterator[Records]) -> AsyncGenerator[Records, None]:
        """Give TAPE[n], the first event at once."""
        if math.isinf(self.speed):
            for batch in batches:
                yield batch
                await self._sleep(0)  # let others have their turn
            return
        self._began = math.nan
        for batch in batches:
            if math.isnan(self._began):
                self._began, self._first_ns = self._clock(), int(batch["received_ns"][0])
            passed = (batch["received_ns"] - self._first_ns) / self.speed
            at = 0
            while at < len(batch):
                # Rounded to whole ns: a sleep that ends on time must not fall short by the last digit of a float.
                now = round((self._clock() - self._began) * SECOND)
                due = int(np.searchsorted(passed, now, side="right"))
                if due > at:
                    yield batch[at:due]
                    at = due
                else:
                    await self._sleep(max(float(passed[at]) - now, 1.0) / SECOND)


def left(batches: Iterator[Records], taken: int) -> Iterator[Records]:
    """Give the events behind the first ``taken`` ones, at most MOST in a batch."""
    for batch in batches:
        for start in range(0, len(batch), MOST):
            piece = batch[start : start + MOST]
            if taken < len(piece):
                yield piece[taken:]
            taken = max(taken - len(piece), 0)
