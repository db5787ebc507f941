"""A feed over a WebSocket: the shell that connects, reads, waits and connects again."""

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from lockstep.data.instrument import Instrument
from lockstep.live.sources.address import DEFAULT, VARIABLE, shown, socket_address
from lockstep.live.sources.client import FeedClient, FeedRules, Level
from lockstep.live.sources.source import News
from lockstep.live.sources.translate import Now
from lockstep.live.sources.wire import MOST_BYTES

Records = npt.NDArray[np.void]
LOOK_EVERY_S = 0.1
OPEN_S = 5.0
"""For a connection to come about."""
_CLOSE_S = 1.0
_SEND_S = 5.0
_TOO_BIG = 1009
"""Code with which a connection is closed for a message that is too long (RFC 6455, 7.4.1)."""


class Connection(Protocol):
    """What is needed of a connection; ``websockets.asyncio.client.ClientConnection`` is one."""

    async def recv(self) -> str | bytes:
        """Return the next message. Raises ``ConnectionClosed``."""

    async def send(self, message: str) -> None:
        """Send a message. Raises ``ConnectionClosed``."""

    async def close(self) -> None:
        """End it."""


class WebSocketFeed:
    """The stream of a gateway (docs/feed.md), for ever: it is connected again, with growing waits, whenever it ends.

    ``url`` is as in ``DATA_INGESTION_URL``, which counts where none is given. ``levels`` says by symbol whether its
    best bid and ask ("L1") or its levels ("L2", the default) are asked for; trades come with both. ``headers`` go with
    the handshake, for a gateway that asks for a token. A simulation gives connections by ``open``, moments by
    ``now_ns`` and the event loop's clock.
    """

    own_clock = False
    synthetic = False

    def __init__(
        self, instruments: Mapping[str, Instrument], url: str | None = None, *, name: str = "",
        levels: Mapping[str, Level] | None = None, rules: FeedRules | None = None,
        headers: Mapping[str, str] | None = None, open: Callable[[str], Awaitable[Connection]] | None = None,
        now_ns: Callable[[], int] = time.time_ns, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.url = socket_address(url or os.environ.get(VARIABLE) or DEFAULT)
        self.name = name or shown(self.url)
        self.client = FeedClient(instruments, levels, rules, chance=chance)
        self._instruments = dict(instruments)
        self._headers = dict(headers or {})
        self._open, self._now_ns = open or self._connected, now_ns
        self._filled = asyncio.Event()
        self._taken = 0

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return dict(self._instruments)

    @property
    def slots(self) -> dict[str, int]:
        """None: levels name no orders."""
        return dict.fromkeys(self._instruments, 0)

    def go_on(self, taken: int) -> None:
        """A feed does not wait: what came while nobody listened is missing, and is put on record as that."""
        self._taken = taken

    async def batches(self) -> AsyncGenerator[Records, None]:
        """Give what has come since the last time; of quotes the latest, where the session lags."""
        if self._taken:
            self.client.go_on(self._now())
            self._filled.set()
        running = asyncio.create_task(self._run())
        running.add_done_callback(lambda _: self._filled.set())
        try:
            while True:
                await self._filled.wait()
                batch = self.client.inbox.take()
                if not self.client.inbox.waiting:
                    self._filled.clear()
                if len(batch):
                    yield batch
                if running.done():
                    running.result()  # it never ends but by an error of ours
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    def news(self) -> list[News]:
        """Return what has happened since the last time."""
        return self.client.news(self._seconds())

    async def _run(self) -> None:
        while True:
            why = await self._one_connection()
            wait = self.client.closed(why, self._now())
            self._filled.set()
            await asyncio.sleep(wait)

    async def _one_connection(self) -> str:
        """Listen until the connection ends; return why."""
        try:
            async with asyncio.timeout(OPEN_S):
                connection = await self._open(self.url)
        except TimeoutError:
            return f"no connection came about in {OPEN_S:g} s"
        except (OSError, WebSocketException) as error:
            return f"no connection: {str(error) or type(error).__name__}"
        looking = asyncio.create_task(self._looking(connection))
        try:
            return await self._listening(connection)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            with suppress(OSError, TimeoutError, WebSocketException):
                async with asyncio.timeout(_CLOSE_S):
                    await connection.close()

    async def _listening(self, connection: Connection) -> str:
        client = self.client
        client.opened(self._now())
        try:
            while not client.ends:
                await self._say(connection)
                client.heard(await connection.recv(), self._now())
                if client.inbox.waiting:
                    self._filled.set()
        except ConnectionClosed as ended:
            if ended.sent is not None and ended.sent.code == _TOO_BIG:
                client.too_long()
            return client.ends or f"it ended: {ended}"
        except TimeoutError:
            return f"nothing could be sent for {_SEND_S:g} s"
        return client.ends

    async def _looking(self, connection: Connection) -> None:
        """Look for what is overdue. A connection that has to be given up is ended, which the listener notices."""
        client = self.client
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            client.look(self._now())
            if client.inbox.waiting:
                self._filled.set()
            try:
                await self._say(connection)
                if client.ends:
                    await connection.close()
                    return
            except ConnectionClosed:
                return
            except TimeoutError:
                await connection.close()
                return

    async def _say(self, connection: Connection) -> None:
        async with asyncio.timeout(_SEND_S):
            for text in self.client.outgoing():
                await connection.send(text)

    def _now(self) -> Now:
        return Now(self._seconds(), self._now_ns())

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time()

    async def _connected(self, url: str) -> Connection:
        how: dict[str, Any] = {"additional_headers": self._headers} if self._headers else {}
        # Heartbeats are the feed's own; compression would only add to the latency of small messages.
        return await connect(
            url, compression=None, ping_interval=None, close_timeout=_CLOSE_S, open_timeout=OPEN_S, max_size=MOST_BYTES,
            proxy=None, **how,
        )  # fmt: skip
