"""What routes ask of who asks: ``Depends(needs("trade"))`` in front, ``check_may`` where a session's mode matters."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from lockstep.live.gateway.security.asker import Asker, Scope, check_may

_bearer = HTTPBearer(auto_error=False, description="Of `lockstep token make`; on loopback not needed for paper.")


def asker_of(connection: HTTPConnection) -> Asker:
    """Return who sent a request or opened a WebSocket; the guard has found it out."""
    found = connection.scope["state"]["asker"]
    assert isinstance(found, Asker)
    return found


def needs(scope: Scope) -> Callable[..., Awaitable[Asker]]:
    """Return a dependency that lets pass who has a scope, and gives who it is.

    A route that reaches into a session calls ``check_may(asker, scope, live=...)`` with the session's mode besides.
    """

    async def dependency(  # a plain one would be run in a thread
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,  # for OpenAPI: it looks at nothing
    ) -> Asker:
        asker = asker_of(request)
        check_may(asker, scope)
        return asker

    return dependency
