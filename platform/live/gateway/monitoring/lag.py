"""How late the gateway's loop is: what a task that asked to be woken at a moment waits beyond it."""

import asyncio
from collections.abc import Iterator

from prometheus_client.core import Metric

from lockstep.live.gateway.monitoring.exposition import gauge, histogram
from lockstep.live.session.tally import Tally

EVERY_SECONDS = 0.1


class LoopLag:
    """Measures again and again, from ``start`` to ``stop``."""

    def __init__(self) -> None:
        self.late = Tally()
        self.longest = 0.0
        """Seconds, since the figures were last told."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Measure from now on."""
        self._again(asyncio.get_running_loop())

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        longest, self.longest = self.longest, 0.0
        yield histogram("loop_lag_seconds", "How late the event loop woke a task.", (), {(): self.late})
        yield gauge("loop_lag_longest_seconds", "The longest since the last scrape.", (), {(): longest})

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + EVERY_SECONDS
        self._timer = loop.call_at(due, self._woken, loop, due)

    def _woken(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        late = max(loop.time() - due, 0.0)
        self.late.take(late)
        self.longest = max(self.longest, late)
        self._again(loop)
