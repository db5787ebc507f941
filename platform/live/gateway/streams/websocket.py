"""Plain WebSockets: a client's frames are requests, and what it hears comes in frames of one message or several."""

from collections.abc import Mapping
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from lockstep.errors import LockstepError
from lockstep.live.gateway.streams.client import Asker, Told
from lockstep.live.gateway.streams.hub import Hub
from lockstep.live.gateway.streams.protocol import EXTENSION, StreamProtocol

PATHS = ("/ws", "/")
"""Where an upgrade is a stream."""


class SocketOutlet:
    """The way to a client over its own WebSocket."""

    def __init__(self, protocol: StreamProtocol) -> None:
        self._protocol = protocol

    @property
    def ready(self) -> bool:
        """Would what is sent now leave soon?"""
        return self._protocol.ready

    def send(self, told: Told) -> None:
        """Send messages; never waits."""
        self._protocol.tell(told)

    def close(self, code: int, reason: str) -> None:
        """Say why, and end within some seconds."""
        self._protocol.end(code, reason)


def asker_of(scope: Mapping[str, Any]) -> Asker | None:
    """Return who opened a connection, as security has found out; None where nobody looks."""
    found: Asker | None = scope.get("state", {}).get("asker")
    return found


def routes(hub: Hub) -> list[WebSocketRoute]:
    """Return the routes of plain WebSockets."""

    async def stream(websocket: WebSocket) -> None:
        protocol = websocket.scope.get("extensions", {}).get(EXTENSION)
        if protocol is None:
            raise LockstepError("streams need uvicorn with ws=StreamProtocol: start the gateway with `lockstep serve`")
        await websocket.accept()
        session = websocket.query_params.get("sessionId", "")
        client = hub.join(SocketOutlet(protocol), asker_of(websocket.scope), session)
        try:
            while (message := await websocket.receive())["type"] == "websocket.receive":
                await hub.requests.read(client, message.get("text"))
        finally:
            hub.leave(client)

    return [WebSocketRoute(path, stream) for path in PATHS]
