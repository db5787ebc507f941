"""The socket of a conversation with a venue: it connects, carries bytes, wakes, and connects again."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress

from lockstep.errors import JournalError
from lockstep.live.sources.backoff import Backoff, BackoffRules
from lockstep.live.venues.exchange import ExchangeVenue

WAKE_SECONDS = 0.05
CONNECT_SECONDS = 5.0
RULES = BackoffRules(floor_s=0.02, base_s=0.1, cap_s=2.0)


class Link:
    """Keeps a venue connected for as long as it runs. ``changed`` is called after all that may have told of orders."""

    def __init__(
        self, venue: ExchangeVenue, host: str, port: int, changed: Callable[[], None], *,
        now_ns: Callable[[], int] = time.time_ns, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.venue, self._host, self._port = venue, host, port
        self._changed, self._now_ns = changed, now_ns
        self._backoff = Backoff(RULES, chance or random.Random())
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Connect, talk, and connect again, until canceled."""
        while True:
            began = time.monotonic()
            await self._once()
            await asyncio.sleep(self._backoff.wait(time.monotonic() - began))

    def flush(self) -> None:
        """Send what is to be sent."""
        if self._writer is not None and self.venue.out:
            self._writer.write(bytes(self.venue.out))
        self.venue.out.clear()

    async def _once(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError):
            return
        self._writer = writer
        self.venue.opened(self._now_ns())
        why = "the exchange ended the connection"
        try:
            why = await self._talk(reader) or why
        except Exception as error:  # whatever it has said that can't be: it is asked for all anew
            why = f"{type(error).__name__}: {error}"
        finally:
            self._writer = None
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
            with suppress(JournalError):
                self.venue.closed(self.venue.failure or why)
            self._changed()

    async def _talk(self, reader: asyncio.StreamReader) -> str:
        coming = asyncio.ensure_future(reader.read(1 << 16))
        try:
            while not self.venue.failure:
                self.flush()
                await asyncio.wait({coming}, timeout=WAKE_SECONDS)
                if coming.done():
                    data = coming.result()
                    if not data:
                        return ""
                    self._hear(data)
                    coming = asyncio.ensure_future(reader.read(1 << 16))
                with suppress(JournalError):
                    self.venue.wake(self._now_ns())
                self._changed()
            return self.venue.failure
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await coming

    def _hear(self, data: bytes) -> None:
        """Let the venue take bytes; once the journal has failed the connection stays, for the cancels of the end."""
        with suppress(JournalError):
            self.venue.received(data, self._now_ns())
