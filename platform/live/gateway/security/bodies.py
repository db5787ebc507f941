"""Bodies of requests: read as a whole before a route sees them, so long and so large as they may be."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.security.asked import Asked

MOST = 1 << 20
"""Bytes of a body."""
DEEPEST = 64
"""How deep lists and objects may lie in one another: what reads or writes deeper ones may run out of stack."""
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


async def whole(receive: Receive, look: Callable[[bytes], None]) -> Receive:
    """Read a body and ``look`` at it; returns a ``receive`` that gives it at once, and then what comes after.

    Raises ``Problem`` where it is too large, whether it said so or not, or too slow.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            first = await _read(receive)
    except TimeoutError as error:
        raise Problem(
            408, "TOO_SLOW", f"the body did not come in within {PATIENCE_SECONDS:g} s", headers={"Connection": "close"}
        ) from error
    look(first.get("body", b""))
    coming: Message | None = first

    async def again() -> Message:
        nonlocal coming
        if coming is None:
            return await receive()
        message, coming = coming, None
        return message

    return again


def check_json(body: bytes) -> None:
    """Raise ``Problem`` for a body that is not what every reader and writer of JSON takes (RFC 8259).

    Python's own takes NaN and halves of characters, which nothing behind can write down again.
    """
    if not body:
        return
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, "BAD_REQUEST", f"the body is no JSON: {error}") from error
    if type(found) in (dict, list) and _is_deep(found, DEEPEST):
        raise Problem(422, "BAD_REQUEST", f"the body has lists and objects more than {DEEPEST} deep in one another")


def _is_deep(value: Any, left: int) -> bool:
    inside = value.values() if type(value) is dict else value
    return left == 0 or any(type(each) in (dict, list) and _is_deep(each, left - 1) for each in inside)


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
