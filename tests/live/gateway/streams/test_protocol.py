"""WebSockets below the streams: who opens none, goes without a word or asks without reading is let go in time."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from tests.live.gateway.streams.listening import played
from tests.live.gateway.streams.serving import served
from tests.live.gateway.streams.sessions import run, trade

from lockstep.live.gateway.streams.protocol import SEND_BUFFER

OPENING = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
PING = bytes([0x89, 0x80 | 125, 0, 0, 0, 0]) + b"x" * 125
SUBSCRIBE = b'{"type":"subscribe","topics":["trade:ACME"]}'
"""Frames of RFC 6455, 5.2, with a mask of zeros."""


@pytest.fixture
def session(tmp_path):
    with played(tmp_path / "one") as made:
        yield made


@asynccontextmanager
async def deaf(port):
    """A client that has opened a WebSocket, hears the trades, and reads nothing."""
    loop = asyncio.get_running_loop()
    with socket.create_connection(("127.0.0.1", port)) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.setblocking(False)
        await loop.sock_sendall(opened, OPENING + b"\r\n")
        assert b" 101 " in await loop.sock_recv(opened, 1024)
        yield opened


async def subscribed(opened, hub):
    """The only client of a hub, once it has asked for the trades."""
    frame = bytes([0x81, 0x80 | len(SUBSCRIBE), 0, 0, 0, 0]) + SUBSCRIBE
    await asyncio.get_running_loop().sock_sendall(opened, frame)
    while not any(client.topics for client in hub.clients):
        await asyncio.sleep(0)
    (client,) = hub.clients
    return client


def test_who_sends_no_more_and_takes_nothing_is_gone(session, monkeypatch):
    monkeypatch.setattr("lockstep.live.gateway.streams.protocol.GRACE_S", 0.05)

    async def test():
        async with served(session) as (hub, port), deaf(port) as opened:
            client = await subscribed(opened, hub)
            while client.outlet.ready:
                session.say(*(trade(1000, id=1 << 40) for _ in range(500)))
                await hub.turned.wait()
            opened.shutdown(socket.SHUT_WR)  # half of it: it could still read
            while hub.clients:
                await asyncio.sleep(0)
            assert not client.closed  # nobody had to

    run(test)


def test_who_pings_and_does_not_read_is_not_answered_without_end(session):
    async def test():
        async with served(session) as (hub, port), deaf(port) as opened:
            for _ in range(20):
                await asyncio.get_running_loop().sock_sendall(opened, PING * 500)
            client = await subscribed(opened, hub)  # behind them
            assert client.outlet._protocol.transport.get_write_buffer_size() < 5 * SEND_BUFFER

    run(test)


@pytest.mark.parametrize(
    ("opening", "status"),
    [
        (OPENING + b"Cookie: " + b"x" * 9000 + b"\r\n", b"431"),
        (OPENING.replace(b"/ws", b"/ws?" + b"x" * 9000), b"414"),
        (OPENING.replace(b"/ws", b"/ws?\xc3\xa9"), b"400"),
        (OPENING + b"Transfer-Encoding: chunked\r\n", b"400"),
        (OPENING.replace(b"GET", b"POST"), b"405"),
    ],
)
def test_what_opens_no_websocket_is_answered_and_its_connection_ends(session, opening, status):
    """Statuses of RFC 9110 (15.5) and RFC 6585 (5)."""

    async def test():
        async with served(session) as (hub, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(opening + b"\r\n")
            assert (await reader.read()).split(b" ")[1] == status  # all, until the other end closes
            assert not hub.clients
            writer.close()

    run(test)
