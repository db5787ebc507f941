"""The market of a local exchange (docs/exchange.md) as a source: what a session trades on paper against."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping

from lockstep.data.instrument import Instrument
from lockstep.errors import ConnectionEndedError
from lockstep.live.sources.connected import ConnectedFeed, Connection
from lockstep.live.sources.exchange_client import ExchangeClient
from lockstep.live.sources.listener import FeedRules

_BYTES = 1 << 16


class ExchangeFeed(ConnectedFeed):
    """The books (20 levels of a side), trades and phases of a local exchange, for ever.

    ``instruments`` are those that it lists, see exchange_listing.py. When it is started anew its books begin anew too:
    what the session knew is cleared, and a new picture is taken.
    """

    synthetic = True

    def __init__(
        self, instruments: Mapping[str, Instrument], host: str, port: int, *, name: str = "",
        rules: FeedRules | None = None, open: Callable[[], Awaitable[Connection]] | None = None,
        now_ns: Callable[[], int] = time.time_ns, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.name = name or f"exchange:{host}:{port}"
        self.client = ExchangeClient(instruments, rules, chance=chance)
        self._host, self._port = host, port
        super().__init__(instruments, self.client, open or self._connected, ConnectionEndedError, now_ns)

    async def _connected(self) -> Connection:
        return Line(*await asyncio.open_connection(self._host, self._port))


class Line:
    """A connection of bytes, which ends with ConnectionEndedError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def recv(self) -> bytes:
        """Return what came."""
        data = await self._reader.read(_BYTES)
        if not data:
            raise ConnectionEndedError("the exchange ended it without a word")
        return data

    async def send(self, message: bytes) -> None:
        """Send a frame."""
        self._writer.write(message)
        await self._writer.drain()

    async def close(self) -> None:
        """End it at once: nothing that waits to be sent matters any more."""
        self._writer.transport.abort()
