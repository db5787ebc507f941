"""The pace at which recorded or generated events are given: as they happened, some times as fast, or at once."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import SessionError

Records = npt.NDArray[np.void]
SECOND = 1_000_000_000
MOST = 4096
"""Events in one batch."""


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

    async def given(self, batches: Iterator[Records]) -> AsyncGenerator[Records, None]:
        """Give TAPE[n], the first event at once."""
        if math.isinf(self.speed):
            for batch in batches:
                yield batch
                await self._sleep(0)  # let others have their turn
            return
        monotonic = self._monotonic or asyncio.get_running_loop().time
        began: float | None = None
        first_ns = 0
        for batch in batches:
            if began is None:
                began, first_ns = monotonic(), int(batch["received_ns"][0])
            passed = (batch["received_ns"] - first_ns) / self.speed
            at = 0
            while at < len(batch):
                # Rounded to whole ns: a sleep that ends on time must not fall short by the last digit of a float.
                now = round((monotonic() - began) * SECOND)
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
