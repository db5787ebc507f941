"""Socket.IO: the same messages as events. Its own queues have no bound, so that ours stand in front of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import msgspec
import socketio
from engineio.packet import MESSAGE, Packet
from socketio.exceptions import ConnectionRefusedError

from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.streams import library_log
from lockstep.live.gateway.streams.client import TOO_SLOW, Asker, Client, Told
from lockstep.live.gateway.streams.hub import Hub
from lockstep.live.gateway.streams.item import Channel, Item, Rule
from lockstep.live.gateway.streams.protocol import EXTENSION, GRACE_S
from lockstep.live.gateway.streams.requests import POLICY
from lockstep.live.gateway.streams.socket_server import StreamServer
from lockstep.live.gateway.streams.words import Fault, Subscribe, Unsubscribe

MOST_QUEUED = 16
"""Packets in the library's queue of a client, above which nothing is put there."""
MOST_WAITING = 10_000
"""Packets there, answers to what a client sends without reading, with which it is ended."""
_NO_PACKET = 1002
"""Close code of RFC 6455 for a breach of the protocol."""
MOST_BYTES = 64 * 1024
"""Of what a client sends at once."""
PING_S = 10
"""How often a client is asked for a sign of life, and how long it may take."""
Scope = MutableMapping[str, Any]
Admit = Callable[[Mapping[str, Any], object], Asker]
"""Given a connection's scope and what the client gave as ``auth``, returns who it is; raises ``Problem`` for who may
not come in."""
Hold = Callable[[Any, Callable[[str], None]], Callable[[], None]]
"""Given who it is and what ends a stream, told why, returns what is to be called when it has ended: security ends
streams of tokens that hold no longer."""
_log = library_log.logger()
_ERRORS = Channel("", Rule.NEVER, "error")
_READERS: dict[str, Any] = {"subscribe": Subscribe, "unsubscribe": Unsubscribe}


class PacketOutlet:
    """The way to a client of Socket.IO."""

    def __init__(self, streams: "SocketIo", sid: str) -> None:
        self._streams, self._sid = streams, sid
        self._connection = streams.connection(sid)
        self._ending: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Would what is sent now leave soon?"""
        return bool(self._connection.queue.qsize() < MOST_QUEUED)

    def send(self, told: Told) -> None:
        """Send messages; never waits."""
        if not self._connection.closed:
            for packet in told.once("packets", packets):
                self._connection.queue.put_nowait(packet)

    def close(self, code: int, reason: str) -> None:
        """Say why, and end within some seconds."""
        fault = Fault(code="too_slow" if code == TOO_SLOW else "closed", message=reason)
        self.send(Told([Item(_ERRORS, 0, fault)]))
        self._ending = asyncio.ensure_future(self._streams.end(self._sid))


def packets(items: Sequence[Item]) -> list[Packet]:
    """Return messages as packets that all clients share: the library keeps what they are encoded as."""
    return [Packet(MESSAGE, data=item.packet()) for item in items]


class SocketIo:
    """The Socket.IO of a gateway: an ASGI application, to be mounted at ``/socket.io``.

    ``known`` says of a connection's scope whether its page may connect: python-socketio's own list knows no page of
    ours by another name, and lets all in where it is empty.
    """

    def __init__(
        self, hub: Hub, admit: Admit, known: Callable[[Mapping[str, Any]], bool], hold: Hold = lambda *_: lambda: None
    ) -> None:
        self._hub, self._admit, self._hold = hub, admit, hold
        self.server = StreamServer(
            async_mode="asgi", cors_allowed_origins=lambda _, environ: known(environ["asgi.scope"]),
            cors_credentials=False, async_handlers=False,
            max_http_buffer_size=MOST_BYTES, logger=_log, engineio_logger=_log, ping_interval=PING_S,
            ping_timeout=PING_S,
        )  # fmt: skip
        self._app = socketio.ASGIApp(self.server, socketio_path=None)
        self._clients: dict[str, Client] = {}
        self._releases: dict[str, Callable[[], None]] = {}
        self._sockets: dict[str, Any] = {}
        """Protocols of connections that began by polling, by the library's number."""
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        for event in _READERS:
            self.server.on(event, self._taker(event))
        self.server.on("*", self._unknown)

    async def __call__(self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Awaitable[None]]) -> None:
        """Serve a connection or a request."""
        if scope["type"] != "websocket":
            await self._asked(scope, receive, send)
            return
        number = _sid_of(scope)
        protocol = scope.get("extensions", {}).get(EXTENSION)
        if number in self.server.eio.sockets and protocol is not None:
            self._sockets[number] = protocol
        try:
            await self._app(scope, self._bounded(scope, receive, number), send)
        except Exception:  # engineio raises for what is no packet, and forgets nobody before their pings are overdue
            _log.warning("a connection is dropped", exc_info=True)
            await self._drop(number or self._number_of(scope))
            with suppress(Exception):
                await send({"type": "websocket.close", "code": _NO_PACKET})
        finally:
            if self._sockets.get(number) is protocol:
                self._sockets.pop(number, None)

    async def _asked(self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Awaitable[None]]) -> None:
        """Answer a request of a client that polls."""
        number = _sid_of(scope)
        if self._waiting(number) > MOST_WAITING:
            await self._drop(number)
            raise Problem(400, "BAD_REQUEST", "too much waits for this connection to be read: it was ended")
        try:
            await self._app(scope, receive, _without_cors(send))
        except Exception as error:  # of a connection that has just ended
            _log.warning("a request of a client that polls failed", exc_info=True)
            raise Problem(400, "BAD_REQUEST", "this connection has ended, or these are no packets of it") from error

    def _bounded(self, scope: Scope, receive: Callable[..., Any], number: str) -> Callable[..., Any]:
        """Return a way to hear a client that ends it once too much of what it was answered waits to be read."""
        protocol = scope.get("extensions", {}).get(EXTENSION)

        async def heard() -> Any:
            nonlocal number
            message = await receive()
            number = number or self._number_of(scope)
            if self._waiting(number) > MOST_WAITING and protocol is not None:
                protocol.transport.abort()
            return message

        return heard

    def _waiting(self, number: str) -> int:
        found = self.server.eio.sockets.get(number)
        return 0 if found is None else int(found.queue.qsize())

    def _number_of(self, scope: Scope) -> str:
        found = (number for number, environ in self.server.environ.items() if environ.get("asgi.scope") is scope)
        return next(found, "")

    async def _drop(self, number: str) -> None:
        """Let a connection go, and what writes to it end."""
        found = self.server.eio.sockets.get(number)
        if found is not None:
            await found.close(wait=False, abort=True)
            found.queue.put_nowait(None)
            self.server.eio.sockets.pop(number, None)

    def connection(self, sid: str) -> Any:
        """Return the library's connection of a client."""
        return self.server.eio.sockets[self.server.manager.eio_sid_from_sid(sid, "/")]

    async def end(self, sid: str) -> None:
        """End a client's connection: in order, and in any case after some seconds."""
        number = self.server.manager.eio_sid_from_sid(sid, "/")
        protocol = self._sockets.get(number) or self._scope(number).get("extensions", {}).get(EXTENSION)
        if protocol is not None:
            asyncio.get_running_loop().call_later(GRACE_S, protocol.transport.abort)
        with suppress(TimeoutError):  # the library waits until all was sent, for ever where nobody reads
            async with asyncio.timeout(GRACE_S):
                await self.server.disconnect(sid)
        await self._drop(number)

    def _scope(self, number: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.server.environ.get(number, {}).get("asgi.scope", {})
        return found

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        scope = environ["asgi.scope"]
        try:
            asker = self._admit(scope, auth)
        except Problem as problem:
            raise ConnectionRefusedError(problem.detail, {"code": problem.code}) from problem
        session = "".join(parse_qs(environ.get("QUERY_STRING", "")).get("sessionId", [""])[:1])
        client = self._clients[sid] = self._hub.join(PacketOutlet(self, sid), asker, session)
        self._releases[sid] = self._hold(asker, lambda why: client.close(POLICY, why))

    async def _disconnect(self, sid: str, *_: Any) -> None:
        client = self._clients.pop(sid, None)
        if client is not None:
            self._releases.pop(sid)()
            self._hub.leave(client)

    def _taker(self, event: str) -> Callable[..., Awaitable[Any]]:
        async def take(sid: str, content: Any = None, *_: Any) -> Any:
            client = self._clients[sid]
            try:
                given = {**content, "type": event} if isinstance(content, dict) else content
                answer = await self._hub.requests.take(client, lambda: msgspec.convert(given, _READERS[event]))
            except msgspec.ValidationError as error:
                self._hub.requests.unreadable(client, str(error))
                return None
            return None if answer is None else msgspec.to_builtins(answer)

        return take

    async def _unknown(self, event: str, sid: str, *_: Any) -> None:
        client = self._clients.get(sid)
        if client is not None:
            self._hub.requests.unreadable(client, f"{event!r} is no request: send subscribe or unsubscribe")


def _sid_of(scope: Scope) -> str:
    """Return the library's number of the connection that a request is for, empty where it begins one."""
    return "".join(parse_qs(scope.get("query_string", b"").decode("latin-1")).get("sid", [""])[:1])


def _without_cors(send: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The guard in front says what pages may read; said twice, browsers believe neither."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return sent
