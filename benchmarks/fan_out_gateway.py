"""A gateway's process for benchmarks: it tells of one session's folder, and says how it stands itself.

    python -m benchmarks.fan_out_gateway FOLDER

Its first line is its port. A line on its standard input is answered by one of JSON: memory, handles, tasks,
connections, and when clients that were too slow were closed and had gone. It ends with its standard input.
"""

import asyncio
import gc
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.harness import memory_mb

STREAMS = 4096
"""That one address may have open: all clients come from one."""


class Folder:
    """A session as the gateway's hub takes it: the files in its folder, and its control socket where it has one."""

    live = False

    def __init__(self, folder: Path) -> None:
        self.folder, self.id = folder, folder.name
        self._connection: Any = None

    async def ask(self, request: Any) -> dict[str, Any]:
        """Return what the session answers; raises where none runs."""
        from lockstep.live.control.connection import connected

        if self._connection is None or self._connection.gone.done():
            self._connection = await connected(self.folder)
        answer: dict[str, Any] = await self._connection.ask(request)
        return answer

    async def status(self) -> Any:
        """Return how the session stands."""
        from lockstep.live.control.lines import Request

        return (await self.ask(Request("status")))["status"]


class Ends:
    """When clients were closed, and when their connections had gone."""

    def __init__(self) -> None:
        from lockstep.live.gateway.streams.client import Client
        from lockstep.live.gateway.streams.protocol import StreamProtocol

        self.closed: list[float] = []
        self.gone: list[float] = []
        close, lost = Client.close, StreamProtocol.connection_lost

        def closing(client: Any, code: int, reason: str) -> None:
            if not client.closed:
                self.closed.append(time.monotonic())
            close(client, code, reason)

        def losing(protocol: Any, error: Any) -> None:
            self.gone.append(time.monotonic())
            lost(protocol, error)

        Client.close = closing  # type: ignore[assignment, method-assign]
        StreamProtocol.connection_lost = losing  # type: ignore[assignment, method-assign]


def standing(hub: Any, server: Any, ends: Ends) -> dict[str, Any]:
    """Return how the gateway's process stands, behind all that was under way."""
    gc.collect()
    return {
        "resident_mb": memory_mb()["VmRSS"], "peak_mb": memory_mb()["VmHWM"], "tasks": len(asyncio.all_tasks()),
        "handles": len(os.listdir("/proc/self/fd")), "clients": len(hub.clients),
        "connections": len(server.server_state.connections), "closed": ends.closed, "gone": ends.gone,
        "cpu_s": time.process_time(),
    }  # fmt: skip


def main() -> None:
    """Serve until the standard input ends."""
    from lockstep.live.gateway.app import make_app
    from lockstep.live.gateway.serve import Server
    from lockstep.live.gateway.settings import GatewaySettings
    from lockstep.live.gateway.sockets import open_sockets

    folder = Path(sys.argv[1])
    settings = GatewaySettings(port=0, home=folder.parent / "home", host="127.0.0.1", streams=STREAMS, rate=100_000)
    app, doors, ends = make_app(settings), open_sockets(settings), Ends()

    def answering(loop: asyncio.AbstractEventLoop) -> None:
        for _ in sys.stdin:
            loop.call_soon_threadsafe(
                lambda: print(json.dumps(standing(app.state.gateway.hub, server, ends)), flush=True)
            )
        server.should_exit = True

    def started() -> None:
        app.state.gateway.hub.add(Folder(folder))
        threading.Thread(target=answering, args=(asyncio.get_running_loop(),), daemon=True).start()
        print(doors[0].getsockname()[1], flush=True)

    server = Server(app, settings, started)
    server.run(sockets=doors)


if __name__ == "__main__":
    main()
