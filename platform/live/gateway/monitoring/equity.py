"""Equity over time: what each session was worth since it began, thinned as it grows, kept in its folder."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from statistics import median

import structlog

from lockstep.live.gateway.monitoring.equity_file import Point, add_point, read_points, replace_points
from lockstep.live.session.view_types import StatusView

EVERY_SECONDS = 2.0
MOST = 2_000
"""Points of a session: of more than that every other one is left out, the latest excepted."""
_SLACK_NS = int(EVERY_SECONDS / 2 * 1e9)
"""How much sooner than its time a point is taken: looks come a little early or late."""
_log = structlog.get_logger("lockstep.gateway.monitoring")


class Curve:
    """Moments (ns UTC), equity and profit of the day of one session."""

    def __init__(self, points: Iterable[Point] = ()) -> None:
        self.points: list[Point] = list(points)
        self._step_ns = 0
        if len(self.points) > MOST // 2:  # it may have been thinned: it goes on at the pace that it had
            late = [time_ns for time_ns, _, _ in self.points[-MOST // 4 :]]
            self._step_ns = int(median(b - a for a, b in itertools.pairwise(late))) - _SLACK_NS

    def take(self, time_ns: int, equity: float, day_profit: float | None) -> bool:
        """Take how it stands, unless that was told just before; return whether it was taken."""
        if self.points and time_ns - self.points[-1][0] < self._step_ns:
            return False
        self.points.append((time_ns, equity, day_profit))
        if len(self.points) > MOST:
            self.points = self.points[::-1][::2][::-1]
            self._step_ns = max(2 * self._step_ns, 3 * _SLACK_NS)
        return True


class EquityCurves:
    """The curves of all sessions. ``ask`` gives how those that run stand, ``folder`` where each of them is."""

    def __init__(
        self, ask: Callable[[], Awaitable[Mapping[str, StatusView]]], folder: Callable[[str], Path],
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        self._ask, self._folder, self._now_ns = ask, folder, now_ns
        self._curves: dict[str, Curve] = {}
        self._looking: asyncio.Task[None] | None = None

    async def of(self, session_id: str) -> Curve:
        """Return the curve of a session, an empty one where nothing is known."""
        if session_id not in self._curves:
            curve = Curve(await asyncio.to_thread(read_points, self._folder(session_id)))
            self._curves.setdefault(session_id, curve)
        return self._curves[session_id]

    def start(self) -> None:
        """Look from now on."""
        self._looking = asyncio.create_task(self._look(), name="equity")

    async def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def once(self) -> None:
        """Look at all sessions that run."""
        for session_id, status in (await self._ask()).items():
            account = status.session.account
            if account.equity is not None:
                await self._take(session_id, (self._now_ns(), account.equity, account.day_profit))

    async def _take(self, session_id: str, point: Point) -> None:
        curve = await self.of(session_id)
        known = len(curve.points)
        if not curve.take(*point):
            return
        folder = self._folder(session_id)
        try:
            if len(curve.points) > known:
                await asyncio.to_thread(add_point, folder, point)
            else:
                await asyncio.to_thread(replace_points, folder, list(curve.points))
        except OSError as error:  # a disk that is full: the picture is not worth more than that
            _log.warning("equity_not_kept", session=session_id, why=str(error))

    async def _look(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(EVERY_SECONDS)
