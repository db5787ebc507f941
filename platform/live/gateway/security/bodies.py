"""Bodies of requests: read as a whole before a route sees them, so long and so large as they may be."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.security.asked import Asked

MOST = 1 << 20
"""Bytes of a body."""
PATIENCE_SECONDS = 20.0
"""How long a body may take to come in."""

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]


def check_length(asked: Asked) -> None:
    """Raise ``Problem`` for a body that says itself that it is too large."""
    given = asked.header(b"content-length")
    if not given:
        return
    if not (given.isascii() and given.isdigit()):
        raise Problem(400, "BAD_REQUEST", "Content-Length is no number")
    if len(given) > 12 or int(given) > MOST:
        raise too_large()


def too_large() -> Problem:
    """Return the problem of a body that is too large."""
    return Problem(413, "TOO_LARGE", f"a body has at most {MOST:,} bytes", headers={"Connection": "close"})


async def whole(receive: Receive) -> Receive:
    """Read a body; returns a ``receive`` that gives it at once, and then what comes after.

    Raises ``Problem`` where it is too large, whether it said so or not, or too slow.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            first = await _read(receive)
    except TimeoutError as error:
        raise Problem(
            408, "TOO_SLOW", f"the body did not come in within {PATIENCE_SECONDS:g} s", headers={"Connection": "close"}
        ) from error
    coming: Message | None = first

    async def again() -> Message:
        nonlocal coming
        if coming is None:
            return await receive()
        message, coming = coming, None
        return message

    return again


async def _read(receive: Receive) -> Message:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        part = message.get("body", b"")
        size += len(part)
        if size > MOST:
            raise too_large()
        parts.append(part)
        if not message.get("more_body", False):
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}
