"""A route that takes what it needs out of a request at once; what it documents is as of any other.

FastAPI's walk over what a route depends on took a fifth of the gateway's part of an order.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, get_type_hints

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import Field, TypeAdapter, ValidationError
from starlette.responses import Response

from lockstep.live.gateway.routes.once import LONGEST

_KEY: TypeAdapter[str | None] = TypeAdapter(Annotated[str | None, Field(min_length=1, max_length=LONGEST)])


class DirectRoute(APIRoute):
    """A route whose endpoint takes the request, its ``body`` and its Idempotency-Key, and nothing else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        endpoint: Callable[..., Coroutine[Any, Any, Response]] = self.endpoint
        body: TypeAdapter[Any] = TypeAdapter(get_type_hints(endpoint)["body"])

        async def handled(request: Request) -> Response:
            given = _valid(body.validate_json, await request.body(), "body")
            key = _valid(_KEY.validate_python, request.headers.get("idempotency-key"), "header", "Idempotency-Key")
            return await endpoint(request, given, key)

        return handled


def _valid(validate: Callable[[Any], Any], given: Any, *place: str) -> Any:
    try:
        return validate(given)
    except ValidationError as error:
        raise RequestValidationError([
            {**each, "loc": (*place, *each["loc"])} for each in error.errors(include_url=False)
        ]) from error  # fmt: skip
