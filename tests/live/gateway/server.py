"""A gateway on sockets of this machine, in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from fastapi import FastAPI

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.serve import Server
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.gateway.sockets import open_sockets


class At(NamedTuple):
    port: int
    server: Server

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[At]:
    """Serve an application of `make_app` until the block is left."""
    gateway: Gateway = app.state.gateway
    settings: GatewaySettings = gateway.settings.model_copy(update={"port": 0})
    doors = open_sockets(settings)
    started = asyncio.Event()
    server = Server(app, settings, started.set)
    serving = asyncio.create_task(server.serve(doors))
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        yield At(doors[0].getsockname()[1], server)
    finally:
        server.should_exit = True
        await serving
