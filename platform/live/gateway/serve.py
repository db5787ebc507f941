"""The server around the application: sockets, limits, a start that says where it is, an orderly end."""

import asyncio
import fcntl
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from lockstep._undisturbed import undisturbed
from lockstep.errors import GatewayError
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.monitoring.logs import configure_logs
from lockstep.live.gateway.security.http_protocol import guarded_http
from lockstep.live.gateway.security.tokens import private_folder
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.gateway.sockets import open_sockets
from lockstep.live.gateway.streams.protocol import StreamProtocol

MOST_FRAME = 64 * 1024
"""Bytes of a message that a WebSocket may send."""
BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
LEAVING_SECONDS = 10
"""How long requests may take that are under way when it is to end."""
_FILES = 65_536
"""Files that may be open: each connection is one."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    settings: GatewaySettings, told: Callable[[str], None], *, bare: bool = False, demonstrating: bool = False
) -> None:
    """Run a gateway until it is interrupted or terminated; ``told`` is given the lines that are for the user.

    A ``bare`` one provides what it has nothing of, one for a demo what there is to see: see ``Gateway``.

    Raises ``GatewayError`` where the port or the home is taken, and what coming to life raises.
    """
    configure_logs(level=logging.getLevelNamesMapping()[settings.log_level.upper()])
    with _alone(settings.home):
        doors = open_sockets(settings)
        try:
            app = make_app(settings, bare=bare, demonstrating=demonstrating)
            gateway: Gateway = app.state.gateway
            gateway.terminal.say = told
            first = gateway.security.tokens.first()
            for line in _first_lines(first) if first else ():
                told(line)
            _more_files()
            server = Server(app, settings, lambda: told(_where(doors, settings)))
            server.run(sockets=doors)
        finally:
            for door in doors:
                door.close()


class Server(uvicorn.Server):
    """uvicorn, where the gateway's life is ours: what fails is raised, and a signal is an end and no death."""

    def __init__(self, app: FastAPI, settings: GatewaySettings, started: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(
            app, loop="uvloop", http=guarded_http(2 * settings.streams), ws=StreamProtocol, lifespan="off",
            ws_max_size=MOST_FRAME, ws_per_message_deflate=False, limit_concurrency=4 * settings.streams,
            backlog=BACKLOG, timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=LEAVING_SECONDS,
            proxy_headers=False, server_header=False, access_log=False, log_config=None,
        ))  # fmt: skip
        self._app, self._told = app, started
        self._gateway: Gateway = app.state.gateway
        self._loop: asyncio.AbstractEventLoop | None = None
        self._undisturbed = ExitStack()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer until it is told to end."""
        self._loop = asyncio.get_running_loop()
        with self.capture_signals():
            async with self._app.router.lifespan_context(self._app):
                await self._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self._undisturbed.enter_context(undisturbed())
        self._told()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it ends, and what it waits for; then answer what is under way."""
        self._gateway.ending()
        await super().shutdown(sockets)
        self._undisturbed.close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in order; a second SIGINT waits for nobody."""
        super().handle_exit(sig, frame)
        if self.force_exit and self._loop is not None:
            self._loop.call_soon_threadsafe(self._gateway.keeper.hurry)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Have SIGINT and SIGTERM end it."""
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold a home: two gateways would both keep its sessions."""
    private_folder(home / "gateway")
    handle = os.open(home / "gateway" / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GatewayError(
                f"another gateway serves {home}: end it, or set LOCKSTEP_HOME to another folder for this one"
            ) from error
        yield
    finally:
        os.close(handle)


def _first_lines(token: str) -> tuple[str, ...]:
    return (
        f"Token for everything, shown this once: {token}",
        "Others for less: lockstep token make NAME --scope read|trade",
    )


def _where(doors: Sequence[socket.socket], settings: GatewaySettings) -> str:
    names = [door.getsockname() for door in doors]
    listed = ", ".join(f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}" for name in names)
    host = "localhost" if settings.loopback_only else listed.split(",")[0].rpartition(":")[0]
    return f"Lockstep answers on http://{host}:{names[0][1]} ({listed}); home {settings.home}"


def _more_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
