"""Follows the journals and rings of sessions, in a thread of its own: nobody who trades waits for it."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice

from prometheus_client.core import Metric

from lockstep.data.recordings.files import JOURNAL, RING
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.errors import LockstepError
from lockstep.live.gateway.monitoring.exposition import Labels, gauge
from lockstep.live.gateway.monitoring.market import MarketFigures
from lockstep.live.gateway.monitoring.orders import Orders
from lockstep.live.gateway.monitoring.watched import Watched
from lockstep.live.gateway.trouble import Trouble
from lockstep.live.ring.reader import RingReader

EVERY_SECONDS = 0.5
ROWS = 5000
"""Of one look: the rest is read at the next."""
PIECE, PAUSE_SECONDS = 50, 0.005
"""Rows that are read in one go, and how long the interpreter is left to others then: an order that met a look was
answered when all of that was read."""
_log = logging.getLogger("lockstep.gateway.monitoring")
Heard = Callable[[Watched, list[Row]], None]
"""Takes rows of a session, in the loop; called at each look, with none where nothing has come."""


class Following:
    """What the files of all sessions tell. ``heard`` is given rows of any kind, each once, in their order."""

    def __init__(self, sessions: Callable[[], Iterable[Watched]], market: MarketFigures, heard: Heard) -> None:
        self._sessions, self._heard = sessions, heard
        self.market, self.orders = market, Orders()
        self._files: dict[str, _Files] = {}
        self._task: asyncio.Task[None] | None = None
        self._ends = asyncio.Event()
        self._trouble = Trouble(_log, "figures of sessions can't be read", "figures of sessions are read again")

    def start(self) -> None:
        """Follow from now on."""
        self._task = asyncio.create_task(self._follow(), name="monitoring")

    async def stop(self) -> None:
        """Follow no more."""
        self._ends.set()
        if self._task is not None:
            await self._task  # not cancelled: its thread would go on with files that are closed
        for files in self._files.values():
            files.close()

    @property
    def processes(self) -> dict[str, int]:
        """The process of each session that runs."""
        return {name: files.ring.pid for name, files in self._files.items() if files.ring is not None}

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        now_ns = time.time_ns()
        ages: dict[Labels, float | None] = {
            (name,): max(now_ns - files.ring.numbers().moment_ns, 0) / 1e9
            for name, files in self._files.items()
            if files.ring is not None
        }
        yield gauge("session_at_work_age_seconds", "Since a session's loop was last at work.", ("session",), ages)
        yield from self.orders.families()
        yield from self.market.families()

    async def look(self) -> None:
        """Read what has come since the last look."""
        for session in tuple(self._sessions()):
            files, rows = self._files.setdefault(session.id, _Files(session)), []
            try:
                rows = await asyncio.to_thread(self._read, files)
            except LockstepError as error:
                files.close()
                if session.state == "running":
                    files.trouble.comes(error)
            else:
                files.trouble.goes()
            self._heard(session, rows)

    def _read(self, files: "_Files") -> list[Row]:
        rows: list[Row] = []
        while len(rows) < ROWS:
            piece = files.rows()
            self.orders.hear(files.name, piece)
            rows += piece
            if len(piece) < PIECE:
                break
            time.sleep(PAUSE_SECONDS)
        files.market(self.market)
        return rows

    async def _follow(self) -> None:
        while not self._ends.is_set():
            try:
                await self.look()
            except Exception as error:  # figures are not worth the gateway's life
                self._trouble.comes(error, trace=True)
            else:
                self._trouble.goes()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), EVERY_SECONDS)


class _Files:
    """The journal and the ring of one session, as far as they were read."""

    def __init__(self, session: Watched) -> None:
        self.name, self._folder = session.id, session.folder
        self.ring: RingReader | None = None
        self._journal: Recording | None = None
        self._place = (0, 0)
        self._row: int | None = None
        self.trouble = Trouble(
            _log, f"files of session {session.id} can't be read", f"files of session {session.id} are read again"
        )  # fmt: skip

    def rows(self) -> list[Row]:
        """Return the next rows; the first time none, since they tell of what was before."""
        journal = self._opened()
        if journal is None:
            return []
        if self._row is None:
            self._row = journal.end().seq
        rows = list(islice(journal.rows(self._row + 1), PIECE))
        self._row = rows[-1].seq if rows else self._row
        return rows

    def market(self, figures: MarketFigures) -> None:
        """Count what the ring has brought."""
        ring = self._current()
        while ring is not None and len(records := ring.read().records):
            figures.hear(self.name, ring.description, records, ring.due_ns)

    def close(self) -> None:
        """Close the files."""
        if self._journal is not None:
            self._journal.close()
        self._journal, self.ring = None, None

    def _opened(self) -> Recording | None:
        """Return the journal, opened anew where another file has taken its place."""
        try:
            found = os.stat(self._folder / JOURNAL)
        except OSError:
            return None
        if self._journal is None or self._place != (found.st_dev, found.st_ino):
            self.close()
            self._journal, self._place = Recording(self._folder), (found.st_dev, found.st_ino)
        return self._journal

    def _current(self) -> RingReader | None:
        """Return the ring of the process that runs it, behind what it had brought before it was found."""
        if self.ring is not None and not self.ring.alive():
            self.ring = None
        if self.ring is None:
            with suppress(LockstepError):
                self.ring = RingReader(self._folder / RING)
                self.ring.skip_to(self.ring.numbers().written)
        return self.ring
