"""One session of the gateway: its process and the connection to it, begun again when they are lost."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from lockstep.errors import LockstepError, NotAnsweredError, NotRunningError, SessionError, TokenNeededError
from lockstep.live.control.client import PATIENCE_SECONDS
from lockstep.live.control.connection import Connection, connected
from lockstep.live.control.lines import Request
from lockstep.live.gateway.sessions.process import Begin, Process, begin, ended
from lockstep.live.gateway.sessions.shared import Shared
from lockstep.live.session.request import ENDED, SessionRequest
from lockstep.live.session.stage import COMPILING, PROVING, forget, stage_of
from lockstep.live.session.view_types import StatusView

State = Literal["starting", "running", "restarting", "ending", "proving", "ended", "failed"]
COMPILES_SECONDS = 60
"""What a first start takes on a machine of two cores that does nothing else: 51 s were measured."""
COMPILES = f"compiling kernels (first start after an install or a change: about {COMPILES_SECONDS} s)"
TRIES, LIVED_SECONDS = 5, 60.0
"""Times that a process which dies before it has lived so long is begun again."""
FIRST_SECONDS, LONGEST_SECONDS = 0.5, 10.0
"""Between a process's death and the next one, doubled each time."""
_LOOK_SECONDS = 0.05
STOP_SECONDS = 20.0
"""How long a session may take to end."""


class RunningSession:
    """A session in a process of its own. ``begun`` begins it; ``sleep`` waits between two tries."""

    def __init__(
        self, folder: Path, asked: SessionRequest, *, begun: Begin = begin,
        changed: Callable[["RunningSession"], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.folder, self.asked, self.id = folder, asked, folder.name
        self.state: State = "starting"
        self.trouble = ""
        """Why it does not run, empty while it does."""
        self.restarts = 0
        self.mode: str = asked.mode
        self.source = ""
        """Of which its market is, as it was told last; ``synthetic`` where it is generated."""
        self.strategies: list[str] = [each.id or each.strategy for each in asked.strategies]
        """Those that it has, as it was told last: some may have joined."""
        self._going, self._asked_live = 0, 0
        """How many ask it to trade live just now, and how often that was begun and ended."""
        self._begun, self._changed = begun, changed
        self._connection: Connection | None = None
        self._process: Process | None = None
        self._kept: asyncio.Task[None] | None = None
        self._stopping = False
        self._stopped_by: dict[str, str] = {}
        self.closed = False
        """Was it ended for good?"""
        self._status = Shared(self._ask_status)
        self.ready = asyncio.Event()
        """Is set while it can be asked."""
        self._hurried = asyncio.Event()

    @property
    def live(self) -> bool:
        """Does it trade live, or is it to?"""
        return "live" in (self.asked.mode, self.mode)

    @contextmanager
    def going_live(self) -> Iterator[None]:
        """Inside it is asked to trade live: only who has a token may ask anything.

        That holds until it says otherwise when it is asked behind: what it was asked before may have been answered
        before it went live.
        """
        self._going += 1
        self._asked_live += 1
        self._stands("live", self.source)
        try:
            yield
        finally:
            self._going -= 1
            self._asked_live += 1

    def _stands(self, mode: str, source: str) -> None:
        before, self.mode, self.source = self.mode, mode, source
        if before != mode:
            self._changed(self)

    @property
    def running(self) -> bool:
        """Does it run, or is it about to?"""
        return self.state in ("starting", "running", "restarting")

    @property
    def over(self) -> bool:
        """Is it not to be meant any more by who names none? One whose process died is: it comes back."""
        return self.state == "ended" or self.closed or self._stopping

    def start(self) -> None:
        """Find it running, or have it run, and keep it so."""
        self._kept = asyncio.create_task(self._keep(), name=f"session {self.id}")

    async def ask(self, request: Request) -> dict[str, Any]:
        """Return what the session answers; raises what it raises, and ``NotRunningError`` while it does not run."""
        connection = self._connection
        if connection is None:
            raise NotRunningError(self._why_not())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await connection.ask(request)
        except TimeoutError as error:
            raise NotAnsweredError(
                f"session {self.id} did not answer within {PATIENCE_SECONDS:g} s, and nobody knows what was done: ask"
                " again with the same clientOrderId, or look"
            ) from error

    async def status(self) -> StatusView:
        """Return how it stands now; who asks at the same time shares one question."""
        return await self._status.get()

    async def stop(self, by: dict[str, str] | None = None) -> None:
        """Have it end in order, and wait until it has and is proven; a long proof goes on by itself.

        Raises ``TokenNeededError`` where who asks may not end it: then it goes on.
        """
        self._stopping, self._stopped_by = True, by or {}
        try:
            await self.ask(Request("stop", by=self._stopped_by))
        except TokenNeededError:
            self._stopping = False
            raise
        except LockstepError:
            if self._process is not None:
                self._process.terminate()  # it has not begun to be asked
        if self._kept is not None:
            hurried = asyncio.ensure_future(self._hurried.wait())
            await asyncio.wait(
                {self._kept, hurried}, timeout=STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )  # fmt: skip
            hurried.cancel()

    def hurry(self) -> None:
        """Let nobody wait for its end any longer."""
        self._hurried.set()

    def retire(self) -> None:
        """Let nobody ask for it any more, though it has failed."""
        if self.state == "failed":
            self._set("ended", "")

    async def leave(self) -> None:
        """Look after it no more; it goes on as it is."""
        if self._kept is not None:
            self._kept.cancel()
            with suppress(asyncio.CancelledError):
                await self._kept
        if self._connection is not None:
            self._connection.close()

    async def _ask_status(self) -> StatusView:
        since = self._asked_live
        told = msgspec.convert((await self.ask(Request("status")))["status"], StatusView)
        self._stands(self._believed(told.session.mode, since), ", ".join(told.session.sources))
        self._has(told)
        return told

    def _has(self, told: StatusView) -> None:
        self.strategies = list(dict.fromkeys(lane.name.partition(":")[0] for lane in told.session.lanes))

    def _believed(self, mode: str, since: int) -> str:
        """Return the mode that it is taken to have, where it says one to what it was asked at some time."""
        return "live" if self._going or self._asked_live != since else mode

    def _why_not(self) -> str:
        cure = {
            "starting": f"it is only just starting{self.trouble and f', {self.trouble}'}: /ready says when it has",
            "restarting": f"{self.trouble or 'its process died'}, and is begun again: ask once more in a moment",
            "ending": "it ends, and is proven",
            "proving": "it has ended and is being proven",
            "ended": "it has ended: POST /api/sessions opens another",
            "failed": f"{self.trouble}: look into {self.folder}, or open another by POST /api/sessions",
        }  # fmt: skip
        return f"session {self.id} does not run: {cure.get(self.state, 'its process is not there')}"

    async def _keep(self) -> None:
        """Connect, begin where nobody answers, and do so again until it has ended by itself."""
        tries = 0
        while True:
            tries = 0 if await self._lived() else tries + 1
            how = ended(self.folder)
            if how.orderly or self._stopping:
                why = how.why if how.orderly else ""
                self._set("failed" if why else "ended", why)
                return
            self.restarts += 1
            if tries > TRIES:
                self._set("failed", f"its process died {tries} times, each within {LIVED_SECONDS:g} s")
                return
            self._set("restarting", how.why)
            if not await self._again(min(FIRST_SECONDS * 2**tries, LONGEST_SECONDS)):
                self._set("ended", "")
                return

    async def _again(self, seconds: float) -> bool:
        """Wait so long; return whether nobody has ended it meanwhile."""
        await asyncio.sleep(seconds)
        return not self._stopping

    async def _lived(self) -> bool:
        """Have it run, until it runs no more; return whether it did so for a while."""
        clock = asyncio.get_running_loop().time
        since = clock()
        connection = await self._found() or await self._awaited() or await self._started()
        if connection is not None:
            self._set("running", "", connection)
            if self._stopping:  # before it could be asked
                with suppress(LockstepError):
                    await self.ask(Request("stop", by=self._stopped_by))
            await connection.gone
        self._set("ending", "", None)
        await self._over()
        return clock() - since > LIVED_SECONDS

    def _set(self, state: State, trouble: str, connection: Connection | None = None) -> None:
        self.state, self.trouble, self._connection = state, trouble, connection
        if connection is None:
            self.ready.clear()
        else:
            self.ready.set()
        self._changed(self)

    async def _found(self) -> Connection | None:
        """Return a connection to a process that runs it already."""
        with suppress(NotRunningError, SessionError):
            return await self._greeted(await connected(self.folder))
        return None

    async def _awaited(self) -> Connection | None:
        """Return a connection to a process that an earlier gateway began and that compiles still, None without one."""
        while self._compiles():
            await asyncio.sleep(_LOOK_SECONDS)
            if found := await self._found():
                return found
        return None

    async def _started(self) -> Connection | None:
        """Return a connection to a process begun now, None where that ends before it can be asked."""
        (self.folder / ENDED).unlink(missing_ok=True)
        forget(self.folder)
        process = self._process = self._begun(self.folder)
        while process.poll() is None:
            found = await self._found()
            if found is not None:
                return found
            self._compiles()
            await asyncio.sleep(_LOOK_SECONDS)
        return None

    def _compiles(self) -> bool:
        """Does its process compile? Then that is told."""
        found = stage_of(self.folder) == COMPILING
        if found and self.trouble != COMPILES:
            self._set(self.state, COMPILES)
        return found

    async def _over(self) -> None:
        """Wait until its process has ended; one that was found running proves itself without being waited for."""
        while self._process is not None and self._process.poll() is None:
            if self.state != "proving" and stage_of(self.folder) == PROVING:
                self._set("proving", "")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _greeted(self, connection: Connection) -> Connection:
        """Ask how it stands, once, before anybody else may ask anything."""
        since = self._asked_live
        told = msgspec.convert((await connection.ask(Request("status")))["status"], StatusView)
        self.mode, self.source = self._believed(told.session.mode, since), ", ".join(told.session.sources)
        self._has(told)
        return connection
