"""What routes that reach into a session share: which one is meant, who asks, and what is answered."""

from contextlib import suppress
from typing import Annotated, Any

import msgspec
import structlog
from fastapi import Depends, Path, Query, Request
from starlette.responses import Response

from lockstep.errors import NotAnsweredError, NotRunningError
from lockstep.live.control import lines
from lockstep.live.gateway.plain import plain
from lockstep.live.gateway.security.asker import Asker, Scope, check_may
from lockstep.live.gateway.security.needs import asker_of
from lockstep.live.gateway.sessions.keeper import Keeper
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.session.view_types import StatusView

SessionId = Annotated[
    str | None, Query(alias="sessionId", max_length=64, description="The only or first session that runs.")
]
OrderId = Annotated[str, Path(max_length=40)]


class Asking:
    """A session, and who asks something of it."""

    def __init__(self, session: RunningSession, asker: Asker) -> None:
        self.session, self.asker = session, asker

    def check(self, scope: Scope) -> None:
        """Let pass who may; a live session asks for a token."""
        check_may(self.asker, scope, live=self.session.live)

    async def status(self) -> StatusView:
        """Return how the session stands; it says itself whether it is live, and may be so only just."""
        found = await self.session.status()
        self.check("read")
        return found

    async def look(self) -> None:
        """Look whether it has gone live only just, where it can be asked: before what is told without asking it."""
        with suppress(NotRunningError, NotAnsweredError):
            await self.status()

    async def command(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Give a command in the name of who asks; return the session's answer."""
        return await self.ask(lines.Request("command", kind, content))

    async def ask(self, request: lines.Request) -> dict[str, Any]:
        """Ask the session in the name of who asks."""
        return await self.session.ask(msgspec.structs.replace(request, by=self.asker.by()))


def keeper_of(request: Request) -> Keeper:
    """Return all sessions."""
    keeper: Keeper = request.app.state.gateway.keeper
    return keeper


def asking(request: Request, session_id: str | None, scope: Scope) -> Asking:
    """Return the session that is meant, for someone who may; raises ``Problem``."""
    found = Asking(keeper_of(request).of(session_id), asker_of(request))
    found.check(scope)
    structlog.contextvars.bind_contextvars(session=found.session.id)
    return found


def _within(scope: Scope) -> Any:
    async def dependency(request: Request, session_id: SessionId = None) -> Asking:
        return asking(request, session_id, scope)

    return Depends(dependency)


Reading = Annotated[Asking, _within("read")]
"""A session that may be looked at, by ``sessionId``."""
Trading = Annotated[Asking, _within("trade")]
"""A session that may be traded in."""


def told(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer in JSON, its numbers as they are told."""
    return Response(msgspec.json.encode(plain(value)), status, headers, media_type="application/json")
