"""All sessions of a gateway, by their folders under its home."""

import asyncio
import re
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec

from lockstep.data.disk import make_folder, replace_file
from lockstep.errors import LockstepError, TokenNeededError
from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.sessions.process import Begin, begin
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.session.request import ASKED, SessionRequest, read_request

FOLDER = "sessions"
CLOSED = "closed"
"""In the folder of a session that was ended for good: it is not begun again."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Keeper:
    """Finds sessions, begins them and ends them. ``changed`` is called when one begins or ends to run."""

    def __init__(
        self, home: Path, *, begun: Begin = begin, changed: Callable[[RunningSession], None] = lambda _: None
    ) -> None:
        self.folder = home / FOLDER
        self.sessions: dict[str, RunningSession] = {}
        self._begun, self._changed = begun, changed

    def find(self) -> None:
        """Take up all sessions that were not closed: those that run are found, the others begun again."""
        for path in sorted(self.folder.glob(f"*/{ASKED}"), key=lambda path: path.stat().st_mtime_ns):
            folder = path.parent
            if not (folder / CLOSED).exists():
                try:
                    self._take_up(folder, read_request(folder))
                except LockstepError as error:
                    self._unreadable(folder, str(error))

    def open(self, asked: SessionRequest, name: str) -> RunningSession:
        """Begin a session in a folder of its own; raises ``Problem`` for a name that is no id, or is taken."""
        if not _ID.fullmatch(name):
            raise Problem(422, "BAD_REQUEST", f"{name!r} is no id: letters, digits, dots, lines, 64 of them at most")
        folder = self.folder / name
        if name in self.sessions or folder.exists():
            raise Problem(409, "SESSION_EXISTS", f"session {name!r} is there already: give another id")
        make_folder(self.folder)
        folder.mkdir(mode=0o700)
        try:
            replace_file(folder / ASKED, msgspec.json.format(msgspec.json.encode(asked)) + b"\n", 0o600)
        except BaseException:  # by a full disk: the name is free again
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self._take_up(folder, asked)

    def free(self, name: str) -> str:
        """Return a name that no session has had: this one, else with the first number behind it that is free."""
        taken = {path.name for path in self.folder.glob("*")}
        if name not in taken:
            return name
        return next(found for number in count(2) if (found := f"{name}-{number}") not in taken)

    def of(self, session_id: str | None) -> RunningSession:
        """Return a session by its id, without one the first that was opened and has not ended.

        That is the same one while its process is begun again: what is meant for it never goes to another. Raises
        ``Problem`` where there is none.
        """
        if session_id is not None:
            found = self.sessions.get(session_id)
            if found is None:
                raise Problem(
                    404, "SESSION_NOT_FOUND",
                    f"there is no session {session_id!r}: there are {', '.join(self.sessions) or 'none'}",
                )  # fmt: skip
            return found
        first = self.first
        if first is None:
            raise Problem(
                503, "ENGINE_NOT_INITIALIZED",
                "no session runs: open one by POST /api/sessions, or start `lockstep serve` without --empty",
                title="Trading engine not initialized",
            )  # fmt: skip
        return first

    @property
    def first(self) -> RunningSession | None:
        """The session that is meant where none is named."""
        return next((each for each in self.sessions.values() if not each.over), None)

    async def close(self, session: RunningSession, by: dict[str, str]) -> None:
        """End a session for good; raises ``TokenNeededError`` where who asks may not."""
        self.mark_closed(session)
        try:
            await session.stop(by)
        except TokenNeededError:
            (session.folder / CLOSED).unlink(missing_ok=True)
            session.closed = False
            raise
        session.retire()

    def mark_closed(self, session: RunningSession) -> None:
        """Never begin a session again."""
        (session.folder / CLOSED).touch(mode=0o600)
        session.closed = True

    async def stop(self) -> None:
        """End all in order; they are begun again at the gateway's next start. A long proof goes on by itself."""
        await asyncio.gather(*(session.stop({"asker": "the gateway ends"}) for session in self.sessions.values()))
        await self.leave()

    def hurry(self) -> None:
        """Wait no longer for those that end."""
        for session in self.sessions.values():
            session.hurry()

    async def leave(self) -> None:
        """Look after none of them any more; they go on."""
        await asyncio.gather(*(session.leave() for session in self.sessions.values()))

    def _take_up(self, folder: Path, asked: SessionRequest) -> RunningSession:
        session = RunningSession(folder, asked, begun=self._begun, changed=self._changed)
        self.sessions[session.id] = session
        self._changed(session)
        session.start()
        return session

    def _unreadable(self, folder: Path, why: str) -> None:
        # It may have been live: nobody without a token is told what it has recorded.
        session = RunningSession(folder, SessionRequest((), "", (), mode="live"), begun=self._begun)
        session.state, session.trouble = "failed", why
        self.sessions[session.id] = session
