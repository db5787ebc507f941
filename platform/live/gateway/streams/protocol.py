"""uvicorn's WebSocket with what streams need of it: bytes that are made once, bounded buffers, and an end in time."""

import socket
from collections.abc import Sequence
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from lockstep.live.gateway.streams.client import Told
from lockstep.live.gateway.streams.item import Item

EXTENSION = "lockstep.socket"
"""Under this name applications find the protocol among the extensions of their scope."""
SEND_BUFFER = 64 * 1024
"""Bytes that the operating system holds for a client, about; and those that the loop holds beside them."""
GRACE_S = 2.0
"""How long a client may take to hear why it is closed."""
MOST_FRAME = 512 * 1024
"""Bytes of messages in one frame; one message that is longer has a frame to itself."""
_NO_OPENING = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class StreamProtocol(WebSocketsSansIOProtocol):
    """Give it to uvicorn as ``ws``."""

    def connection_made(self, transport: Any) -> None:  # noqa: D102 - of asyncio
        super().connection_made(transport)
        found = transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        transport.set_write_buffer_limits(high=SEND_BUFFER)

    def handle_connect(self, event: Any) -> None:  # noqa: D102 - of uvicorn
        super().handle_connect(event)
        if hasattr(self, "scope"):
            cast("dict[str, object]", self.scope["extensions"])[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        """Take what came; what was to open a WebSocket and opens none, as with a cookie of 9 kB, is answered here."""
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            answer = b"".join(self.conn.data_to_send())  # that a line is too long, the library says itself
            self.transport.write(answer or _NO_OPENING)
            self.transport.close()

    def eof_received(self) -> None:
        """Wait no longer than for others for a client that sends no more to take what is left for it."""
        super().eof_received()
        self._abort_later()

    def handle_ping(self) -> None:
        """Answer, but not who pings and does not read: answers would pile up without end."""
        if self.ready:
            super().handle_ping()
        else:
            self.conn.data_to_send()

    @property
    def ready(self) -> bool:
        """Would what is sent now leave soon?"""
        return self.writable.is_set()

    def tell(self, told: Told) -> None:
        """Send messages of a stream; never waits."""
        if self.handshake_complete and not self.close_sent and not self.transport.is_closing():
            self.transport.write(told.once("frames", frames))

    def end(self, code: int, reason: str) -> None:
        """Say why, and end: when the client has answered, and in any case after some seconds."""
        if self.close_sent or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason[:120])
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(GRACE_S, self.transport.abort)

    def keepalive_timeout(self) -> None:  # noqa: D102 - of uvicorn
        super().keepalive_timeout()
        self._abort_later()

    def _abort_later(self) -> None:
        """What is closed in order is only gone once the client has read all that was sent."""
        if not self.disconnected:
            self.loop.call_later(GRACE_S, self.transport.abort)

    def on_task_complete(self, task: Any) -> None:  # noqa: D102 - of uvicorn
        super().on_task_complete(task)
        self._abort_later()

    def shutdown(self) -> None:  # noqa: D102 - of uvicorn
        super().shutdown()
        self._abort_later()


def frames(items: Sequence[Item]) -> bytes:
    """Return messages as frames: one alone as it is, several as arrays."""
    made: list[bytes] = []
    bodies: list[bytes] = []
    size = 0
    for item in items:
        if bodies and size + len(item.body) > MOST_FRAME:
            made.append(_frame(bodies))
            bodies, size = [], 0
        bodies.append(item.body)
        size += len(item.body) + 1
    if bodies:
        made.append(_frame(bodies))
    return b"".join(made)


def _frame(bodies: list[bytes]) -> bytes:
    text = bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"
    return Frame(Opcode.TEXT, text).serialize(mask=False)
