"""Clients that send frames made up, over both protocols and all transports: does one harm a gateway, or another?"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx2
from tests.live.gateway.fuzzing.frames import Frames
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidMessage, InvalidStatus, WebSocketException

PLAIN = ("/ws", "/", "/ws?sessionId=paper", "/ws?sessionId=none", "/ws?sessionId=")
ENGINE = "/socket.io/?EIO=4&transport=websocket"
POLLING = "/socket.io/?EIO=4&transport=polling"
MOST = 30
"""Messages of one client, but for those that flood."""
_GONE = (WebSocketException, OSError, EOFError, TimeoutError, httpx2.TransportError)
_CLIENT: dict[str, Any] = {
    "compression": None,
    "proxy": None,
    "ping_interval": None,
    "close_timeout": 0.2,
    "max_size": None,
}
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Clients:
    """Clients of the streams on a port, one after another and some at a time."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._port, self._chance = port, chance
        self._frames = Frames(chance)
        self.sent = 0
        self.faults: list[str] = []

    async def run(self, frames: int, at_once: int = 4) -> None:
        """Send so many messages, by clients of all kinds."""
        kinds: tuple[Callable[[], Awaitable[None]], ...] = (
            self._plain, self._plain, self._socket_io, self._socket_io, self._polling, self._upgrading, self._raw,
            self._flooding,
        )  # fmt: skip
        while self.sent < frames:
            chosen = [self._chance.choice(kinds) for _ in range(at_once)]
            await asyncio.gather(*(self._gone(one) for one in chosen))

    async def _gone(self, one: Callable[[], Awaitable[None]]) -> None:
        """Run a client to its end, by whomever that comes; an answer that is a fault of the gateway's is kept."""
        try:
            async with asyncio.timeout(30):
                await one()
        except (InvalidStatus, InvalidMessage) as error:
            status = error.response.status_code if isinstance(error, InvalidStatus) else 0
            if not 400 <= status < 500:
                self.faults.append(f"an upgrade was answered with {error}")
        except _GONE:
            pass

    async def _say(self, stream: ClientConnection, messages: list[str | bytes]) -> None:
        hearing = asyncio.create_task(_hear(stream))
        try:
            for message in messages:
                self.sent += 1
                await stream.send(message)
                if self._chance.random() < 0.2:
                    await asyncio.sleep(0)
            if self._chance.random() < 0.3:
                stream.transport.abort()
        finally:
            await asyncio.wait([hearing], timeout=0.02)
            hearing.cancel()
            await asyncio.wait([hearing])

    async def _plain(self) -> None:
        path = self._chance.choice(PLAIN)
        async with connect(self._at(path), **_CLIENT) as stream:
            await self._say(stream, [self._frames.plain() for _ in range(self._chance.randrange(MOST))])

    async def _flooding(self) -> None:
        if self._chance.random() < 0.5:
            async with connect(self._at("/ws"), **_CLIENT) as stream:
                await self._say(stream, [*self._frames.flood()])
            return
        async with connect(self._at(ENGINE), **_CLIENT) as stream:
            events = [f'42["{json.loads(each)["type"]}",{each}]' for each in self._frames.flood()]
            await self._say(stream, ["40", *events])

    async def _socket_io(self) -> None:
        async with connect(self._at(ENGINE), **_CLIENT) as stream:
            first: list[str | bytes] = ["40"] if self._chance.random() < 0.7 else []
            packets = [self._frames.socket_io() for _ in range(self._chance.randrange(MOST))]
            await self._say(stream, first + packets)

    async def _raw(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            path = self._chance.choice((*PLAIN[:2], ENGINE))
            handshake = HANDSHAKE.format(path=path).encode()
            cut = self._chance.randrange(len(handshake)) if self._chance.random() < 0.1 else len(handshake)
            writer.write(handshake[:cut])
            for _ in range(self._chance.randrange(1, 8)):
                self.sent += 1
                writer.write(self._frames.raw())
                await writer.drain()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    while await reader.read(1 << 16):
                        pass
        finally:
            writer.transport.abort()

    async def _polling(self) -> None:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self._port}") as client:
            sid = await self._opened(client)
            for _ in range(self._chance.randrange(1, 10)):
                self.sent += 1
                path = self._chance.choice((f"{POLLING}&sid={sid}",) * 8 + _odd_paths(sid))
                if self._chance.random() < 0.25:
                    with suppress(httpx2.ReadTimeout):
                        self._look(await client.get(path, timeout=0.05))
                    continue
                kind = self._chance.choice(
                    ("text/plain;charset=UTF-8", "application/octet-stream", "text/plain", "x/y")
                )
                body = self._frames.payload()
                self._look(await client.post(path, content=body, headers={"Content-Type": kind}))
            self._look(await client.post(f"{POLLING}&sid={sid}", content=b"1"))

    async def _upgrading(self) -> None:
        """Begin by polling, and go over to a WebSocket, more or less as it should be."""
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self._port}") as client:
            sid = await self._opened(client)
            if self._chance.random() < 0.7:
                self._look(await client.post(f"{POLLING}&sid={sid}", content=b"40"))
            sid = sid if self._chance.random() < 0.9 else "none"
            async with connect(self._at(f"{ENGINE}&sid={sid}"), **_CLIENT) as stream:
                steps: list[str | bytes] = ["2probe", "5", "40"]
                if self._chance.random() < 0.4:
                    steps[self._chance.randrange(3)] = self._frames.socket_io()
                packets = [self._frames.socket_io() for _ in range(self._chance.randrange(10))]
                await self._say(stream, steps + packets)

    async def _opened(self, client: httpx2.AsyncClient) -> str:
        answer = await client.get(POLLING)
        return str(json.loads(answer.text[1:])["sid"])

    def _look(self, answer: httpx2.Response) -> None:
        if answer.status_code >= 500 or "Traceback" in answer.text:
            self.faults.append(
                f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}"
            )

    def _at(self, path: str) -> str:
        return f"ws://127.0.0.1:{self._port}{path}"


def _odd_paths(sid: str) -> tuple[str, ...]:
    return (
        f"/socket.io/?EIO=4&transport=websocket&sid={sid}", "/socket.io/?EIO=4&transport=polling&sid=none",
        "/socket.io/?EIO=3&transport=polling", "/socket.io/?transport=else", "/socket.io/", f"/socket.io/?sid={sid}",
        "/socket.io/else?EIO=4&transport=polling", f"{POLLING}&sid=%00%ff", f"{POLLING}&sid={sid}&sid=none",
    )  # fmt: skip


async def _hear(stream: ClientConnection) -> None:
    with suppress(*_GONE):
        async for message in stream:
            if message == "2":
                await stream.send("3")
