"""What each request and each WebSocket passes before a route sees it: plain ASGI, so that streams stay streams.

In this order: the name it asks by, the page it comes from, the size of its body, how often it asks, how many streams it
has open, and who it is. What is refused is told why, written down and slowed down.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import structlog

from lockstep.live.gateway.problems import Problem, answer
from lockstep.live.gateway.security.asked import TOKEN_PROTOCOL, Asked, asked_of
from lockstep.live.gateway.security.asker import Asker
from lockstep.live.gateway.security.bodies import check_json, check_length, whole
from lockstep.live.gateway.security.buckets import Left
from lockstep.live.gateway.security.headers import preflight, with_ours
from lockstep.live.gateway.security.security import Security

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = structlog.get_logger("lockstep.gateway")
_POLICY = 1008
"""Code that a WebSocket is closed with once it may stay open no longer."""
_CLOSING_SECONDS = 1.0
_CUT = "the gateway ends and waits no longer: what was asked for may still be done, look once it is back"
_SUBPROTOCOL = "lockstep"
_REFUSED = frozenset({"HOST_REFUSED", "ORIGIN_REFUSED", "UNAUTHORIZED", "FORBIDDEN"})
"""Codes that are written down."""


class Guard:
    """The guard in front of an application."""

    def __init__(self, app: Application, security: Security) -> None:
        self._app, self._security = app, security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer; ``scope["state"]["asker"]`` says who asks."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        passage = _Passage(self._security, asked_of(scope), scope, send)
        try:
            if await passage.enter():
                await self._go_on(passage, scope, receive)
        except Problem as problem:
            await passage.refuse(problem)
        except asyncio.CancelledError:
            if passage.begun or passage.asked.websocket:
                raise
            await passage.refuse(Problem(503, "GATEWAY_ENDS", _CUT))  # the server has waited for long enough
        except Exception as error:
            if passage.begun:
                raise  # nothing can be answered any more; the server tells it
            _log.exception("request_failed", path=scope["path"], error=type(error).__name__)
            await passage.refuse(Problem(500, "INTERNAL_ERROR", "this is a fault of the gateway: see its log"))
        return None

    async def _go_on(self, passage: "_Passage", scope: Scope, receive: Receive) -> None:
        if passage.asked.websocket:
            await _stream(self._app, passage, scope, receive)
            return
        if passage.asked.has_body:
            receive = await whole(receive, _any if passage.asked.socket_io else check_json)
        await self._app(scope, receive, passage.send)


class _Passage:
    """One request on its way in, and its answer on the way out."""

    def __init__(self, security: Security, asked: Asked, scope: Scope, send: Send) -> None:
        self.security, self.asked, self._scope, self._send = security, asked, scope, send
        self.asker = Asker("", frozenset(), asked.address)
        self.begun = False
        self._page = ""
        self._left: Left | None = None

    async def enter(self) -> bool:
        """Look at it; returns whether it is to go on. Raises ``Problem``."""
        asked, security = self.asked, self.security
        security.check_address(asked)
        self._page = asked.header(b"origin")
        if self._page and asked.method == "OPTIONS" and asked.header(b"access-control-request-method"):
            await self._preflight()
            return False
        check_length(asked)
        self.asker = security.who(asked)
        self._left = security.rate(self.asker)
        if not self._left.passed:
            raise Problem(429, "RATE_LIMITED", "too many requests: wait as Retry-After says",
                          headers={"Retry-After": f"{int(self._left.wait_s) + 1}"})  # fmt: skip
        if asked.websocket:
            security.check_streams(self.asker)
        security.allowed(asked, self.asker)
        self._hand_on()
        return True

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer has begun."""
        if problem.code in _REFUSED:
            problem = self._counted(problem)
        if self.begun:
            return
        response = answer(problem, self.asked.path)
        if self.asked.websocket and "websocket.http.response" not in self._scope.get("extensions", {}):
            await self._send({"type": "websocket.close", "code": _POLICY, "reason": problem.code})
            return
        if self.asked.has_body:  # what was not read is not waited for
            response.headers["Connection"] = "close"
        kind = "websocket.http.response" if self.asked.websocket else "http.response"
        headers = with_ours(response.raw_headers, self._page, self._left)
        await self._send({"type": f"{kind}.start", "status": problem.status, "headers": headers})
        await self._send({"type": f"{kind}.body", "body": bytes(response.body), "more_body": False})

    async def send(self, message: Message) -> None:
        """Send an answer of the application on, with our headers."""
        if message["type"] == "http.response.start":
            self.begun = True
            code = self._scope["state"].get("problem", "")
            if code in _REFUSED:  # a route asked for more than the guard
                self.security.refused(self.asked, Problem(message["status"], code, ""), self.asker.name)
            message = {**message, "headers": with_ours(message.get("headers", ()), self._page, self._left)}
        elif message["type"] == "websocket.accept":
            self.begun = True
            if not message.get("subprotocol") and _SUBPROTOCOL in self.asked.protocols():
                message = {**message, "subprotocol": _SUBPROTOCOL}
        await self._send(message)

    async def _preflight(self) -> None:
        private = any(name.lower() == b"access-control-request-private-network" for name, _ in self._scope["headers"])
        headers = preflight(self._page, private)
        await self._send({"type": "http.response.start", "status": 204, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _counted(self, problem: Problem) -> Problem:
        wait = self.security.refused(self.asked, problem, self.asker.name)
        if not wait:
            return problem
        return Problem(429, "RATE_LIMITED", "too many refused requests from this address: wait as Retry-After says",
                       headers={"Retry-After": f"{int(wait) + 1}"})  # fmt: skip

    def _hand_on(self) -> None:
        """Say who asks, and take the token out of what the application sees: what it doesn't have it can't log."""
        self._scope.setdefault("state", {})["asker"] = self.asker
        structlog.contextvars.bind_contextvars(asker=self.asker.name or "no token")
        self._scope["headers"] = [each for each in self._scope["headers"] if each[0].lower() != b"authorization"]
        if any(each.startswith(TOKEN_PROTOCOL) for each in self.asked.protocols()):
            kept = [each for each in self.asked.protocols() if not each.startswith(TOKEN_PROTOCOL)]
            self._scope["subprotocols"] = kept
            self._scope["headers"] = [
                each for each in self._scope["headers"] if each[0].lower() != b"sec-websocket-protocol"
            ]


def _any(_: bytes) -> None:
    """Take whatever Socket.IO's own packets are."""


async def _stream(app: Application, passage: _Passage, scope: Scope, receive: Receive) -> None:
    """Run a WebSocket until it ends, or until who opened it may read no longer."""
    task = asyncio.current_task()
    assert task is not None
    ended: list[str] = []

    def end(why: str) -> None:
        if passage.asker.name or not passage.asked.socket_io:  # Socket.IO ends its own, who may have a token by now
            ended.append(why)
            task.cancel()

    release = passage.security.hold(passage.asker, end)
    try:
        await app(scope, receive, passage.send)
    except asyncio.CancelledError:
        if not ended:
            raise
        task.uncancel()
    finally:
        release()
    if not ended:
        return
    with suppress(TimeoutError):  # who takes nothing is not told either
        async with asyncio.timeout(_CLOSING_SECONDS):
            await passage.send({"type": "websocket.close", "code": _POLICY, "reason": ended[0]})
