"""python-socketio, but for what clients could do to it: its own pinned version, so that its inside may be reached into.

- An event of a client named ``connect`` or ``disconnect`` would call the handlers that the library calls itself.
- Binary packets are collected until all attachments are there that the first one promised, however many.
- A connection that is ended waits until the client has taken all, for ever where it takes nothing.
- What a client sent behind its own end would be taken.
- A connection whose sign of life is overdue ends as something is sent over it: with the answer that lets a client in,
  it would end before the client is connected, who then stayed so for ever.
"""

import asyncio
from contextlib import suppress
from typing import Any

import engineio
import socketio

NO_EVENT = ""
"""Name of an event that is none."""


class StreamServer(socketio.AsyncServer):  # type: ignore[misc]  # it has no types
    """The library's server; ``patience_s`` is how long a connection's end may take."""

    patience_s = 2.0

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        if eio_sid not in self.environ:
            return
        if not isinstance(data, str) or data[:1] in ("5", "6"):
            self.logger.warning("a binary packet is not taken: requests are text")
            return
        await super()._handle_eio_message(eio_sid, data)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, namespace or "/") is not None:
            self.logger.warning("a client asks to be connected that is so already")
            return
        await super()._handle_connect(eio_sid, namespace, data)
        if eio_sid not in self.environ:
            await self._handle_disconnect(eio_sid, namespace)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        name = data[0] if isinstance(data, list) and data else None
        if not isinstance(name, str) or name in self.reserved_events:
            data = [NO_EVENT]
        await super()._handle_event(eio_sid, namespace, id, data)

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return _Engine


class _Engine(engineio.AsyncServer):  # type: ignore[misc]
    async def disconnect(self, sid: str | None = None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(StreamServer.patience_s):
                await super().disconnect(sid)
