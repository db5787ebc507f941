"""An exchange on a real socket, in the test's own event loop."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from lockstep.kernels.book.events import Phase
from lockstep.live.exchange.fault_rules import read_rules
from lockstep.live.exchange.faults import Faults
from lockstep.live.exchange.gate import Gate
from lockstep.live.exchange.listing import read_listings
from lockstep.live.exchange.log import Log
from lockstep.live.exchange.server import OUTBOX_BYTES, Clock, Server
from lockstep.live.exchange.venue import Venue

HOST = "127.0.0.1"


class Running:
    """A server that listens, and the lines of its log."""

    def __init__(self, rules: Any, outbox_bytes: int) -> None:
        self.log: list[dict[str, Any]] = []
        self._written = asyncio.Event()
        clock = Clock()
        now = clock.now_ns()
        venue = Venue(read_listings("ACME:0.01:1"), epoch=now, start_ns=now, phase=Phase.CONTINUOUS)
        gate = Gate(venue, time_ns=now, log=Log(self.write), faults=Faults(read_rules(list(rules)), start_ns=now))
        self.server = Server(gate, clock, outbox_bytes=outbox_bytes)
        self.port = 0

    def write(self, content: bytes) -> None:
        self.log += [json.loads(line) for line in content.splitlines()]
        self._written.set()

    async def until(self, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a line of the log."""
        while True:
            for line in self.log:
                if met(line):
                    return line
            self._written.clear()
            await self._written.wait()


@asynccontextmanager
async def running(
    rules: Any = (), *, outbox_bytes: int = OUTBOX_BYTES, host: str = HOST, expose: bool = False
) -> AsyncIterator[Running]:
    """Run an exchange for a while."""
    exchange = Running(rules, outbox_bytes)
    exchange.port = await exchange.server.start(host, expose=expose)
    try:
        yield exchange
    finally:
        exchange.server.stop()


def run(test: Callable[[], Any]) -> None:
    """Run a coroutine that ends or hangs: then it fails."""

    async def timed() -> None:
        async with asyncio.timeout(30):
            await test()

    asyncio.run(timed())
