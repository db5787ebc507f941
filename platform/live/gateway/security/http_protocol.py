"""uvicorn's HTTP, with what it leaves open: how long and how large a request's head may be, and how many connections.

Its other parser has a limit for heads, this one has none; and neither has a time for a head that comes byte by byte.
"""

import asyncio
from collections import Counter
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from lockstep.live.gateway.security.buckets import neighbourhood

MOST_HEAD = 32 * 1024
"""Bytes of a request's line and headers."""
MOST_HEADERS = 100
PATIENCE_SECONDS = 10.0
"""How long a head may take to come in."""


class GuardedHttp(HttpToolsProtocol):
    """One connection. ``most`` is how many one address may have open, all counted in ``open``."""

    most = 2048
    open: ClassVar[Counter[str]] = Counter()

    _place = ""
    _begun = False
    """Has a head begun that is not whole yet?"""
    _head = 0
    """Bytes that came since it began."""
    _hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # noqa: D102
        super().connection_made(transport)
        self._place = neighbourhood(self.client[0]) if self.client else "unknown"
        self.open[self._place] += 1
        if self.open[self._place] > self.most:
            transport.abort()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102
        self._leave()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:  # noqa: D102 - it is not ours from here on, and counted as a stream
        self._leave()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:  # noqa: D102
        super().data_received(data)
        if not self._begun:
            return
        if self._hurry is None:
            self._wait()
        self._head += len(data)
        if self._head > MOST_HEAD:
            self._refuse(431)

    def on_message_begin(self) -> None:  # noqa: D102
        super().on_message_begin()
        self._begun, self._head = True, 0

    def on_url(self, url: bytes) -> None:  # noqa: D102
        super().on_url(url)
        self._check(len(self.url))

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: D102
        super().on_header(name, value)
        self._check(len(name) + len(value) if len(self.headers) <= MOST_HEADERS else MOST_HEAD + 1)

    def on_headers_complete(self) -> None:  # noqa: D102
        self._check(len(self.url) + sum(len(name) + len(value) for name, value in self.headers))
        if self.parser.should_upgrade() and not self._should_upgrade() and self._has_body():
            raise ValueError("a body in front of another protocol")  # the parser would take it for a request of its own
        self._begun = False
        self._relax()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: D102
        self._relax()
        super().send_400_response(msg)

    def _has_body(self) -> bool:
        """Does the head say that a body follows?"""
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0")
            for name, value in self.headers
        )

    def _check(self, size: int) -> None:
        if size > MOST_HEAD:
            raise ValueError("a head is too large")  # the parser makes it a 400, and the connection ends

    def _refuse(self, status: int) -> None:
        self._relax()
        if not self.transport.is_closing():
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()

    def _wait(self) -> None:
        self._relax()
        self._hurry = self.loop.call_later(PATIENCE_SECONDS, self._refuse, 408)

    def _relax(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _leave(self) -> None:
        self._relax()
        if self._place:
            self.open[self._place] -= 1
            if not self.open[self._place]:
                del self.open[self._place]
            self._place = ""


def guarded_http(most: int) -> type[GuardedHttp]:
    """Return the protocol of a server of which one address may have ``most`` connections open."""
    fields: dict[str, Any] = {"most": most, "open": Counter()}
    return type("GuardedHttp", (GuardedHttp,), fields)
