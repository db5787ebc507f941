"""Sessions that were to be killed and could not be told: written down, and killed as soon as they can be reached."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from lockstep.data.disk import replace_file
from lockstep.errors import CommandError, GatewayError, JournalError, LockstepError
from lockstep.live.control.lines import Request
from lockstep.live.gateway.sessions.running import RunningSession

FILE = "kills.json"
AGAIN_SECONDS = 1.0
"""How soon a session that could not be told is tried again, and looked at whether it is over."""
Write = Callable[[Sequence[tuple[str, Mapping[str, Any]]]], None]
"""Adds rows to the gateway's audit."""
_log = structlog.get_logger("lockstep.gateway.kills")


class Kill(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A kill that a session has still to hear of."""

    session_id: str
    content: dict[str, Any]
    """Of the command: why, and whether positions are closed."""
    by: dict[str, str]
    asked_ns: int

    def told(self) -> dict[str, Any]:
        """Return it as the border and the audit tell of it."""
        return {"sessionId": self.session_id, **self.content, "by": self.by, "askedNs": self.asked_ns}


class Kills:
    """The kills that are due in one gateway; they outlive it. ``sessions`` are those that it knows."""

    def __init__(self, folder: Path, sessions: Callable[[], Mapping[str, RunningSession]], write: Write) -> None:
        self._path, self._sessions, self._write = folder / FILE, sessions, write
        self._due: dict[str, Kill] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._keeping = asyncio.Lock()

    @property
    def due(self) -> list[Kill]:
        """Those that no session has heard of yet, the oldest first."""
        return list(self._due.values())

    def start(self) -> None:
        """Go on with what an earlier gateway left. Raises ``GatewayError`` where that can't be read."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=list[Kill])
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise GatewayError(
                f"{self._path} can't be read ({error}), and names sessions that are still to be killed: kill them by"
                " `lockstep session FOLDER kill`, then remove it"
            ) from error
        for kill in found:
            self._take(kill)

    async def stop(self) -> None:
        """Leave what is due to the next gateway."""
        if self._tasks:
            await self._let_go(list(self._tasks))
            await self._keep()  # one that was just carried out may not have said so

    async def remember(self, session_id: str, content: dict[str, Any], by: dict[str, str]) -> bool:
        """Kill a session as soon as it can be reached; return whether that holds after a crash too."""
        kill = Kill(session_id=session_id, content=content, by=by, asked_ns=time.time_ns())
        await self._let_go([session_id])
        self._take(kill)
        _log.warning("kill_remembered", session=session_id)
        durable = await self._keep()
        await self._audit("kill_remembered", kill)
        return durable

    async def forget(self, session_id: str | None, by: dict[str, str]) -> None:
        """The kill switch is released, of one session or of all: what is still due there is not done any more."""
        gone = [kill for kill in self.due if session_id in (None, kill.session_id)]
        await self._let_go([kill.session_id for kill in gone])
        for kill in gone:
            if self._due.pop(kill.session_id, None) is not None:  # it may just have been carried out
                await self._audit("kill_forgotten", kill, released=by)
        if gone:
            await self._keep()

    def _take(self, kill: Kill) -> None:
        self._due[kill.session_id] = kill
        self._tasks[kill.session_id] = asyncio.create_task(self._carry_out(kill), name=f"kill {kill.session_id}")

    async def _let_go(self, session_ids: Iterable[str]) -> None:
        tasks = [task for each in session_ids if (task := self._tasks.pop(each, None))]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _carry_out(self, kill: Kill) -> None:
        """Try until the session has heard of it, or is over."""
        while (session := self._sessions().get(kill.session_id)) is not None and not session.over:
            try:
                async with asyncio.timeout(AGAIN_SECONDS):
                    await session.ready.wait()
                row = await _killed(session, kill)
            except CommandError as error:  # it went live meanwhile, and who asked gave no token
                await self._over(kill, "kill_refused", why=str(error))
                return
            except (TimeoutError, LockstepError):
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            await self._over(kill, "kill_carried_out", row=row)
            return
        await self._over(kill, "kill_moot", why="the session has ended")

    async def _over(self, kill: Kill, became: str, **more: Any) -> None:
        """Write down what became of a kill, and that it is not due any more."""
        self._due.pop(kill.session_id, None)
        self._tasks.pop(kill.session_id, None)
        _log.warning(became, session=kill.session_id)
        await self._audit(became, kill, **more)
        await self._keep()

    async def _keep(self) -> bool:
        """Write down what is due; return whether it is on the disk."""
        async with self._keeping:
            try:
                await asyncio.to_thread(replace_file, self._path, msgspec.json.encode(self.due), 0o600)
            except OSError as error:
                _log.error("kills_not_kept", error=str(error))
                return False
        return True

    async def _audit(self, kind: str, kill: Kill, **more: Any) -> None:
        with suppress(JournalError):  # a full disk keeps no session from being killed; readiness tells of it
            await asyncio.to_thread(self._write, [(kind, {**kill.told(), **more})])


async def _killed(session: RunningSession, kill: Kill) -> int | None:
    """Kill a session; return the row that says so, None where it was killed already by what it heard in the end."""
    status = await session.status()
    if status.session.killed and not kill.content.get("flatten"):
        return None
    answer = await session.ask(Request("command", "kill", kill.content, by=kill.by))
    row: int = answer["row"]
    return row
