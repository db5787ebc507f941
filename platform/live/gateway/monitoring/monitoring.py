"""How a gateway is, put together: all its figures, and how its sessions stand, asked once for all who want to know."""

import asyncio
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from prometheus_client.core import Metric

from lockstep._version import __version__
from lockstep.data.recordings.journal_rows import Row
from lockstep.errors import LockstepError
from lockstep.live.gateway.monitoring import standing
from lockstep.live.gateway.monitoring.alerts import Alerts
from lockstep.live.gateway.monitoring.exposition import gauge, text_of
from lockstep.live.gateway.monitoring.following import Following
from lockstep.live.gateway.monitoring.lag import LoopLag
from lockstep.live.gateway.monitoring.market import MarketFigures
from lockstep.live.gateway.monitoring.requests import Requests
from lockstep.live.gateway.monitoring.symbols import Symbols
from lockstep.live.gateway.monitoring.system import look
from lockstep.live.gateway.monitoring.watched import Watched
from lockstep.live.session.view_types import StatusView

FRESH_SECONDS = 1.0
"""How old an answer of a session may be that is given again: whoever scrapes asks it no more often."""
PATIENCE_SECONDS = 2.0
"""How long a session may take to say how it stands."""


class Source(Protocol):
    """A part of the gateway that has figures of its own."""

    def families(self) -> Iterator[Metric]:
        """Give the figures."""


class Monitoring:
    """The figures of one gateway. ``folders`` are those whose disks are looked at, by name."""

    def __init__(
        self, sessions: Callable[[], Iterable[Watched]], *, folders: Mapping[str, Path], symbols: tuple[str, ...] = (),
        alerts: Alerts | None = None,
    ) -> None:  # fmt: skip
        self.requests, self.lag, self.symbols = Requests(), LoopLag(), Symbols(symbols)
        self._alerts = alerts
        self.following = Following(sessions, MarketFigures(self.symbols), self._heard)
        self.sources: list[Source] = [self.requests, self.lag, self.following]
        """Parts that have figures."""
        self.started = time.time()
        self._sessions, self._folders = sessions, dict(folders)
        self._told: dict[str, tuple[float, StatusView]] = {}
        self._asking: dict[str, asyncio.Task[StatusView | None]] = {}

    def start(self) -> None:
        """Observe from now on."""
        self.lag.start()
        self.following.start()

    async def stop(self) -> None:
        """Observe no more."""
        self.lag.stop()
        await self.following.stop()

    @property
    def uptime_seconds(self) -> float:
        """How long it has run."""
        return time.time() - self.started

    async def statuses(self) -> dict[str, StatusView]:
        """Return how the sessions that run stand, a second old at most; who does not answer is left out."""
        sessions = [each for each in self._sessions() if each.state == "running"]
        found = await asyncio.gather(*(self._status(each) for each in sessions))
        return {each.id: status for each, status in zip(sessions, found, strict=True) if status is not None}

    async def scrape(self) -> bytes:
        """Return all figures as Prometheus reads them."""
        statuses = await self.statuses()
        system = await asyncio.to_thread(look, self.following.processes, self._folders)
        return await text_of(self._families(statuses, system))

    def _heard(self, session: Watched, rows: list[Row]) -> None:
        if self._alerts is not None:
            self._alerts.hear(session.id, rows)
            self._alerts.look([session])

    def _families(self, statuses: Mapping[str, StatusView], system: Source) -> Iterator[Metric]:
        yield gauge("build_info", "What runs.", ("version", "python"), {(__version__, platform.python_version()): 1.0})
        yield gauge("start_time_seconds", "When the gateway began, in seconds since 1970.", (), {(): self.started})
        yield from system.families()
        yield from standing.families(self._sessions(), statuses, self.symbols)
        for source in self.sources:
            yield from source.families()

    async def _status(self, session: Watched) -> StatusView | None:
        told = self._told.get(session.id)
        if told is not None and time.monotonic() - told[0] < FRESH_SECONDS:
            return told[1]
        asking = self._asking.get(session.id)
        if asking is None:
            asking = self._asking[session.id] = asyncio.create_task(self._ask(session))
            asking.add_done_callback(lambda _: self._asking.pop(session.id, None))
        return await asyncio.shield(asking)

    async def _ask(self, session: Watched) -> StatusView | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status = await session.status()
        except (LockstepError, TimeoutError):
            return None
        self._told[session.id] = time.monotonic(), status
        return status
