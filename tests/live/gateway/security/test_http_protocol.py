"""What the protocol below the guard refuses: heads that are too large, and connections that are too many."""

import asyncio

import pytest
from tests.live.gateway.server import listening

from lockstep.live.gateway.security import http_protocol
from lockstep.live.gateway.security.http_protocol import MOST_HEAD, MOST_HEADERS

LINE = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


async def answer(port: int, *parts: bytes) -> bytes:
    """Return what comes back, until the other end closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    except ConnectionResetError:
        return b"reset"
    finally:
        writer.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "parts",
    [
        (LINE + b"X-Long: " + b"x" * MOST_HEAD + b"\r\n\r\n",),
        (LINE + b"X-Endless: ", b"x" * MOST_HEAD, b"x"),
        (b"GET /" + b"x" * MOST_HEAD + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",),
        (LINE + b"".join(b"X-%d: y\r\n" % number for number in range(MOST_HEADERS)) + b"\r\n",),
        (LINE + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 900) for number in range(50)) + b"\r\n",),
        (b"nonsense\r\n\r\n",),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",),
    ],
)
async def test_a_head_that_is_too_large_or_no_head_ends_the_connection(asked, parts):
    gateway = asked()
    async with listening(gateway.app) as at:
        said = await answer(at.port, *parts)
        assert said == b"reset" or said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))
        fits = LINE + b"X-Long: " + b"x" * (MOST_HEAD // 2) + b"\r\nConnection: close\r\n\r\n"
        assert (await answer(at.port, fits)).startswith(b"HTTP/1.1 200 ")


UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
POST = b"POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
INSIDE = LINE + b"Connection: close\r\n\r\n"


@pytest.mark.anyio
@pytest.mark.parametrize("parts", [
    (POST + b"Content-Length: %d\r\n" % len(INSIDE) + UPGRADE, INSIDE),
    (POST + b"Content-Length: %d\r\n" % len(INSIDE) + UPGRADE + INSIDE,),
    (POST + b"Transfer-Encoding: chunked\r\n" + UPGRADE, b"%x\r\n" % len(INSIDE), INSIDE, b"\r\n0\r\n\r\n"),
])  # fmt: skip
async def test_a_body_in_front_of_another_protocol_is_no_request_of_its_own(asked, parts):
    """A proxy that passes Upgrade on would hand the answer of what is inside to whom it serves next."""
    async with listening(asked().app) as at:
        said = await answer(at.port, *parts)
        assert said == b"reset" or said.startswith(b"HTTP/1.1 400 ")
        assert b" 200 " not in said
        plain = LINE + b"Connection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n"  # without a body it is passed over
        assert (await answer(at.port, plain)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.anyio
@pytest.mark.parametrize("parts", [(), (LINE,), (LINE + b"\r\n", b"GET /heal")])
async def test_a_head_that_does_not_come_is_not_waited_for(asked, monkeypatch, parts):
    monkeypatch.setattr(http_protocol, "PATIENCE_SECONDS", 0.05)
    async with listening(asked().app) as at:
        said = await answer(at.port, *parts)
        assert said.count(b"HTTP/1.1 408 ") == 1


@pytest.mark.anyio
async def test_an_address_has_so_many_connections_and_those_that_ended_count_no_longer(asked):
    gateway = asked(streams=1)
    async with listening(gateway.app) as at:
        first = [await asyncio.open_connection("127.0.0.1", at.port) for _ in range(2)]
        assert await answer(at.port, LINE + b"Connection: close\r\n\r\n") in (b"", b"reset")
        for _, writer in first:
            writer.write(LINE + b"Connection: close\r\n\r\n")
        for reader, writer in first:
            assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()
        kind = at.server.config.http_protocol_class
        while kind.open:  # type: ignore[attr-defined]
            await asyncio.sleep(0)
        assert (await answer(at.port, LINE + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.anyio
async def test_an_answer_names_no_server(asked):
    async with listening(asked().app) as at:
        said = await answer(at.port, LINE + b"Connection: close\r\n\r\n")
        assert b"\r\nserver:" not in said.lower()
        assert b"content-security-policy" in said
