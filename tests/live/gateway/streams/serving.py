"""A gateway's streams on a real socket: uvicorn with our protocol, around a hub alone or the whole application."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.streams import websocket
from lockstep.live.gateway.streams.hub import Hub
from lockstep.live.gateway.streams.protocol import StreamProtocol
from lockstep.live.gateway.streams.socket_io import SocketIo


class Ann:
    name = "ann"


def admitted(scope, auth):
    if isinstance(auth, dict) and auth.get("token") == "wrong":
        raise Problem(401, "UNAUTHORIZED", "this token does not hold")
    return Ann()


def known(scope):
    origin = dict(scope["headers"]).get(b"origin", b"").decode()
    return not origin or origin == "http://localhost"


@asynccontextmanager
async def on_a_port(app) -> AsyncIterator[int]:
    """Serve an application on a free port of this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, ws=StreamProtocol, log_level="error", ws_per_message_deflate=False, ws_max_size=65_536,
            timeout_graceful_shutdown=3, log_config=None,  # logging is the whole process's
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        serving = asyncio.ensure_future(server._serve([listening]))
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def served(*sessions) -> AsyncIterator[tuple[Hub, int]]:
    """Serve the streams of some sessions."""
    hub = Hub()
    for session in sessions:
        hub.add(session)
    turning = asyncio.ensure_future(hub.run())
    app = Starlette(routes=[*websocket.routes(hub), Mount("/socket.io", SocketIo(hub, admitted, known))])
    try:
        async with on_a_port(app) as port:
            yield hub, port
    finally:
        turning.cancel()
        await asyncio.wait([turning])


class Listener:
    """A client that keeps what it hears, message by message."""

    def __init__(self, connection):
        self.connection, self.waiting, self.frames = connection, [], 0

    async def say(self, content: Any) -> None:
        await self.connection.send(content if isinstance(content, str | bytes) else json.dumps(content))

    async def closed(self) -> int:
        """The code with which the other side ends, after all that it says before."""
        with suppress(ConnectionClosed):
            while True:
                await self.connection.recv()
        return int(self.connection.close_code)

    async def next(self, *types: str) -> dict[str, Any]:
        """The next message of some types; others before it are left out."""
        while True:
            while self.waiting:
                found: dict[str, Any] = self.waiting.pop(0)
                if not types or found["type"] in types:
                    return found
            told = json.loads(await self.connection.recv())
            self.frames += 1
            self.waiting += told if isinstance(told, list) else [told]


@asynccontextmanager
async def listening(port: int, path: str = "/ws", **how: Any) -> AsyncIterator[Listener]:
    how = {"compression": None, "proxy": None, "ping_interval": None, "close_timeout": 1, **how}
    async with connect(f"ws://127.0.0.1:{port}{path}", **how) as connection:
        yield Listener(connection)
