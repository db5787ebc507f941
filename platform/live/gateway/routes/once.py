"""Routes whose effect an Idempotency-Key has once: whoever got no answer asks again, and gets the first one's."""

import hashlib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from lockstep.live.gateway.once import Answer, Answers
from lockstep.live.gateway.security.needs import asker_of

LONGEST = 255
REPLAYED = "Idempotency-Replayed"
"""A header of answers that were given before."""
_KEPT = ("content-type", "location")
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=LONGEST)]


async def _documented(idempotency_key: Key = None) -> None:
    """Have OpenAPI tell of the header."""


ONCE: Any = Depends(_documented)
"""For the dependencies of routes that have no parameter for the header."""


class OnceRoute(APIRoute):
    """A route that answers the same request under the same key once; its effect is its own to make durable."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # noqa: D102 - of FastAPI
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            key = request.headers.get("idempotency-key", "")
            if request.method == "GET" or not 0 < len(key) <= LONGEST:
                return await handle(request)
            answers: Answers = request.app.state.gateway.answers
            first = False

            async def do() -> Answer:
                nonlocal first
                first = True
                response = await handle(request)
                kept = {name: value for name, value in response.headers.items() if name in _KEPT}
                return Answer(response.status_code, kept, bytes(response.body))

            answer = await answers.once(asker_of(request).key, key, await _mark(request), do)
            said = answer.headers if first else {**answer.headers, REPLAYED: "true"}
            return Response(answer.body, answer.status, said)

        return handled


async def _mark(request: Request) -> str:
    """Return what tells a request from others: its method, path, query and body, whose spelling does not matter."""
    body = await request.body()
    with suppress(msgspec.DecodeError, RecursionError):  # what is no JSON is refused by the route
        body = msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    line = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(line + body).hexdigest()
