"""The exchange on a socket: a thin shell that gives the gate bytes and the time, and does what it says."""

import asyncio
import ipaddress
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import cast

from lockstep.errors import ExchangeError
from lockstep.kernels.order_terms import NEVER
from lockstep.live.exchange.gate import Gate
from lockstep.live.exchange.peer import Action, End, Pause, Resume, Send

OUTBOX_BYTES = 1 << 20
"""That wait for a client to read them, at most; the system's own buffer, of a quarter of that, not counted."""
MOST_CONNECTIONS = 256
_LINGER_S = 1.0
"""For a client to read the last that was said to it."""


class Clock:
    """The system's time, ns UTC; it stands still rather than go back."""

    def __init__(self) -> None:
        self._latest = 0

    def now_ns(self) -> int:
        """Return the time."""
        self._latest = max(self._latest, time.time_ns())
        return self._latest


class Server:
    """Connections of a gate. ``failure`` is why it stopped by itself, where it did."""

    def __init__(self, gate: Gate, clock: Clock, *, outbox_bytes: int = OUTBOX_BYTES) -> None:
        self._gate, self._clock, self._outbox = gate, clock, outbox_bytes
        self._transports: dict[int, asyncio.Transport] = {}
        self._todo: deque[Action] = deque()
        self._acting = False
        self._opened = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = NEVER
        self._listener: asyncio.Server | None = None
        self.failure: Exception | None = None
        self.stopped = asyncio.Event()

    async def start(self, host: str = "127.0.0.1", port: int = 0, *, expose: bool = False) -> int:
        """Listen; return the port. Raises ExchangeError for an address that others reach, unless it may be exposed."""
        _check_address(host, expose)
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(lambda: _Connection(self), host, port)
        except OSError as error:
            raise ExchangeError(f"{host}, port {port}, can't be listened on: {error.strerror}") from error
        self._schedule()
        return int(self._listener.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Say goodbye, and take nothing more."""
        if self.stopped.is_set():
            return
        if self._listener is not None:
            self._listener.close()
        self._ask(self._gate.stop)
        if self._timer is not None:
            self._timer.cancel()
        self.stopped.set()

    def opened(self, transport: asyncio.Transport) -> int:
        """Take a connection; return its number, 0 where there are too many."""
        if len(self._transports) >= MOST_CONNECTIONS or self.stopped.is_set():
            transport.abort()
            return 0
        self._opened += 1
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._outbox // 4)
        self._transports[self._opened] = transport
        number = self._opened
        self._ask(lambda now: self._gate.open(number, now))
        return number

    def received(self, connection: int, data: bytes) -> None:
        """Give the gate what came."""
        self._ask(lambda now: self._gate.receive(connection, data, now))
        self._read_on(connection)

    def _read_on(self, connection: int) -> None:
        while self._gate.waits(connection) and self.failure is None:
            self._ask(lambda now: self._gate.receive(connection, b"", now))

    def closed(self, connection: int, reason: str) -> None:
        """Forget a connection that has ended."""
        if self._transports.pop(connection, None) is not None:
            self._ask(lambda now: self._gate.close(connection, now, reason))

    def _ask(self, call: Callable[[int], list[Action]]) -> None:
        """Call the gate with the time, and do what it says. After a failure nothing leaves any more."""
        if self.failure is not None:
            return
        try:
            self._todo += call(self._clock.now_ns())
            # In the order in which they came about: doing one may bring more.
            while self._todo and not self._acting:
                self._acting = True
                try:
                    self._act(self._todo.popleft())
                finally:
                    self._acting = False
            self._schedule()
        except Exception as error:
            # A venue that was left half-way is none: like a killed one it says nothing more.
            self.failure = error
            for transport in list(self._transports.values()):
                transport.abort()
            self.stop()

    def _act(self, action: Action) -> None:
        transport = self._transports.get(action.connection)
        if transport is None:
            return
        match action:
            case Send(connection, data):
                transport.write(data)
                if transport.get_write_buffer_size() > self._outbox:
                    del self._transports[connection]
                    transport.abort()
                    self._ask(lambda now: self._gate.close(connection, now, "too_slow"))
            case End(connection):
                del self._transports[connection]
                transport.close()
                asyncio.get_running_loop().call_later(_LINGER_S, transport.abort)
            case Pause():
                transport.pause_reading()
            case Resume():
                transport.resume_reading()

    def _schedule(self) -> None:
        """Have the gate woken when it asks for that."""
        wanted = self._gate.next_ns()
        if wanted == self._timer_ns or self.stopped.is_set():
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_ns = None, wanted
        if wanted < NEVER:
            wait = max(wanted - self._clock.now_ns(), 0) / 1e9
            self._timer = asyncio.get_running_loop().call_later(wait, self._wake)

    def _wake(self) -> None:
        self._timer, self._timer_ns = None, NEVER
        self._ask(self._gate.advance)
        for connection in list(self._transports):
            self._read_on(connection)


class _Connection(asyncio.Protocol):
    """What asyncio calls."""

    def __init__(self, server: Server) -> None:
        self._server, self._number = server, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._number = self._server.opened(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        self._server.received(self._number, data)

    def connection_lost(self, error: Exception | None) -> None:
        self._server.closed(self._number, str(error) if error else "the client ended it")


async def serve(server: Server, host: str, port: int, *, expose: bool, told: Callable[[int], None]) -> None:
    """Run until the process is asked to end (SIGINT, SIGTERM); ``told`` hears the port. Raises ExchangeError."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    told(await server.start(host, port, expose=expose))
    await server.stopped.wait()
    if server.failure is not None:
        raise server.failure


def _check_address(host: str, expose: bool) -> None:
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and not expose:
        raise ExchangeError(
            f"{host} can be reached by others, and whoever reaches the exchange trades: name 127.0.0.1, or say --expose"
        )
