"""Each HTTP request: how long it took, by the route's template, and a number by which logs can be searched."""

import logging
import re
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import structlog
from prometheus_client.core import Metric

from lockstep.live.gateway.monitoring.exposition import Labels, counter, gauge, histogram
from lockstep.live.session.tally import Tally

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

OTHER = "other"
"""Of a request that found no route: what people type is no label."""
HEADER = b"x-request-id"
_BOUND = ("asker", "session")
"""What is found out of a request on its way, and entries of it bear."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LOGGER = "lockstep.gateway.requests"
_log, _level = structlog.get_logger(_LOGGER), logging.getLogger(_LOGGER)


class Requests:
    """Counts of all requests. Labels are bounded: methods, templates and status codes are."""

    def __init__(self) -> None:
        self.answered: Counter[Labels] = Counter()
        """By method, route and status."""
        self.took: defaultdict[Labels, Tally] = defaultdict(Tally)
        """By method and route."""
        self.under_way = 0

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        yield counter("http_requests_total", "Requests answered.", ("method", "route", "status"), self.answered)
        yield histogram(
            "http_request_seconds", "From a request's head to the end of its answer.", ("method", "route"), self.took
        )
        yield gauge("http_requests_under_way", "Requests being answered.", (), {(): self.under_way})


class Timed:
    """Plain ASGI around an application: times each HTTP request and gives it a number."""

    def __init__(self, app: Application, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, status, begun = _number(scope), 500, time.perf_counter()

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, number)]}
            await send(message)

        self._requests.under_way += 1
        with structlog.contextvars.bound_contextvars(request_id=number.decode()):
            try:
                await self._app(scope, receive, numbered)
            finally:
                self._requests.under_way -= 1
                self._took(scope, status, time.perf_counter() - begun)
                structlog.contextvars.unbind_contextvars(*_BOUND)

    def _took(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else OTHER
        route = route_of(scope)
        self._requests.answered[method, route, str(status)] += 1
        self._requests.took[method, route].take(seconds)
        level = logging.WARNING if status >= 500 and status != 503 else logging.DEBUG
        if _level.isEnabledFor(level):
            _log.log(level, "request", method=method, route=route, status=status, ms=round(seconds * 1e3, 3))


def route_of(scope: Scope) -> str:
    """Return the template of the route that a request found, such as /api/jobs/{job_id}."""
    found = scope.get("route")
    path = getattr(found, "path_format", None) or getattr(found, "path", None)
    return path if isinstance(path, str) and path else OTHER


def _number(scope: Scope) -> bytes:
    """Return the number that a request came with, where that is one, else a new one."""
    given = next((value for name, value in scope["headers"] if name == HEADER), b"")
    return given if _ID.fullmatch(given) else secrets.token_hex(8).encode()
